/**
 * A long tail over the steps of the second stage: accuracy on all classes, on the frequent and on the rare ones, labels as they are
 * beside smoothed ones.
 */

import { html, set, setText, svg } from "../../page/dom.ts";
import { bandPath, linearScale, linePath, logScale, type Scale } from "../../page/geometry.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import type { History } from "../../training/measured/history.ts";
import { groupSpread } from "../../training/measured/spread.ts";
import type { LongTailMethod } from "../../training/methods/methods.ts";
import type { Frame } from "../../training/protocol.ts";
import { axis, type PlotBox } from "../points/plotPanel.ts";
import type { View } from "../view.ts";

const BOX: PlotBox = { width: 420, height: 340, left: 42, right: 56, top: 14, bottom: 42 };
/** Where the accuracies are among the quantities, their names, and the classes' colours that they wear. */
const ACCURACIES = [
  { quantity: 0, name: "all", style: "tail-all" },
  { quantity: 1, name: "frequent", style: "class-0" },
  { quantity: 2, name: "rare", style: "class-1" },
] as const;

export class TailPanel implements View {
  readonly element: HTMLElement;
  private readonly method: LongTailMethod;
  private readonly x: Scale;
  private readonly y: Scale;
  private readonly lines: { band: SVGPathElement; mean: SVGPathElement; label: SVGTextElement }[];
  private readonly plot: SVGSVGElement;
  private readonly waiting = svg("text", { class: "waiting", "text-anchor": "middle" });
  private readonly status = html("span", { class: "panel-error" });

  constructor(
    experiment: Experiment,
    readonly group: Group,
  ) {
    this.method = experiment.longTail!;
    const { stops, before } = this.method;
    const last = stops[stops.length - 1];
    const log = logScale(1, Math.max(last, 2), BOX.left + 34, BOX.width - BOX.right);
    // The first stage's end has a place of its own before step 1.
    this.x = (step) => (step <= before ? BOX.left + 8 : log(step - before));
    this.y = linearScale(0, 1, BOX.height - BOX.bottom, BOX.top);
    this.plot = svg("svg", {
      viewBox: `0 0 ${BOX.width} ${BOX.height}`,
      class: "plot",
      role: "img",
      "aria-label": group.name,
    });
    const powers = [1, 10, 100, 1000, 10_000].filter((step) => step <= last);
    this.plot.append(
      axis("y", [0, 0.25, 0.5, 0.75, 1], this.y, BOX, (value) => `${100 * value}%`),
      axis("x", [0, ...powers], (step) => this.x(before + step), BOX),
      svg(
        "text",
        { class: "axis-name", x: BOX.width - BOX.right, y: BOX.height - 5, "text-anchor": "end" },
        "steps of the classifier alone",
      ),
      svg(
        "text",
        { class: "axis-name", x: BOX.left + 6, y: BOX.height - BOX.bottom - 8 },
        "accuracy on fresh images",
      ),
    );
    this.lines = ACCURACIES.map(({ name, style }) => {
      const own = { "data-part": name };
      const line = {
        band: svg("path", { class: `band ${style}`, ...own }),
        mean: svg("path", { class: `mean ${style}`, ...own }),
        label: svg("text", { class: `label ${style}`, x: BOX.width - BOX.right + 6, ...own }, name),
      };
      this.plot.append(line.band, line.mean, line.label);
      return line;
    });
    set(this.waiting, "x", (BOX.left + BOX.width - BOX.right) / 2);
    set(this.waiting, "y", BOX.height / 2);
    this.plot.append(this.waiting);
    const title = html(
      "h3",
      { class: `panel-title ${group.kind}` },
      html("span", {}, group.name),
      this.status,
    );
    this.element = html("section", { class: "panel tail", "data-part": group.kind }, title, this.plot);
  }

  update({ step }: Frame, history: History): void {
    const { before } = this.method;
    const spreads = ACCURACIES.map(({ quantity }) => groupSpread(history, this.group, quantity));
    const xs = history.steps.map(this.x);
    const ends: { label: SVGTextElement; y: number }[] = [];
    const said: string[] = [];
    spreads.forEach(({ mean, least, largest }, i) => {
      const { band, mean: line, label } = this.lines[i];
      const own = xs.slice(0, mean.length);
      set(line, "d", own.length === 1 ? dash(own[0], this.y(mean[0])) : linePath(own, mean.map(this.y)));
      set(band, "d", bandPath(own, least.map(this.y), largest.map(this.y)));
      set(label, "visibility", mean.length > 0 ? "visible" : "hidden");
      if (mean.length === 0) return;
      const value = mean[mean.length - 1];
      ends.push({ label, y: this.y(value) + 4 });
      set(label, "x", own[own.length - 1] + 6);
      said.push(`${ACCURACIES[i].name} ${(100 * value).toFixed(0)} %`);
    });
    ends.sort((a, b) => a.y - b.y);
    ends.forEach((end, i) => {
      if (i > 0) end.y = Math.max(end.y, ends[i - 1].y + 13);
      set(end.label, "y", end.y);
    });
    set(this.waiting, "visibility", history.steps.length === 0 ? "visible" : "hidden");
    setText(this.waiting, `All of the net: step ${Math.min(step, before)} of ${before}`);
    const rare = said.at(-1) ?? "";
    setText(this.status, rare);
    if (said.length > 0) set(this.plot, "aria-label", `${this.group.name}: accuracy, ${said.join(", ")}`);
  }

  choose(): void {}

  drawOptimal(): void {}

  repaint(): void {}
}

/** A point as a short line. */
function dash(x: number, y: number): string {
  return linePath([x - 4, x + 4], [y, y]);
}
