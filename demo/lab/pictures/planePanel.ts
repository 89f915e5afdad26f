/**
 * The picture of nets in the plane: the mean probability as colour, the decision boundary of the mean bold and of every
 * net thin (how far those lie apart is the uncertainty), and the boundary of the Mixup-optimal classifier dashed.
 */

import { html, set, svg } from "../page/dom.ts";
import { levelSegments, linearScale, type Scale, segmentPath } from "../page/geometry.ts";
import { paintRegions, palette } from "../page/palette.ts";
import { type Experiment, type Group, gridSize } from "../training/experiment.ts";
import { channels } from "../training/protocol.ts";
import { Panel, type PlotBox } from "./panel.ts";

const BOX: PlotBox = { width: 420, height: 420, left: 0, right: 0, top: 0, bottom: 0 };
const SMALL: PlotBox = { width: 150, height: 150, left: 0, right: 0, top: 0, bottom: 0 };

export class PlanePanel extends Panel {
  private readonly x: Scale;
  private readonly y: Scale;
  /** From grid units to the viewBox. */
  private readonly column: Scale;
  private readonly row: Scale;
  private readonly single: SVGPathElement;
  private readonly mean: SVGPathElement;
  private readonly optimal: SVGPathElement;
  private readonly pixels = html("canvas");
  private readonly image: ImageData;
  private shown = new Float64Array(0);

  constructor(
    experiment: Experiment,
    group: Group,
    options: { small?: boolean; onSelect?: (point: number) => void } = {},
  ) {
    super(experiment, group, options.small ? SMALL : BOX, options);
    const { probe } = experiment;
    const { width, height } = this.box;
    this.x = linearScale(probe.low[0], probe.high[0], 0, width);
    this.y = linearScale(probe.low[1], probe.high[1], height, 0);
    this.column = linearScale(0, probe.columns - 1, 0, width);
    this.row = linearScale(0, probe.rows - 1, height, 0);
    this.pixels.width = probe.columns;
    this.pixels.height = probe.rows;
    this.image = new ImageData(probe.columns, probe.rows);
    const path = (name: string) => svg("path", { class: `boundary ${name}` });
    this.single = path("single");
    this.mean = path("mean");
    this.optimal = path("optimal");
    this.plot.append(this.single, this.mean, this.optimal);
    this.drawMarkers();
  }

  /** Data coordinates of a place in the viewBox. */
  coordinates(x: number, y: number): [number, number] {
    const { low, high } = this.experiment.probe;
    const { width, height } = this.box;
    return [low[0] + ((high[0] - low[0]) * x) / width, low[1] + ((high[1] - low[1]) * (height - y)) / height];
  }

  get svg(): SVGSVGElement {
    return this.plot;
  }

  protected place(point: number): readonly [number, number] {
    const { points } = this.experiment.train.data;
    return [this.x(points[2 * point]), this.y(points[2 * point + 1])];
  }

  protected landing(mixed: Float32Array, at: number): readonly [number, number] {
    return [this.x(mixed[at]), this.y(mixed[at + 1])];
  }

  protected draw(probabilities: Float32Array): void {
    const { firstRun, runs } = this.group;
    const cells = gridSize(this.experiment.probe);
    const K = channels(this.classes);
    const mean = new Float64Array(cells * K);
    let single = "";
    for (let run = firstRun; run < firstRun + runs; run++) {
      const from = run * this.probes * K;
      for (let i = 0; i < cells * K; i++) mean[i] += probabilities[from + i] / runs;
      if (!this.options.small) single += this.boundaries(probabilities.subarray(from, from + cells * K));
    }
    this.shown = mean;
    this.repaint();
    set(this.single, "d", single);
    set(this.mean, "d", this.boundaries(mean));
  }

  drawOptimal(values: Float32Array): void {
    set(this.optimal, "d", values.length === 0 ? "" : this.boundaries(values));
  }

  repaint(): void {
    if (this.shown.length === 0) return;
    paintRegions(this.image.data, this.experiment.probe, this.shown, this.classes, palette());
    this.pixels.getContext("2d")!.putImageData(this.image, 0, 0);
    const context = this.ground.getContext("2d")!;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    // Grid points are the corners of the picture, pixels have a width: half of one hangs over on each side.
    const { columns, rows } = this.experiment.probe;
    const [w, h] = [this.box.width / (columns - 1), this.box.height / (rows - 1)];
    context.drawImage(this.pixels, -w / 2, -h / 2, this.box.width + w, this.box.height + h);
  }

  /** Lines between classes of one net's probabilities at the grid `[M, K]`. */
  private boundaries(values: ArrayLike<number>): string {
    const { columns, rows } = this.experiment.probe;
    if (this.classes === 2) {
      return segmentPath(
        levelSegments(columns, rows, (i) => values[i], 0.5),
        this.column,
        this.row,
      );
    }
    let path = "";
    for (let c = 0; c < this.classes; c++) {
      const lead = (i: number) => {
        let best = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < this.classes; k++)
          if (k !== c) best = Math.max(best, values[i * this.classes + k]);
        return values[i * this.classes + c] - best;
      };
      path += segmentPath(levelSegments(columns, rows, lead, 0), this.column, this.row);
    }
    return path;
  }
}
