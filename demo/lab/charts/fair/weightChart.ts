/** Mean weights over the rounds, of training points whose label is wrong and of the others: mean and range over the draws. */

import { html, set, setText, svg } from "../../page/dom.ts";
import { bandPath, linearScale, linePath, type Scale, ticks } from "../../page/geometry.ts";
import { axis, type PlotBox } from "../../pictures/points/plotPanel.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import type { History } from "../../training/measured/history.ts";
import { groupSpread } from "../../training/measured/spread.ts";

const BOX: PlotBox = { width: 340, height: 165, left: 36, right: 58, top: 10, bottom: 22 };
const NAMES = ["wrong", "right"] as const;
const TITLE = "Mean weight of points";

export class WeightChart {
  readonly element: HTMLElement;
  private readonly frame = svg("g");
  private readonly lines: { band: SVGPathElement; mean: SVGPathElement; label: SVGTextElement }[];
  private readonly now = svg("path", { class: "rule" });
  private readonly plot: SVGSVGElement;
  private readonly reading = html("output", { class: "chart-reading" });
  private readonly group: Group;
  private readonly x: Scale;
  /** Of the first mean among the quantities. */
  private readonly first: number;
  private history: History | undefined;
  private top = 0;
  /** The evaluation under the pointer, or chosen by arrow keys. */
  private at: number | undefined;

  constructor({ groups, quantities, steps }: Experiment) {
    this.group = groups[groups.length - 1];
    this.first = quantities.findIndex(({ key }) => key === "wrong");
    this.x = linearScale(0, steps, BOX.left, BOX.width - BOX.right);
    this.plot = svg("svg", {
      viewBox: `0 0 ${BOX.width} ${BOX.height}`,
      class: "plot chart weight-chart",
      role: "img",
      tabindex: 0,
      "aria-label": `${TITLE}, over rounds`,
    });
    this.lines = NAMES.map((name) => ({
      band: svg("path", { class: `band ${name}` }),
      mean: svg("path", { class: `mean ${name}` }),
      label: svg("text", { class: `label ${name}`, visibility: "hidden" }, name),
    }));
    const atSteps = axis("x", ticks(0, steps, 4), this.x, BOX, (step) => step.toLocaleString("en"));
    this.plot.append(this.frame, atSteps, this.now);
    for (const { band, mean, label } of this.lines) this.plot.append(band, mean, label);
    this.element = html(
      "section",
      { class: "chart-box" },
      html("div", { class: "chart-title" }, html("h3", {}, TITLE), this.reading),
      html("div", { class: "chart-plot" }, this.plot),
    );
    this.plot.addEventListener("pointermove", (event) => this.hover(event));
    this.plot.addEventListener("pointerleave", () => this.read(undefined));
    this.plot.addEventListener("blur", () => this.read(undefined));
    this.plot.addEventListener("keydown", (event) => this.key(event));
  }

  update(history: History): void {
    this.history = history;
    const spreads = NAMES.map((_, i) => groupSpread(history, this.group, this.first + i));
    const highest = Math.max(1.2, ...spreads.flatMap(({ largest }) => [...largest]));
    if (highest * 1.08 > this.top) {
      this.top = highest * 1.15;
      this.frame.replaceChildren(axis("y", ticks(0, this.top, 3), this.y, BOX));
    }
    const { x, y } = this;
    const xs = history.steps.map(x);
    const ends = spreads.map(({ mean, least, largest }, i) => {
      const { band, mean: line, label } = this.lines[i];
      set(line, "d", linePath(xs, mean.map(y)));
      set(band, "d", bandPath(xs, least.map(y), largest.map(y)));
      set(label, "visibility", mean.length > 0 ? "visible" : "hidden");
      set(label, "x", (xs.at(-1) ?? 0) + 5);
      return mean.length > 0 ? y(mean[mean.length - 1]) + 4 : 0;
    });
    // At first both are 1: right labels stand above wrong ones.
    ends[1] = Math.min(ends[1], ends[0] - 12);
    ends.forEach((end, i) => {
      set(this.lines[i].label, "y", end);
    });
    const said = this.words(history.steps.length - 1);
    if (said !== "") set(this.plot, "aria-label", `${TITLE}: ${said}`);
    this.read(this.at);
  }

  private get y(): Scale {
    return linearScale(0, this.top, BOX.height - BOX.bottom, BOX.top);
  }

  private hover(event: PointerEvent): void {
    const { steps } = this.history ?? { steps: [] };
    if (steps.length === 0) return;
    const bounds = this.plot.getBoundingClientRect();
    const px = ((event.clientX - bounds.left) * BOX.width) / bounds.width;
    const distance = (e: number) => Math.abs(this.x(steps[e]) - px);
    this.read(steps.reduce((best, _, e) => (distance(e) < distance(best) ? e : best), 0));
  }

  private key(event: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const last = (this.history?.steps.length ?? 0) - 1;
    if (by === undefined || last < 0) return;
    event.preventDefault();
    this.read(Math.min(Math.max((this.at ?? last) + by, 0), last));
  }

  /** Says both means at one evaluation. */
  private read(at: number | undefined): void {
    this.at = at;
    const step = at === undefined ? undefined : this.history?.steps[at];
    set(this.now, "d", step === undefined ? "" : `M${this.x(step)},${BOX.top}V${BOX.height - BOX.bottom}`);
    setText(this.reading, at === undefined ? "" : this.words(at));
  }

  private words(at: number): string {
    const { history, group } = this;
    const step = history?.steps[at];
    if (history === undefined || step === undefined) return "";
    const [wrong, right] = NAMES.map((_, i) => groupSpread(history, group, this.first + i).mean[at]);
    return `round ${step}: wrong ${wrong.toFixed(2)}, right ${right.toFixed(2)}`;
  }
}
