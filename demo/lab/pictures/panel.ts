/**
 * What every picture of one group of nets has: a title, and beside it the error on the training points as the frame's
 * probabilities have it. `plotPanel.ts` fills it with points in a plot, `imagePanel.ts` with images.
 */

import { html, setText } from "../page/dom.ts";
import type { LabConfig } from "../state/fields.ts";
import type { Experiment, Group } from "../training/experiment.ts";
import type { History } from "../training/measured/history.ts";
import { groupError, missesOf } from "../training/measured/predictions.ts";
import { latestMean } from "../training/measured/spread.ts";
import type { Frame } from "../training/protocol.ts";
import type { View } from "./view.ts";

export interface PanelOptions {
  /** One of a sweep's many. */
  readonly small?: boolean;
  /** A training point was chosen. */
  readonly onSelect?: (point: number) => void;
  /** A setting was changed within the picture. */
  readonly onChange?: (change: Partial<LabConfig>) => void;
}

export abstract class Panel implements View {
  readonly element: HTMLElement;
  private readonly name = html("span");
  private readonly status = html("span", { class: "panel-error" });
  /** No falling: what is mixed is just there. */
  static still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  constructor(
    protected readonly experiment: Experiment,
    public group: Group,
    protected readonly options: PanelOptions = {},
  ) {
    const title = html("h3", { class: "panel-title" }, this.name, this.status);
    setText(this.name, group.name);
    title.classList.add(group.kind);
    this.element = html(
      "section",
      { class: `panel${options.small ? " small" : ""}`, "data-part": group.kind },
      title,
    );
  }

  rename(group: Group): void {
    this.group = group;
    setText(this.name, group.name);
  }

  /** Draws what the nets say; `misses` is how many of them misclassify each training point, `[N]`; nothing for regression. */
  protected abstract draw(frame: Frame, misses: readonly number[]): void;
  /** Says the error to those who can't see the picture. */
  protected abstract describe(error: string): void;
  /** Marks the chosen training point; -1 for none. */
  abstract choose(point: number): void;
  /** h_eps on the probe grid; empty to take it away. */
  abstract drawOptimal(values: Float32Array): void;
  /** The theme has changed. */
  abstract repaint(): void;

  update(frame: Frame, history: History): void {
    const { experiment, group } = this;
    const tested = experiment.isTested ? latestMean(history, group, 0) : undefined;
    if (experiment.train.data.labels === undefined) {
      this.draw(frame, []);
      this.sayDistance(experiment.isTested ? tested : groupError(frame.probabilities, experiment, group));
      return;
    }
    const misses = missesOf(frame.probabilities, experiment, group);
    this.draw(frame, misses);
    const wrong = misses.reduce((sum, count) => sum + count, 0);
    this.sayShare(tested ?? wrong / (group.runs * misses.length));
  }

  /** The mean error over nets, a share of points. */
  private sayShare(error: number): void {
    const percent = `${(100 * error).toFixed(error > 0 && error < 0.1 ? 1 : 0)} %`;
    setText(this.status, `${this.options.small ? "" : "error "}${percent}`);
    // Fresh points may lie where no net can be right.
    this.status.classList.toggle("bad", error > 0 && !this.experiment.isTested);
    this.describe(percent);
  }

  /** The mean root mean square error over nets. */
  private sayDistance(error: number | undefined): void {
    if (error === undefined) return;
    const short = errorText(error);
    setText(this.status, `${this.options.small ? "" : "error "}${short}`);
    this.describe(short);
  }
}

/** A root mean square error, in as many digits as are read. */
export function errorText(error: number): string {
  return Number.isFinite(error) ? String(+error.toPrecision(2)) : "none";
}
