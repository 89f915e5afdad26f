/** Error over alpha, of a sweep's latest evaluation: mean over the nets of each alpha, and their range. */

import { html, set, svg } from "../page/dom.ts";
import { linearScale, linePath, logScale } from "../page/geometry.ts";
import { axis, type PlotBox } from "../pictures/plotPanel.ts";
import { type Group, shortNumber } from "../training/experiment.ts";
import type { History } from "./history.ts";

const BOX: PlotBox = { width: 340, height: 165, left: 36, right: 14, top: 10, bottom: 36 };

export class SweepChart {
  readonly element: HTMLElement;
  private readonly line = svg("path", { class: "mean mixup" });
  private readonly marks: { range: SVGLineElement; dot: SVGCircleElement }[];
  private readonly xs: number[];

  constructor(private readonly groups: readonly Group[]) {
    const alphas = groups.map(({ alpha }) => alpha!);
    const x = logScale(alphas[0], alphas[alphas.length - 1], BOX.left + 8, BOX.width - BOX.right - 8);
    const y = this.y;
    this.xs = alphas.map(x);
    const plot = svg(
      "svg",
      { viewBox: `0 0 ${BOX.width} ${BOX.height}`, class: "plot chart", role: "img" },
      axis("y", [0, 0.25, 0.5, 0.75, 1], y, BOX, (value) => `${100 * value}%`),
      axis(
        "x",
        alphas.filter((_, i) => i % 4 === 0),
        x,
        BOX,
        shortNumber,
      ),
      svg(
        "text",
        { class: "axis-name", x: BOX.width - BOX.right, y: BOX.height - 4, "text-anchor": "end" },
        "α",
      ),
    );
    plot.setAttribute("aria-label", "Error on the training points over alpha");
    this.marks = alphas.map((_, i) => {
      const range = svg("line", { class: "range", x1: this.xs[i], x2: this.xs[i] });
      const dot = svg("circle", { class: "dot", cx: this.xs[i], r: 3 });
      plot.append(range);
      return { range, dot };
    });
    plot.append(this.line, ...this.marks.map(({ dot }) => dot));
    this.element = html("section", {}, html("h3", { class: "chart-title" }, "Error over α"), plot);
  }

  private readonly y = linearScale(0, 1, BOX.height - BOX.bottom, BOX.top);

  update(history: History): void {
    const last = history.steps.length - 1;
    if (last < 0) return;
    const means = this.groups.map(({ firstRun, runs }, i) => {
      // Runs that have diverged measure nothing; where all have, the sweep shows the worst.
      const measured = Array.from({ length: runs }, (_, r) => history.value(last, firstRun + r, 0)).filter(
        (error) => !Number.isNaN(error),
      );
      const errors = measured.length > 0 ? measured : [1];
      const mean = errors.reduce((sum, error) => sum + error / errors.length, 0);
      set(this.marks[i].range, "y1", this.y(Math.min(...errors)));
      set(this.marks[i].range, "y2", this.y(Math.max(...errors)));
      set(this.marks[i].dot, "cy", this.y(mean));
      return this.y(mean);
    });
    set(this.line, "d", linePath(this.xs, means));
  }
}
