/** Losses of each domain as the laws predict them, against what nets have: on the diagonal they are as predicted. */

import { lawLoss } from "../../../../src/experiments/mixing-laws/law.ts";
import { html, set, setText, svg } from "../../page/dom.ts";
import { linearScale, ticks } from "../../page/geometry.ts";
import { attempt } from "../../page/notice.ts";
import { axis, type PlotBox } from "../../pictures/points/plotPanel.ts";
import { lawsOf, loadFit } from "../../training/domains/laws.ts";
import type { Experiment } from "../../training/experiment.ts";
import type { History } from "../../training/measured/history.ts";

const BOX: PlotBox = { width: 340, height: 168, left: 36, right: 10, top: 10, bottom: 34 };

export class LawCharts {
  readonly elements: readonly HTMLElement[];
  private history: History | undefined;
  private readonly charts: {
    plot: SVGSVGElement;
    content: SVGGElement;
    reading: HTMLElement;
    name: string;
  }[];

  constructor(private readonly experiment: Experiment) {
    this.charts = experiment.train.data.domains!.map(({ name }, k) => {
      const content = svg("g");
      const plot = svg(
        "svg",
        {
          viewBox: `0 0 ${BOX.width} ${BOX.height}`,
          class: `plot chart law-chart class-${k}`,
          role: "img",
          "aria-label": `Measured and predicted losses on the ${name} domain`,
        },
        content,
      );
      return { plot, content, reading: html("output", { class: "chart-reading" }), name };
    });
    this.elements = this.charts.map(({ plot, reading, name }) =>
      html(
        "section",
        { class: "chart-box" },
        html("h3", { class: "chart-title" }, html("span", {}, `Law of the ${name} domain`), reading),
        plot,
      ),
    );
    attempt(async () => {
      await loadFit();
      if (this.history !== undefined) this.draw(this.history);
    });
  }

  update(history: History): void {
    this.history = history;
    this.draw(history);
  }

  private draw(history: History): void {
    const fitted = lawsOf(this.experiment, history);
    const { mixtures, isFitted } = this.experiment.mixtures!;
    this.charts.forEach(({ plot, content, reading, name }, k) => {
      content.replaceChildren();
      if (fitted === undefined) return;
      const pairs = mixtures.flatMap((shares, m) => {
        const measured = fitted.losses[m][k];
        const predicted = lawLoss(fitted.laws[k], shares);
        return measured === undefined ? [] : [{ predicted, measured, isFitted: isFitted[m] }];
      });
      const high = 1.05 * Math.max(1, ...pairs.flatMap(({ predicted, measured }) => [predicted, measured]));
      const x = linearScale(0, high, BOX.left, BOX.width - BOX.right);
      const y = linearScale(0, high, BOX.height - BOX.bottom, BOX.top);
      content.append(
        axis("y", ticks(0, high, 4), y, BOX),
        axis("x", ticks(0, high, 5), x, BOX),
        svg("line", { class: "diagonal", x1: x(0), y1: y(0), x2: x(high), y2: y(high) }),
        svg("text", { class: "axis-name", x: BOX.left + 6, y: BOX.top + 9 }, "measured"),
        svg(
          "text",
          { class: "axis-name", x: BOX.width - BOX.right, y: BOX.height - 4, "text-anchor": "end" },
          "predicted by the law, nats",
        ),
        ...pairs.map(({ predicted, measured, isFitted: isOfFit }) =>
          isOfFit
            ? svg("circle", { class: "of-fit", cx: x(predicted), cy: y(measured), r: 3.2 })
            : svg("path", {
                class: "held-out",
                d: "M0,-4.6L4.6,0L0,4.6L-4.6,0Z",
                transform: `translate(${x(predicted)} ${y(measured)})`,
              }),
        ),
      );
      const { byLaw, byPlane } = fitted.explained[k];
      const said = byLaw === null ? "" : `R² ${byLaw.toFixed(2)}, plane ${byPlane!.toFixed(2)}`;
      setText(reading, said);
      set(plot, "aria-label", `Measured and predicted losses on the ${name} domain; held out: ${said}`);
    });
  }
}
