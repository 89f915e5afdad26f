/** The column of charts: three curves, and the error over alpha where there is a sweep. */

import { byId } from "../page/dom.ts";
import type { Experiment } from "../training/experiment.ts";
import type { Frame } from "../training/protocol.ts";
import { CurveChart } from "./curves.ts";
import { History } from "./history.ts";
import { SweepChart } from "./sweepChart.ts";

export class Charts {
  history = new History();
  private curves: CurveChart[] = [];
  private sweep: SweepChart | undefined;

  /** Charts for another session. */
  show({ groups, train }: Experiment): void {
    const seeds = (run: number) => train.runs[run].seed;
    const shown = groups[0].alpha === undefined ? groups : [{ ...groups[0], runs: train.runs.length }];
    this.curves = [
      new CurveChart("Error on the training points", 0, shown, seeds),
      new CurveChart("Loss on the training points", 1, shown, seeds),
      new CurveChart("Training loss, mixed", 2, shown, seeds, "J*"),
    ];
    this.sweep = groups[0].alpha === undefined ? undefined : new SweepChart(groups);
    const sweep = this.sweep === undefined ? [] : [this.sweep.element];
    byId("charts").replaceChildren(...sweep, ...this.curves.map(({ element }) => element));
  }

  /** Forgets what was measured. */
  restart(): void {
    this.history = new History();
  }

  update(frame: Frame): void {
    this.history.add(frame.firstEntry, frame.entrySteps, frame.entries);
    for (const chart of this.curves) chart.update(this.history, frame.steps);
    this.sweep?.update(this.history);
  }

  /** J* in nats, to compare the training loss with. */
  optimalLoss(value: number | null): void {
    this.curves[2]?.setLevel(value);
  }
}
