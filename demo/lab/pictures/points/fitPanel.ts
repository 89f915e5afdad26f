/**
 * The picture of a regression on the line: what all nets say over x, group by group in one plot, and the points. Where the curve
 * itself is known, that, too.
 */

import { html, set, setText, svg } from "../../page/dom.ts";
import { bandPath, linearScale, linePath, type Scale, spreadOf, ticks } from "../../page/geometry.ts";
import { palette } from "../../page/palette.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import type { History } from "../../training/measured/history.ts";
import { groupError, outputsOf } from "../../training/measured/predictions.ts";
import { latestMean } from "../../training/measured/spread.ts";
import type { Frame } from "../../training/protocol.ts";
import { type Blend, mixedPoint } from "../blends.ts";
import { errorText, type PanelOptions } from "../panel.ts";
import { axis, type PlotBox, PlotPanel } from "./plotPanel.ts";
import { rangeOf } from "./regions.ts";

const BOX: PlotBox = { width: 420, height: 380, left: 42, right: 12, top: 14, bottom: 40 };
const SMALL: PlotBox = { width: 180, height: 110, left: 4, right: 4, top: 8, bottom: 8 };
/** Clip paths of several panels on a page need names of their own. */
let clips = 0;

interface Curve {
  readonly group: Group;
  readonly band: SVGPathElement;
  readonly single: SVGPathElement;
  readonly mean: SVGPathElement;
  readonly error: HTMLElement;
}

export class FitPanel extends PlotPanel {
  protected readonly what = "Output over x";
  private readonly x: Scale;
  private readonly y: Scale;
  private readonly xs: Float64Array;
  private readonly curves: Curve[];

  constructor(experiment: Experiment, group: Group, options: PanelOptions = {}) {
    super(experiment, group, options.small ? SMALL : BOX, options);
    const { probe, train, groups } = experiment;
    const { box, plot } = this;
    const { low, high } = rangeOf(train.data.targets);
    const room = 0.12 * (high - low || 1);
    this.x = linearScale(probe.low[0], probe.high[0], box.left, box.width - box.right);
    this.y = linearScale(low - room, high + room, box.height - box.bottom, box.top);
    this.xs = Float64Array.from(probe.points.subarray(0, probe.columns), this.x);
    // It is of all groups.
    if (!options.small) this.element.removeAttribute("data-part");
    if (!options.small) this.drawAxes([low - room, high + room]);
    const clip = `fit-${++clips}`;
    const inside = svg("g", { "clip-path": `url(#${clip})` });
    plot.append(svg("clipPath", { id: clip }, svg("rect", this.inner())), inside);
    if (!options.small) inside.append(svg("path", { class: "truth", d: this.truth() }));
    const shown = options.small ? [group] : groups;
    this.curves = shown.map((own) => {
      const path = (name: string) => svg("path", { class: `${name} ${own.kind}`, "data-part": own.kind });
      const curve = { band: path("band"), single: path("single"), mean: path("mean") };
      inside.append(curve.band, curve.single, curve.mean);
      return { ...curve, group: own, error: html("span", { class: "panel-error" }) };
    });
    if (!options.small) {
      const items = this.curves.map(({ group: own, error }) =>
        html(
          "li",
          { class: own.kind, "data-part": own.kind },
          html("span", { class: "swatch" }),
          html("span", {}, own.name),
          error,
        ),
      );
      if (this.truth() !== "")
        items.push(html("li", { class: "truth-key" }, html("span", { class: "swatch" }), "the curve itself"));
      this.element.querySelector(".panel-title")!.replaceWith(html("ul", { class: "curve-keys" }, ...items));
    }
    this.drawMarkers();
  }

  private inner() {
    const { left, right, top, bottom, width, height } = this.box;
    return { x: left, y: top, width: width - left - right, height: height - top - bottom };
  }

  private drawAxes([low, high]: readonly [number, number]): void {
    const { box, plot } = this;
    const { probe } = this.experiment;
    plot.append(
      axis("y", ticks(low, high, 5), this.y, box),
      axis("x", ticks(probe.low[0], probe.high[0], 6), this.x, box),
      svg(
        "text",
        { class: "axis-name", x: box.width - box.right, y: box.height - 5, "text-anchor": "end" },
        "x",
      ),
      svg("text", { class: "axis-name", x: box.left + 6, y: box.top + 14 }, "label, and what nets say"),
    );
  }

  /** The curve without noise as a path; empty where it is not known. */
  private truth(): string {
    const { isTested, train } = this.experiment;
    const { points, targets } = train.evaluationData ?? train.data;
    return isTested ? linePath(Float64Array.from(points, this.x), Float64Array.from(targets, this.y)) : "";
  }

  protected place(point: number): readonly [number, number] {
    const { points, targets } = this.experiment.train.data;
    return [this.x(points[point]), this.y(targets[point])];
  }

  protected override marker(_: number, x: number, y: number, r: number): SVGElement {
    return svg("circle", { class: "marker number", cx: x, cy: y, r: 0.8 * r });
  }

  protected landing(blend: Blend): readonly [number, number] {
    const { data } = this.experiment.train;
    const { first, partner, labelLambda } = blend;
    const label = labelLambda * data.targets[first] + (1 - labelLambda) * data.targets[partner];
    return [this.x(mixedPoint(data, blend)[0]), this.y(label)];
  }

  protected override blendColour(): string {
    const [r, g, b] = palette().accent;
    return `rgb(${r} ${g} ${b})`;
  }

  override update(frame: Frame, history: History): void {
    super.update(frame, history);
    const { experiment } = this;
    for (const { group, error } of this.curves) {
      const value = experiment.isTested
        ? latestMean(history, group, 0)
        : groupError(frame.probabilities, experiment, group);
      setText(error, value === undefined ? "" : `error ${errorText(value)}`);
    }
  }

  protected drawNets(outputs: Float32Array): void {
    const width = this.xs.length;
    for (const { group, band, single, mean } of this.curves) {
      const rows = Array.from({ length: group.runs }, (_, r) =>
        Float64Array.from(outputsOf(outputs, this.experiment, group.firstRun + r).subarray(0, width), this.y),
      );
      const all = Float64Array.from(rows.flatMap((row) => [...row]));
      const spread = spreadOf(all, width, 0, group.runs);
      set(mean, "d", linePath(this.xs, spread.mean));
      set(band, "d", bandPath(this.xs, spread.least, spread.largest));
      if (!this.options.small) set(single, "d", rows.map((row) => linePath(this.xs, row)).join(""));
    }
  }

  /** The Mixup-optimal classifier is of classes. */
  drawOptimal(): void {}

  repaint(): void {}
}
