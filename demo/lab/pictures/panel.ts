/**
 * What every picture of one group of nets has: a title, and beside it the error on the training points as the frame's
 * probabilities have it. `plotPanel.ts` fills it with points in a plot, `imagePanel.ts` with images.
 */

import { html, setText } from "../page/dom.ts";
import { type Experiment, type Group, missesOf } from "../training/experiment.ts";
import type { Frame } from "../training/protocol.ts";

export interface PanelOptions {
  /** One of a sweep's many. */
  readonly small?: boolean;
  /** A training point was chosen. */
  readonly onSelect?: (point: number) => void;
}

export abstract class Panel {
  readonly element: HTMLElement;
  private readonly status = html("span", { class: "panel-error" });
  /** No falling: what is mixed is just there. */
  static still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  constructor(
    protected readonly experiment: Experiment,
    readonly group: Group,
    protected readonly options: PanelOptions = {},
  ) {
    const title = html("h3", { class: "panel-title" }, html("span", {}, group.name), this.status);
    title.classList.add(group.mixing.kind);
    this.element = html("section", { class: `panel${options.small ? " small" : ""}` }, title);
  }

  /** Draws what the nets say; `misses` is how many of them misclassify each training point, `[N]`. */
  protected abstract draw(frame: Frame, misses: readonly number[]): void;
  /** Says the error to those who can't see the picture. */
  protected abstract describe(error: number): void;
  /** Marks the chosen training point; -1 for none. */
  abstract choose(point: number): void;
  /** h_eps on the probe grid; empty to take it away. */
  abstract drawOptimal(values: Float32Array): void;
  /** The theme has changed. */
  abstract repaint(): void;

  update(frame: Frame): void {
    const misses = missesOf(frame.probabilities, this.experiment, this.group);
    this.draw(frame, misses);
    const wrong = misses.reduce((sum, count) => sum + count, 0);
    this.sayError(wrong / (this.group.runs * misses.length));
  }

  /** The mean error over nets. */
  private sayError(error: number): void {
    const percent = (100 * error).toFixed(error > 0 && error < 0.1 ? 1 : 0);
    setText(this.status, `${this.options.small ? "" : "error "}${percent} %`);
    this.status.classList.toggle("bad", error > 0);
    this.describe(error);
  }
}
