/**
 * The picture of nets in the plane: the mean probability as colour, the decision boundary of the mean bold and of every
 * net thin (how far those lie apart is the uncertainty), and the boundary of the Mixup-optimal classifier dashed.
 */

import { painter, set, svg } from "../../page/dom.ts";
import { linearScale, type Scale, segmentPath } from "../../page/geometry.ts";
import { palette } from "../../page/palette.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import type { ProbeGrid } from "../../training/probes.ts";
import { type Blend, mixedPoint } from "../blends.ts";
import type { PanelOptions } from "../panel.ts";
import { MarginMark } from "./marginMark.ts";
import { type PlotBox, PlotPanel } from "./plotPanel.ts";
import { boundarySegments, Ground, meanOfNets, netsOf } from "./regions.ts";

const BOX: PlotBox = { width: 420, height: 420, left: 0, right: 0, top: 0, bottom: 0 };
const SMALL: PlotBox = { width: 150, height: 150, left: 0, right: 0, top: 0, bottom: 0 };

export class PlanePanel extends PlotPanel {
  protected readonly what: string = "Decision regions";
  private readonly x: Scale;
  private readonly y: Scale;
  /** From grid units to the viewBox. */
  private readonly column: Scale;
  private readonly row: Scale;
  private readonly single: SVGPathElement;
  private readonly mean: SVGPathElement;
  private readonly optimal: SVGPathElement;
  private readonly regions: Ground;
  private readonly margin: MarginMark | undefined;
  private shown: Float64Array = new Float64Array(0);

  constructor(experiment: Experiment, group: Group, options: PanelOptions = {}) {
    super(experiment, group, options.small ? SMALL : BOX, options);
    const { probe } = experiment;
    const { width, height } = this.box;
    this.x = linearScale(probe.low[0], probe.high[0], 0, width);
    this.y = linearScale(probe.low[1], probe.high[1], height, 0);
    this.column = linearScale(0, probe.columns - 1, 0, width);
    this.row = linearScale(0, probe.rows - 1, height, 0);
    this.regions = new Ground(probe);
    const path = (name: string) => svg("path", { class: `boundary ${name}` });
    this.single = path("single");
    this.mean = path("mean");
    this.optimal = path("optimal");
    this.plot.append(this.single, this.mean, this.optimal);
    this.drawMarkers();
    if (experiment.showsMargin && !options.small) {
      this.margin = new MarginMark(experiment, this.x, this.y);
      this.plot.append(this.margin.element);
    }
  }

  /** Data coordinates of a place in the viewBox. */
  coordinates(x: number, y: number): [number, number] {
    const { low, high } = this.experiment.probe;
    const { width, height } = this.box;
    return [low[0] + ((high[0] - low[0]) * x) / width, low[1] + ((high[1] - low[1]) * (height - y)) / height];
  }

  get probe(): ProbeGrid {
    return this.experiment.probe;
  }

  get svg(): SVGSVGElement {
    return this.plot;
  }

  protected place(point: number): readonly [number, number] {
    const { points } = this.experiment.train.data;
    return [this.x(points[2 * point]), this.y(points[2 * point + 1])];
  }

  protected landing(blend: Blend): readonly [number, number] {
    const [x, y] = mixedPoint(this.experiment.train.data, blend);
    return [this.x(x), this.y(y)];
  }

  protected drawNets(probabilities: Float32Array): void {
    const nets = netsOf(probabilities, this.experiment, this.group);
    this.shown = meanOfNets(nets);
    this.repaint();
    if (!this.options.small) set(this.single, "d", nets.map((values) => this.boundaries(values)).join(""));
    set(this.mean, "d", this.shown.length === 0 ? "" : this.boundaries(this.shown));
    this.margin?.draw(probabilities, this.group);
  }

  drawOptimal(values: Float32Array): void {
    set(this.optimal, "d", values.length === 0 ? "" : this.boundaries(values));
  }

  repaint(): void {
    if (this.shown.length === 0) return;
    this.ground.hidden = false;
    this.regions.paint(painter(this.ground), this.box, this.shown, this.classes, palette());
  }

  /** Lines between classes of one net's probabilities at the grid `[M, K]`. */
  private boundaries(values: ArrayLike<number>): string {
    const segments = boundarySegments(values, this.experiment.probe, this.classes);
    return segmentPath(segments, this.column, this.row);
  }
}
