/**
 * Merged nets from starts of their own beside merged nets from one start: two matrices on one scale of colours, its legend, and what the
 * cell that is pointed at or focused says, in words.
 *
 * Not here: a matrix (`mergeMatrix.ts`), its colours (`lossColours.ts`).
 */

import { html, setText } from "../../page/dom.ts";
import {
  type LossMatrix,
  lossText,
  type MergedScale,
  meanOfPairs,
  mergedLosses,
  mergedScale,
} from "../../training/domains/mergedLosses.ts";
import type { Experiment } from "../../training/experiment.ts";
import type { History } from "../../training/measured/history.ts";
import type { Frame } from "../../training/protocol.ts";
import type { View } from "../view.ts";
import { lossColours } from "./lossColours.ts";
import { type Cell, MergeMatrix } from "./mergeMatrix.ts";

/** Colours of the legend. */
const PARTS = 9;
/** How the groups are called in a sentence. */
const FROM = ["from starts of their own", "from one start"] as const;

export class MergingPicture implements View {
  readonly element: HTMLElement;
  private readonly matrices: MergeMatrix[];
  private readonly parts = Array.from({ length: PARTS }, () => html("span"));
  private readonly ends = [0, 0.5, 1].map((place) => ({ place, text: html("span") }));
  private readonly legend: HTMLElement;
  private readonly reading = html("p", { class: "reading" });
  private losses: (LossMatrix | undefined)[] = [];
  private step = 0;
  private at: Cell | undefined;

  constructor(private readonly experiment: Experiment) {
    this.matrices = experiment.groups.map(
      (group) => new MergeMatrix(experiment, group, (cell) => this.point(cell)),
    );
    this.legend = html(
      "div",
      { class: "merge-legend" },
      html("span", {}, "Loss in nats, by its logarithm"),
      html(
        "div",
        { class: "merge-scale" },
        html("div", { class: "parts", "aria-hidden": "true" }, ...this.parts),
        html("div", { class: "ends" }, ...this.ends.map(({ text }) => text)),
      ),
    );
    this.element = html(
      "div",
      { class: "merging-picture" },
      html("div", { class: "pair" }, ...this.matrices.map(({ element }) => element)),
      html("div", { class: "merge-foot" }, this.reading, this.legend),
    );
    this.draw();
  }

  update({ step }: Frame, history: History): void {
    this.step = step;
    this.losses = this.experiment.groups.map((group) => mergedLosses(this.experiment, history, group));
    this.draw();
  }

  choose(): void {}

  drawOptimal(): void {}

  repaint(): void {
    this.draw();
  }

  private draw(): void {
    const known = this.losses.filter((losses) => losses !== undefined);
    const scale = mergedScale(known);
    this.matrices.forEach((matrix, g) => {
      matrix.draw(this.losses[g], scale, (i, j) => this.words(g, i, j));
    });
    this.drawLegend(scale);
    this.read();
  }

  private drawLegend(scale: MergedScale | undefined): void {
    this.legend.hidden = scale === undefined;
    if (scale === undefined) return;
    this.parts.forEach((part, p) => {
      part.style.background = lossColours((p + 0.5) / PARTS).ground;
    });
    for (const { place, text } of this.ends) setText(text, lossText(scale.loss(place)));
  }

  /** What a cell of a group is. */
  private words(g: number, i: number, j: number): string {
    const { domains } = this.experiment.merging!;
    const losses = this.losses[g];
    const value = losses === undefined ? "" : `: ${nats(losses[i][j])}`;
    return i === j ? `${domains[i]}, alone${value}` : `${domains[i]} and ${domains[j]}, merged${value}`;
  }

  private point(cell: Cell | undefined): void {
    this.at = cell;
    for (const matrix of this.matrices) matrix.mark(cell);
    this.read();
  }

  private read(): void {
    setText(this.reading, this.said());
  }

  /** What is pointed at; where nothing is, all pairs. */
  private said(): string {
    const { domains, before } = this.experiment.merging!;
    const [own, shared] = this.losses;
    if (own === undefined || shared === undefined)
      return `All starts learn plain digits first: step ${Math.min(this.step, before)} of ${before}.`;
    const both = (of: (losses: LossMatrix) => number | undefined) =>
      `${nats(of(own))} ${FROM[0]}, ${nats(of(shared))} ${FROM[1]}`;
    if (this.at === undefined) {
      const pairs = (domains.length * (domains.length - 1)) / 2;
      return `Mean over the ${pairs} pairs: ${both(meanOfPairs)}. Point at a cell for its own.`;
    }
    const { i, j } = this.at;
    if (i === j)
      return `The net of “${domains[i]}” alone, on its own validation images, nothing merged: ${both((losses) => losses[i][i])}.`;
    const alone = (g: number) => {
      const losses = this.losses[g]!;
      return `${lossText(losses[i][i])} and ${lossText(losses[j][j])} ${FROM[g]}`;
    };
    return `Nets of “${domains[i]}” and “${domains[j]}”, merged, on images of both: ${both((losses) => losses[i][j])}. Alone, each on its own: ${alone(0)}, ${alone(1)}.`;
  }
}

function nats(loss: number | undefined): string {
  return loss === undefined ? "nothing measured" : `${lossText(loss)} nats`;
}
