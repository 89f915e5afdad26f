/** Error over alpha, of the evaluation of a sweep that is shown: mean over the nets of each alpha, and their range. */

import { html, set, svg } from "../page/dom.ts";
import { linearScale, linePath, logScale, ticks } from "../page/geometry.ts";
import { axis, type PlotBox } from "../pictures/points/plotPanel.ts";
import type { Group } from "../training/experiment.ts";
import type { History } from "../training/measured/history.ts";
import { shortNumber } from "../training/mixings.ts";

const BOX: PlotBox = { width: 340, height: 165, left: 36, right: 14, top: 10, bottom: 36 };

export class SweepChart {
  readonly element: HTMLElement;
  private readonly frame = svg("g");
  /** Of the axis: all of a share, the largest of what else is measured. */
  private top = 1;
  private readonly line = svg("path", { class: "mean mixup" });
  private readonly marks: { range: SVGLineElement; dot: SVGCircleElement }[];
  private readonly xs: number[];

  constructor(
    private readonly groups: readonly Group[],
    private readonly isShare: boolean,
  ) {
    const alphas = groups.map(({ alpha }) => alpha!);
    const x = logScale(alphas[0], alphas[alphas.length - 1], BOX.left + 8, BOX.width - BOX.right - 8);
    this.xs = alphas.map(x);
    const plot = svg(
      "svg",
      { viewBox: `0 0 ${BOX.width} ${BOX.height}`, class: "plot chart", role: "img" },
      this.frame,
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
    plot.setAttribute("aria-label", "Error over alpha");
    this.drawFrame();
    this.marks = alphas.map((_, i) => {
      const range = svg("line", { class: "range", x1: this.xs[i], x2: this.xs[i] });
      const dot = svg("circle", { class: "dot", cx: this.xs[i], r: 3 });
      plot.append(range);
      return { range, dot };
    });
    plot.append(this.line, ...this.marks.map(({ dot }) => dot));
    this.element = html("section", {}, html("h3", { class: "chart-title" }, "Error over α"), plot);
  }

  private get y() {
    return linearScale(0, this.top, BOX.height - BOX.bottom, BOX.top);
  }

  private drawFrame(): void {
    const { isShare } = this;
    const values = isShare ? [0, 0.25, 0.5, 0.75, 1] : ticks(0, this.top, 3);
    const label = (value: number) => (isShare ? `${100 * value}%` : String(value));
    this.frame.replaceChildren(axis("y", values, this.y, BOX, label));
  }

  update(history: History): void {
    const last = history.shown;
    if (last < 0) return;
    const all = this.groups.flatMap(({ firstRun, runs }) =>
      Array.from({ length: runs }, (_, r) => history.value(last, firstRun + r, 0)).filter(Number.isFinite),
    );
    const top = this.isShare ? 1 : Math.max(...all) * 1.08 || 1;
    if (top !== this.top) {
      this.top = top;
      this.drawFrame();
    }
    const means = this.groups.map(({ firstRun, runs }, i) => {
      // Runs that have diverged measure nothing; where all have, the sweep shows the worst.
      const measured = Array.from({ length: runs }, (_, r) => history.value(last, firstRun + r, 0)).filter(
        (error) => !Number.isNaN(error),
      );
      const errors = measured.length > 0 ? measured : [this.top];
      const mean = errors.reduce((sum, error) => sum + error / errors.length, 0);
      set(this.marks[i].range, "y1", this.y(Math.min(...errors)));
      set(this.marks[i].range, "y2", this.y(Math.max(...errors)));
      set(this.marks[i].dot, "cy", this.y(mean));
      return this.y(mean);
    });
    set(this.line, "d", linePath(this.xs, means));
  }
}
