/** The column of charts: curves of what is measured, and the error over alpha where there is a sweep. */

import { byId } from "../page/dom.ts";
import type { Experiment } from "../training/experiment.ts";
import { History } from "../training/measured/history.ts";
import type { Frame } from "../training/protocol.ts";
import { CurveChart } from "./curves.ts";
import { LawCharts } from "./domains/lawCharts.ts";
import { WeightChart } from "./fair/weightChart.ts";
import { SweepChart } from "./sweepChart.ts";
import { tailCounts } from "./tailCounts.ts";

export class Charts {
  history = new History();
  private quantities = 3;
  private curves: CurveChart[] = [];
  private sweep: SweepChart | undefined;
  private laws: LawCharts | undefined;
  private weights: WeightChart | undefined;

  /** Charts for another session; of a recording on its steps' logarithmic scale, with the step that is shown. */
  show(experiment: Experiment, isRecorded = false): void {
    const { groups, train, quantities, longTail, merging } = experiment;
    if (this.history.quantities !== quantities.length) this.history = new History(quantities.length);
    this.quantities = quantities.length;
    const seeds = (run: number) => train.runs[run].seed;
    const shown = groups[0].alpha === undefined ? groups : [{ ...groups[0], runs: train.runs.length }];
    this.curves = quantities.flatMap((quantity, q) =>
      quantity.title === ""
        ? []
        : [
            new CurveChart(quantity, q, shown, seeds, {
              after: (longTail ?? merging)?.before,
              isLog: isRecorded || longTail !== undefined,
            }),
          ],
    );
    this.sweep =
      groups[0].alpha === undefined ? undefined : new SweepChart(groups, quantities[0].kind === "share");
    const first = this.sweep === undefined ? [] : [this.sweep.element];
    if (longTail !== undefined) first.push(tailCounts(longTail));
    this.laws = experiment.mixtures && new LawCharts(experiment);
    if (this.laws !== undefined) first.push(...this.laws.elements);
    this.weights = experiment.fairWeights && new WeightChart(experiment);
    if (this.weights !== undefined) first.push(this.weights.element);
    byId("charts").replaceChildren(...first, ...this.curves.map(({ element }) => element));
  }

  /** Forgets what was measured. */
  restart(): void {
    this.history = new History(this.quantities);
  }

  update(frame: Frame): void {
    this.history.add(frame.firstEntry, frame.entrySteps, frame.entries);
    // A recording's first step, 0, is not measured.
    this.history.at = frame.recorded && frame.recorded.moment - 1;
    for (const chart of this.curves) chart.update(this.history, frame.steps);
    this.sweep?.update(this.history);
    this.laws?.update(this.history);
    this.weights?.update(this.history);
  }

  /** J* in nats, to compare the training loss with. */
  optimalLoss(value: number | null): void {
    this.curves[this.curves.length - 1]?.setLevel(value);
  }
}
