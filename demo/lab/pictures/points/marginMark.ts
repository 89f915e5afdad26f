/** The margin in a picture of the plane: a short line from the training point that is nearest to the mean's boundary, and its length. */

import { set, setText, svg } from "../../page/dom.ts";
import type { Scale } from "../../page/geometry.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import { leastMargin } from "../../training/measured/margin.ts";

export class MarginMark {
  readonly element = svg("g", { class: "margin", visibility: "hidden" });
  private readonly line = svg("line", { class: "margin-line" });
  private readonly text = svg("text", { class: "margin-length", "text-anchor": "middle" });

  constructor(
    private readonly experiment: Experiment,
    private readonly x: Scale,
    private readonly y: Scale,
  ) {
    this.element.append(this.line, this.text);
  }

  /** Of a group's nets, whose probabilities at all probe points `[R, M]` are given. */
  draw(probabilities: Float32Array, { firstRun, runs }: Group): void {
    const { train, probe } = this.experiment;
    const count = probe.points.length / 2;
    const mean = new Float64Array(count);
    let nets = 0;
    for (let run = firstRun; run < firstRun + runs; run++) {
      // Nets that have diverged are left out.
      if (!Number.isFinite(probabilities[run * count])) continue;
      for (let m = 0; m < count; m++) mean[m] += probabilities[run * count + m];
      nets++;
    }
    const margin = leastMargin(
      train.data,
      probe,
      mean.map((sum) => sum / nets),
    );
    const isShown = margin !== undefined && margin.length > 0;
    set(this.element, "visibility", isShown ? "visible" : "hidden");
    if (!isShown) return;
    const [from, to] = [margin.point, margin.boundary].map(([x, y]) => [this.x(x), this.y(y)]);
    set(this.line, "x1", from[0]);
    set(this.line, "y1", from[1]);
    set(this.line, "x2", to[0]);
    set(this.line, "y2", to[1]);
    // Beyond the boundary, where points of the other class are further.
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
    set(this.text, "x", to[0] + (22 * (to[0] - from[0])) / length);
    set(this.text, "y", to[1] + (14 * (to[1] - from[1])) / length + 4);
    setText(this.text, margin.length.toFixed(2));
  }
}
