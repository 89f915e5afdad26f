/** The picture of nets on a line: probability over x, mean and every net, and the Mixup-optimal classifier dashed. */

import { set, svg } from "../../page/dom.ts";
import { bandPath, linearScale, linePath, type Scale, spreadOf, ticks } from "../../page/geometry.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import { channels } from "../../training/protocol.ts";
import { type Blend, mixedPoint } from "../blends.ts";
import type { PanelOptions } from "../panel.ts";
import { axis, type PlotBox, PlotPanel } from "./plotPanel.ts";

const BOX: PlotBox = { width: 420, height: 380, left: 38, right: 12, top: 14, bottom: 40 };
const SMALL: PlotBox = { width: 180, height: 110, left: 4, right: 4, top: 8, bottom: 8 };

interface Curve {
  readonly band: SVGPathElement;
  readonly single: SVGPathElement;
  readonly mean: SVGPathElement;
  readonly optimal: SVGPathElement;
}

export class LinePanel extends PlotPanel {
  protected readonly what = "Probability over x";
  private readonly x: Scale;
  private readonly y: Scale;
  private readonly xs: Float64Array;
  private readonly curves: Curve[];
  private readonly optimalLabel: SVGTextElement;

  constructor(experiment: Experiment, group: Group, options: PanelOptions = {}) {
    super(experiment, group, options.small ? SMALL : BOX, options);
    const { probe } = experiment;
    const { box, plot } = this;
    const [low, high] = [probe.low[0], probe.high[0]];
    const x = linearScale(low, high, box.left, box.width - box.right);
    const y = linearScale(0, 1, box.height - box.bottom, box.top);
    this.x = x;
    this.y = y;
    this.xs = Float64Array.from(probe.points.subarray(0, probe.columns), x);
    if (options.small) {
      plot.append(
        svg("line", { class: "rule", x1: box.left, x2: box.width - box.right, y1: y(0.5), y2: y(0.5) }),
      );
    } else {
      plot.append(
        axis("y", [0, 0.25, 0.5, 0.75, 1], y, box, (value) =>
          value === 0 || value === 1 ? String(value) : `${value}`,
        ),
        axis("x", ticks(low, high, 6), x, box),
        svg(
          "text",
          { class: "axis-name", x: box.width - box.right, y: box.height - 5, "text-anchor": "end" },
          "x",
        ),
        svg(
          "text",
          { class: "axis-name", x: box.left + 6, y: box.top + 14 },
          this.classes === 2 ? "probability of class 1" : "probability of each class",
        ),
      );
    }
    this.curves = Array.from({ length: channels(this.classes) }, (_, k) => {
      const color = this.classes === 2 ? group.kind : `class-${k}`;
      const path = (name: string) => svg("path", { class: `${name} ${color}` });
      const curve = {
        band: path("band"),
        single: path("single"),
        mean: path("mean"),
        optimal: path("optimal"),
      };
      plot.append(curve.band, curve.single, curve.mean, curve.optimal);
      return curve;
    });
    this.optimalLabel = svg("text", { class: "label", visibility: "hidden", "text-anchor": "middle" });
    this.optimalLabel.append(
      svg("tspan", { class: "math" }, "h"),
      svg("tspan", { class: "math sub", dy: 3 }, "ε"),
    );
    plot.append(this.optimalLabel);
    this.drawMarkers();
  }

  protected place(point: number): readonly [number, number] {
    const { points, labels } = this.experiment.train.data;
    return [this.x(points[point]), this.y(this.classes === 2 ? labels![point] : 1)];
  }

  protected landing(blend: Blend): readonly [number, number] {
    const { data } = this.experiment.train;
    const { labelLambda: lambda } = blend;
    const [first, partner] = [data.labels![blend.first], data.labels![blend.partner]];
    // Two classes: at its soft label. More: at the larger share.
    const soft = lambda * first + (1 - lambda) * partner;
    const share = first === partner ? 1 : Math.max(lambda, 1 - lambda);
    return [this.x(mixedPoint(data, blend)[0]), this.y(this.classes === 2 ? soft : share)];
  }

  protected drawNets(probabilities: Float32Array): void {
    const { firstRun, runs } = this.group;
    this.curves.forEach((curve, k) => {
      const values = this.channel(probabilities, firstRun, runs, k);
      const width = this.xs.length;
      const { mean, least, largest } = spreadOf(values, width, 0, runs);
      set(curve.mean, "d", linePath(this.xs, mean.map(this.y)));
      set(curve.band, "d", bandPath(this.xs, least.map(this.y), largest.map(this.y)));
      if (this.options.small) return;
      let single = "";
      for (let r = 0; r < runs; r++) {
        single += linePath(this.xs, values.subarray(r * width, (r + 1) * width).map(this.y));
      }
      set(curve.single, "d", single);
    });
  }

  drawOptimal(values: Float32Array): void {
    const width = this.xs.length;
    this.curves.forEach((curve, k) => {
      const row = values.length === 0 ? new Float64Array(0) : this.channel(values, 0, 1, k);
      set(curve.optimal, "d", linePath(this.xs, row.map(this.y)));
      if (k > 0 || this.options.small) return;
      set(this.optimalLabel, "visibility", row.length > 0 ? "visible" : "hidden");
      // Where there is room: at the highest place of the middle half.
      let at = Math.round(0.3 * width);
      for (let i = at; i < 0.7 * width; i++) if (row[i] > row[at]) at = i;
      if (row.length > 0 && Number.isFinite(row[at])) {
        set(this.optimalLabel, "x", this.xs[at]);
        set(this.optimalLabel, "y", Math.max(this.y(row[at]) - 10, this.box.top + 10));
      }
    });
  }

  repaint(): void {}

  /** Channel k of runs at the grid: `[runs, columns]`. */
  private channel(values: Float32Array, firstRun: number, runs: number, k: number): Float64Array {
    const width = this.xs.length;
    const K = channels(this.classes);
    const rows = new Float64Array(runs * width);
    for (let r = 0; r < runs; r++) {
      for (let i = 0; i < width; i++)
        rows[r * width + i] = values[((firstRun + r) * this.probes + i) * K + k];
    }
    return rows;
  }
}
