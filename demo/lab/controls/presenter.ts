/** The keys of a lecture: everything that is shown in `?present` without a mouse. */

import { byId, html } from "../page/dom.ts";
import { addressIn } from "../page/mode.ts";
import { attempt } from "../page/notice.ts";

export interface Presented {
  /** Alpha, and epsilon, so many places further. */
  turnAlpha(places: number): void;
  turnEpsilon(places: number): void;
  /** Shows, or hides, the Mixup-optimal classifier. */
  toggleOptimal(): void;
  /** Keeps what the next sentence of the story shows, or the one before. */
  turnStory(by: 1 | -1): void;
  /** The next view. */
  nextView(): void;
  /** The experiment at a place of the list, from 0. */
  openPreset(place: number): void;
}

const KEYS = [
  ["← →", "α"],
  ["↑ ↓", "ε"],
  ["space", "play, pause"],
  ["R", "again"],
  ["O", "optimal"],
  ["V", "view"],
  ["N P", "story: next, before"],
  ["1 to 9", "experiment"],
  ["F", "full screen"],
  ["?", "these keys"],
  ["Esc", "to the lab"],
] as const;

export function connectPresenter(presented: Presented): void {
  const help = html(
    "p",
    { class: "keys" },
    ...KEYS.map(([key, does]) => html("span", {}, html("kbd", {}, key), ` ${does}`)),
  );
  byId("lab").append(help);
  const press = (id: string) => () => byId<HTMLButtonElement>(id).click();
  const acts: Record<string, () => void | Promise<void>> = {
    ArrowLeft: () => presented.turnAlpha(-10),
    ArrowRight: () => presented.turnAlpha(10),
    ArrowDown: () => presented.turnEpsilon(-5),
    ArrowUp: () => presented.turnEpsilon(5),
    " ": press("play"),
    r: press("reset"),
    o: () => presented.toggleOptimal(),
    v: () => presented.nextView(),
    n: () => presented.turnStory(1),
    p: () => presented.turnStory(-1),
    f: () =>
      document.fullscreenElement === null
        ? document.documentElement.requestFullscreen()
        : document.exitFullscreen(),
    "?": () => {
      help.hidden = !help.hidden;
    },
    Escape: () => {
      if (document.fullscreenElement === null) location.assign(addressIn("lab"));
    },
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || ownsKeys(event.target, event.key)) return;
    const place = /^[1-9]$/.test(event.key) ? Number(event.key) - 1 : undefined;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = place === undefined ? acts[key] : () => presented.openPreset(place);
    if (act === undefined) return;
    event.preventDefault();
    attempt(act);
  });
}

/** Whether what has the focus has a use for a key itself. */
function ownsKeys(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.matches("button, summary, a")) return key === " " || key === "Enter";
  return (
    target.matches("input, select, textarea, canvas, [role=application], [role=slider]") && key !== "Escape"
  );
}
