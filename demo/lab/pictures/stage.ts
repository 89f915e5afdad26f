/**
 * The middle of the page: the pictures of a session, whichever view is on. Panels side by side, or the sweep's small
 * multiples. It draws what it is given and reports what is clicked.
 */

import { html, setText } from "../page/dom.ts";
import type { Experiment, Group, PictureKind } from "../training/experiment.ts";
import type { Frame } from "../training/protocol.ts";
import { ImagePanel } from "./imagePanel.ts";
import { LinePanel } from "./linePanel.ts";
import type { Panel, PanelOptions } from "./panel.ts";
import { PlanePanel } from "./planePanel.ts";

/** A panel for each kind of picture. */
const PANELS: Readonly<
  Record<PictureKind, new (experiment: Experiment, group: Group, options: PanelOptions) => Panel>
> = { line: LinePanel, plane: PlanePanel, images: ImagePanel };

/** Who lets panels be drawn into. */
export interface Editor {
  attach(panel: PlanePanel): void;
}

export interface StageHandlers {
  select(point: number): void;
  /** A law of the sweep was chosen. */
  open(alpha: number): void;
}

export class Stage {
  panels: Panel[] = [];

  constructor(
    private readonly parent: HTMLElement,
    private readonly handlers: StageHandlers,
  ) {}

  /** Pictures for another session; `editor` if they can be drawn into. */
  show(experiment: Experiment, editor: Editor | undefined): void {
    const small = experiment.groups[0].alpha !== undefined;
    const onSelect = small || editor !== undefined ? undefined : this.handlers.select;
    const Picture = PANELS[experiment.picture];
    this.panels = experiment.groups.map((group) => new Picture(experiment, group, { small, onSelect }));
    if (!small) {
      this.parent.replaceChildren(
        html("div", { class: "pair" }, ...this.panels.map(({ element }) => element)),
      );
      if (editor !== undefined) {
        for (const panel of this.panels) if (panel instanceof PlanePanel) editor.attach(panel);
      }
      return;
    }
    const buttons = this.panels.map(({ element, group }) => {
      const button = html("button", { type: "button", "aria-label": `Open ${group.name}` }, element);
      button.addEventListener("click", () => this.handlers.open(group.alpha!));
      return button;
    });
    this.parent.replaceChildren(html("div", { class: "sweep" }, ...buttons));
  }

  update(frame: Frame): void {
    for (const panel of this.panels) panel.update(frame);
  }

  optimal(values: Float32Array): void {
    for (const panel of this.panels) if (panel.group.mixing.kind === "mixup") panel.drawOptimal(values);
  }

  choose(point: number): void {
    for (const panel of this.panels) panel.choose(point);
  }

  repaint(): void {
    for (const panel of this.panels) panel.repaint();
  }

  /** Takes the pictures away and says why. */
  clear(message: string): void {
    this.panels = [];
    const note = html("p", { class: "soft" });
    setText(note, message);
    this.parent.replaceChildren(note);
  }
}
