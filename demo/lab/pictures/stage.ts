/**
 * The middle of the page: the pictures of a session, whichever view is on. Panels side by side, or the sweep's small
 * multiples. It draws what it is given and reports what is clicked.
 */

import { html, setText } from "../page/dom.ts";
import type { LabConfig } from "../state/fields.ts";
import type { Experiment, Group, PictureKind } from "../training/experiment.ts";
import type { History } from "../training/measured/history.ts";
import type { Frame } from "../training/protocol.ts";
import { MergingPicture } from "./domains/mergingPicture.ts";
import { MixturePanel } from "./domains/mixturePanel.ts";
import { PolicyPanel } from "./domains/policyPanel.ts";
import { weightPanels } from "./fair/weightPanel.ts";
import { ImagePanel } from "./images/imagePanel.ts";
import { OverTrainingPanel } from "./methods/overTrainingPanel.ts";
import { PairingPanel } from "./methods/pairingPanel.ts";
import { TailPanel } from "./methods/tailPanel.ts";
import type { PanelOptions } from "./panel.ts";
import { FieldPanel } from "./points/fieldPanel.ts";
import { FitPanel } from "./points/fitPanel.ts";
import { LinePanel } from "./points/linePanel.ts";
import { PlanePanel } from "./points/planePanel.ts";
import type { View } from "./view.ts";

type PanelOf = new (experiment: Experiment, group: Group, options: PanelOptions) => View;

/** A panel of one group, for each kind of picture that has them. */
const PANELS: Readonly<
  Record<Exclude<PictureKind, "over-training" | "mixing" | "fair-weights" | "merging">, PanelOf>
> = {
  line: LinePanel,
  plane: PlanePanel,
  images: ImagePanel,
  fit: FitPanel,
  field: FieldPanel,
  "long-tail": TailPanel,
  policies: PolicyPanel,
};

/** All that is shown of an experiment, side by side. */
function viewsOf(experiment: Experiment, options: PanelOptions): View[] {
  const { groups, picture } = experiment;
  const last = groups[groups.length - 1];
  if (picture === "over-training") return [new OverTrainingPanel(experiment, options)];
  if (picture === "mixing") return [new MixturePanel(experiment, options)];
  if (picture === "fair-weights") return weightPanels(experiment);
  if (picture === "merging") return [new MergingPicture(experiment)];
  // One plot holds the curves of all groups, another who is mixed with whom.
  if (picture === "fit" && !options.small)
    return [new FitPanel(experiment, last, options), new PairingPanel(experiment, options)];
  const Picture = PANELS[picture];
  return groups.map((group) => new Picture(experiment, group, options));
}

/** Who lets panels be drawn into. */
export interface Editor {
  attach(panel: PlanePanel): void;
}

export interface StageHandlers {
  select(point: number): void;
  /** A law of the sweep was chosen. */
  open(alpha: number): void;
  /** A setting was changed within a picture. */
  change(change: Partial<LabConfig>): void;
}

export class Stage {
  panels: View[] = [];

  constructor(
    private readonly parent: HTMLElement,
    private readonly handlers: StageHandlers,
  ) {}

  /** Pictures for another session; `editor` if they can be drawn into. */
  show(experiment: Experiment, editor: Editor | undefined): void {
    const small = experiment.groups[0].alpha !== undefined;
    const onSelect = small || editor !== undefined ? undefined : this.handlers.select;
    this.panels = viewsOf(experiment, { small, onSelect, onChange: this.handlers.change });
    const focused = this.parent.contains(document.activeElement) ? document.activeElement!.id : "";
    if (!small) {
      const row = this.panels.length === 1 ? "alone" : this.panels.length > 2 ? "pair three" : "pair";
      this.parent.replaceChildren(html("div", { class: row }, ...this.panels.map(({ element }) => element)));
      // Whoever drives a control within a picture goes on with it.
      if (focused !== "") document.getElementById(focused)?.focus({ preventScroll: true });
      if (editor !== undefined) {
        for (const panel of this.panels) if (panel instanceof PlanePanel) editor.attach(panel);
      }
      return;
    }
    const buttons = this.panels.map(({ element }, g) => {
      const group = experiment.groups[g];
      const button = html("button", { type: "button", "aria-label": `Open ${group.name}` }, element);
      button.addEventListener("click", () => this.handlers.open(group.alpha!));
      return button;
    });
    this.parent.replaceChildren(html("div", { class: "sweep" }, ...buttons));
  }

  update(frame: Frame, history: History): void {
    for (const panel of this.panels) panel.update(frame, history);
  }

  /** The same pictures of groups by other names. */
  rename({ groups }: Experiment): void {
    this.panels.forEach((panel, g) => {
      panel.rename?.(groups[g]);
    });
  }

  look(config: LabConfig): void {
    for (const panel of this.panels) panel.look?.(config);
  }

  optimal(values: Float32Array): void {
    for (const panel of this.panels) if (panel.group?.kind === "mixup") panel.drawOptimal(values);
  }

  choose(point: number): void {
    for (const panel of this.panels) panel.choose(point);
  }

  repaint(): void {
    for (const panel of this.panels) panel.repaint();
  }

  /** Each picture's name and error. */
  words(): string {
    const titles = this.panels.flatMap(({ element }) => [...element.querySelectorAll(".panel-title")]);
    return titles
      .map((title) => `${Array.from(title.children, ({ textContent }) => textContent).join(": ")}.`)
      .join(" ");
  }

  /** Takes the pictures away and says why. */
  clear(message: string): void {
    this.panels = [];
    const note = html("p", { class: "soft" });
    setText(note, message);
    this.parent.replaceChildren(note);
  }
}
