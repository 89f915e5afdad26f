/**
 * The picture of a regression in the plane: the mean output as colour, blue below the middle of the labels and orange above, with
 * level lines; points wear the colour of their label.
 */

import { painter, set, svg } from "../../page/dom.ts";
import { linearScale, type Scale, segmentPath, ticks } from "../../page/geometry.ts";
import { palette } from "../../page/palette.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import { type Blend, mixedPoint } from "../blends.ts";
import type { PanelOptions } from "../panel.ts";
import { type PlotBox, PlotPanel } from "./plotPanel.ts";
import { fieldColour, fieldSegments, Ground, meanOfNets, netsOf, type Range, rangeOf } from "./regions.ts";

const BOX: PlotBox = { width: 420, height: 420, left: 0, right: 0, top: 0, bottom: 0 };
const SMALL: PlotBox = { width: 150, height: 150, left: 0, right: 0, top: 0, bottom: 0 };

export class FieldPanel extends PlotPanel {
  protected readonly what = "Outputs over the plane";
  private readonly x: Scale;
  private readonly y: Scale;
  private readonly column: Scale;
  private readonly row: Scale;
  private readonly range: Range;
  private readonly levels: readonly number[];
  private readonly single: SVGPathElement;
  private readonly mean: SVGPathElement;
  private readonly field: Ground;
  private readonly circles: SVGElement[] = [];
  private shown: Float64Array = new Float64Array(0);

  constructor(experiment: Experiment, group: Group, options: PanelOptions = {}) {
    super(experiment, group, options.small ? SMALL : BOX, options);
    const { probe, train } = experiment;
    const { width, height } = this.box;
    this.range = rangeOf(train.data.targets);
    this.levels = ticks(this.range.low, this.range.high, 6);
    this.x = linearScale(probe.low[0], probe.high[0], 0, width);
    this.y = linearScale(probe.low[1], probe.high[1], height, 0);
    this.column = linearScale(0, probe.columns - 1, 0, width);
    this.row = linearScale(0, probe.rows - 1, height, 0);
    this.field = new Ground(probe);
    this.single = svg("path", { class: "boundary single" });
    this.mean = svg("path", { class: "boundary level" });
    this.plot.append(this.single, this.mean);
    this.drawMarkers();
  }

  protected place(point: number): readonly [number, number] {
    const { points } = this.experiment.train.data;
    return [this.x(points[2 * point]), this.y(points[2 * point + 1])];
  }

  protected landing(blend: Blend): readonly [number, number] {
    const [x, y] = mixedPoint(this.experiment.train.data, blend);
    return [this.x(x), this.y(y)];
  }

  protected override marker(point: number, x: number, y: number, r: number): SVGElement {
    const fill = this.pointColour(point);
    const circle = svg("circle", { class: "marker number", cx: x, cy: y, r, fill });
    this.circles.push(circle);
    return circle;
  }

  private pointColour(point: number): string {
    return fieldColour(this.experiment.train.data.targets[point], this.range, palette());
  }

  protected override blendColour({ first, partner, labelLambda }: Blend): string {
    const { targets } = this.experiment.train.data;
    const mixed = labelLambda * targets[first] + (1 - labelLambda) * targets[partner];
    return fieldColour(mixed, this.range, palette());
  }

  protected drawNets(outputs: Float32Array): void {
    const nets = netsOf(outputs, this.experiment, this.group);
    this.shown = meanOfNets(nets);
    this.paint();
    const middle = [(this.range.low + this.range.high) / 2];
    const lines = (values: ArrayLike<number>, levels: readonly number[]) =>
      segmentPath(fieldSegments(values, this.experiment.probe, levels), this.column, this.row);
    if (!this.options.small) set(this.single, "d", nets.map((values) => lines(values, middle)).join(""));
    set(this.mean, "d", this.shown.length === 0 ? "" : lines(this.shown, this.levels));
  }

  /** The Mixup-optimal classifier is of classes. */
  drawOptimal(): void {}

  override repaint(): void {
    this.circles.forEach((circle, point) => {
      set(circle, "fill", this.pointColour(point));
    });
    this.paint();
  }

  private paint(): void {
    if (this.shown.length === 0) return;
    this.ground.hidden = false;
    const context = painter(this.ground);
    this.field.paintField(context, this.box, this.shown, this.range, palette());
  }
}
