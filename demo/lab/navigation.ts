/**
 * Undo and redo by keys and buttons, and the browser's own Back and Forward. Presets and links that are followed are
 * pages of the browser's history; within a page its link is kept as the state is. Within a frame of another page, that
 * page's history is left alone.
 */

import { announce } from "./page/announce.ts";
import { byId } from "./page/dom.ts";
import { dismissNotice, press } from "./page/notice.ts";
import { differences, FIELDS, type FieldName, type LabConfig } from "./state/fields.ts";
import { formatHash } from "./state/link.ts";
import { type Moment, Timeline } from "./state/timeline.ts";

export interface Travellers {
  /** A state of before, or after, is to be shown. */
  show(config: LabConfig): void;
  /** A link was followed: a state to begin with. */
  open(config: LabConfig): void;
  /** What the link says. */
  read(): LabConfig;
}

export class Navigation {
  private readonly timeline: Timeline;
  private readonly isFramed = window.parent !== window;

  constructor(
    private config: LabConfig,
    private readonly travellers: Travellers,
  ) {
    const page = pageOf(history.state) ?? 0;
    this.timeline = new Timeline({ config, page });
    history.replaceState({ page }, "");
    press("undo", () => this.go(() => this.timeline.undo()));
    press("redo", () => this.go(() => this.timeline.redo()));
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("popstate", ({ state }) => {
      const known = pageOf(state);
      // A link within the page makes an entry without a state, which `hashchange` is about.
      if (known === undefined) return;
      if (known === this.timeline.page) this.arrive(this.config);
      else this.travel(known);
    });
    addEventListener("hashchange", () => {
      if (pageOf(history.state) !== undefined) return;
      dismissNotice();
      const next = this.timeline.page + 1;
      this.config = travellers.read();
      this.timeline.turn(this.config, next);
      history.replaceState({ page: next }, "");
      this.enable();
      travellers.open(this.config);
    });
    this.enable();
  }

  /** Something was set. */
  record(config: LabConfig): void {
    this.timeline.record(config, differences(config, this.config), performance.now());
    this.config = config;
    this.enable();
  }

  /** Another experiment, on a page of its own. */
  turn(config: LabConfig): void {
    const page = this.timeline.page + (this.isFramed ? 0 : 1);
    if (!this.isFramed) history.pushState({ page }, "", address(config));
    this.timeline.turn(config, page);
    this.config = config;
    this.enable();
  }

  /** The link of this page is that of its state. */
  keepLink(config: LabConfig): void {
    history.replaceState(history.state, "", address(config));
  }

  private go(step: () => Moment | undefined): void {
    const from = this.timeline.page;
    const moment = step();
    if (moment === undefined) return;
    const before = this.config;
    this.config = moment.config;
    if (moment.page === from) this.arrive(moment.config);
    // Its state is shown when the browser is there.
    else history.go(moment.page - from);
    // After what the training says of itself.
    announce(difference(before, moment.config));
  }

  /** The browser went to another page by itself. */
  private travel(page: number): void {
    dismissNotice();
    const moment = this.timeline.travel(page);
    if (moment === undefined) {
      this.config = this.travellers.read();
      this.timeline.turn(this.config, page);
    } else this.config = moment.config;
    this.arrive(this.config);
  }

  private arrive(config: LabConfig): void {
    this.enable();
    this.travellers.show(config);
  }

  private key(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    // A dialog is not about the state behind it.
    if (document.querySelector("dialog[open]") !== null) return;
    if ((key !== "z" && key !== "y") || isTyping(event.target)) return;
    event.preventDefault();
    const { timeline } = this;
    this.go(() => (key === "y" || event.shiftKey ? timeline.redo() : timeline.undo()));
  }

  private enable(): void {
    byId<HTMLButtonElement>("undo").disabled = !this.timeline.canUndo;
    byId<HTMLButtonElement>("redo").disabled = !this.timeline.canRedo;
  }
}

function pageOf(state: unknown): number | undefined {
  const page = (state as { page?: unknown } | null)?.page;
  return typeof page === "number" ? page : undefined;
}

function address(config: LabConfig): string {
  return formatHash(config) || location.pathname + location.search;
}

/** Whether text is being written, which the browser takes back itself. */
function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement) return !target.readOnly;
  // What was taken from a field is its default.
  return target instanceof HTMLInputElement && target.type === "text" && target.value !== target.defaultValue;
}

/** In words for those who hear it: what is otherwise than before. */
function difference(before: LabConfig, after: LabConfig): string {
  const words = (name: FieldName) => {
    const field = FIELDS[name];
    const value = after[name];
    if (field.kind === "points") return "points as before";
    if (field.kind === "names" || field.kind === "window") return "";
    return `${field.label} ${field.kind === "choice" ? field.options[String(value)] : value}`;
  };
  const said = differences(after, before).map(words).filter(Boolean);
  return `${said.slice(0, 4).join(", ")}.`;
}
