/**
 * A picture in which the data are points: a plot of three layers, painted ground, rain of mixed points, drawn lines and
 * points. `linePanel.ts` and `planePanel.ts` fill it for data of one and two dimensions.
 */

import { html, painter, set, svg } from "../../page/dom.ts";
import type { Scale } from "../../page/geometry.ts";
import { palette, type Rgb } from "../../page/palette.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import type { Frame } from "../../training/protocol.ts";
import { type Blend, blendsOf, tied } from "../blends.ts";
import { LambdaSquare } from "../methods/lambdaSquare.ts";
import { Panel, type PanelOptions } from "../panel.ts";

/** Inside a panel, in units of its viewBox. */
export interface PlotBox {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A mixed point on its way down. */
interface Drop {
  readonly x: number;
  readonly y: number;
  readonly color: string;
  readonly born: number;
}

const FALL = 260;
const FADE = 1100;
const MOST_DROPS = 160;

export abstract class PlotPanel extends Panel {
  protected readonly plot: SVGSVGElement;
  protected readonly ground: HTMLCanvasElement;
  private readonly rain: HTMLCanvasElement;
  private readonly markers: SVGGElement;
  private readonly marks: { shape: SVGElement; miss: SVGElement; chosen: SVGElement }[] = [];
  private readonly square: LambdaSquare | undefined;
  private drops: Drop[] = [];
  private raining = false;
  protected readonly classes: number;
  protected readonly probes: number;

  constructor(
    experiment: Experiment,
    group: Group,
    protected readonly box: PlotBox,
    options: PanelOptions = {},
  ) {
    super(experiment, group, options);
    const { data } = experiment.train;
    this.classes = data.targetSize;
    this.probes = experiment.probe.points.length / data.dimensions;
    this.ground = html("canvas", { class: "layer", "aria-hidden": "true" });
    this.rain = html("canvas", { class: "layer", "aria-hidden": "true" });
    const { width, height } = box;
    this.plot = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "layer plot" });
    if (options.small) this.plot.setAttribute("aria-hidden", "true");
    else {
      this.plot.setAttribute("role", "img");
      this.plot.setAttribute("aria-label", group.name);
    }
    this.markers = svg("g", { class: "markers" });
    const layers = html("div", { class: "layers", "data-part": "points" }, this.ground, this.rain, this.plot);
    layers.style.aspectRatio = `${width} / ${height}`;
    this.element.append(layers);
    // Where labels are mixed by a lambda of their own, which are drawn together is shown.
    const { mixing } = experiment.groups[experiment.groups.length - 1];
    if (mixing.labelLambda !== undefined && !options.small) {
      this.square = new LambdaSquare(group.kind);
      this.element.append(this.square.element);
    }
    // As fine as the screen: what is finer costs time and is not seen.
    const ratio = options.small || devicePixelRatio <= 1 ? 1 : 2;
    for (const canvas of [this.ground, this.rain]) {
      // What is empty need not be laid over what is not.
      canvas.hidden = true;
      canvas.width = ratio * width;
      canvas.height = ratio * height;
      painter(canvas).scale(ratio, ratio);
    }
  }

  /** Where training point n stands, in the viewBox. */
  protected abstract place(point: number): readonly [number, number];
  /** Where a mixed point lands. */
  protected abstract landing(blend: Blend): readonly [number, number];
  /** What the picture is of. */
  protected abstract readonly what: string;
  protected abstract drawNets(probabilities: Float32Array): void;

  protected draw({ probabilities, mixed }: Frame, misses: readonly number[]): void {
    this.drawNets(probabilities);
    // Rings points that most nets get wrong.
    misses.forEach((count, n) => {
      const missed = count > this.group.runs / 2;
      this.marks[n].miss.setAttribute("visibility", missed ? "visible" : "hidden");
    });
    if (this.options.small) return;
    this.square?.add(this.blends(mixed));
    if (this.group.kind !== "erm") this.letFall(mixed);
  }

  /** The training point whose mark an element is; -1 if it is none's. */
  pointOf(element: Element): number {
    return this.marks.findIndex(({ shape, miss }) => shape === element || miss === element);
  }

  /** Rings it. */
  choose(point: number): void {
    this.marks.forEach(({ chosen }, n) => {
      chosen.toggleAttribute("hidden", n !== point);
      chosen.setAttribute("visibility", n === point ? "visible" : "hidden");
    });
  }

  /** Puts the training points on top; the last thing a constructor does. */
  protected drawMarkers(): void {
    const { data } = this.experiment.train;
    const radius = this.options.small ? 3.5 : data.size > 40 ? 4 : data.size > 12 ? 5.5 : 7.5;
    for (let n = 0; n < data.size; n++) {
      const [x, y] = this.place(n);
      const ring = (name: string, extra: number) =>
        svg("circle", { class: name, cx: x, cy: y, r: radius + extra, visibility: "hidden" });
      const shape = this.marker(n, x, y, radius);
      const mark = {
        shape,
        miss: ring("miss", radius > 5 ? 5 : 3),
        chosen: ring("chosen", radius > 5 ? 8.5 : 6),
      };
      this.marks.push(mark);
      if (this.options.onSelect) shape.addEventListener("click", () => this.options.onSelect!(n));
      this.markers.append(mark.miss, mark.chosen, shape);
    }
    this.plot.append(this.markers);
  }

  /** A training point. */
  protected marker(point: number, x: number, y: number, radius: number): SVGElement {
    return marker(this.experiment.train.data.labels![point], x, y, radius);
  }

  /** Colour of a mixed point. */
  protected blendColour({ first, partner, labelLambda }: Blend): string {
    const colors = palette().classes;
    const { labels } = this.experiment.train.data;
    return blended(colors[labels![first]], colors[labels![partner]], labelLambda);
  }

  /** A picture that is drawn into, or is part of a button, has its own label. */
  protected describe(error: string): void {
    if (this.plot.getAttribute("role") !== "img") return;
    const { name, runs } = this.group;
    set(this.plot, "aria-label", `${this.what} of ${runs} nets, ${name}: error ${error}`);
  }

  /** The batch as these nets saw it. */
  private blends(mixed: Float32Array): Blend[] {
    const blends = blendsOf(mixed);
    return this.group.kind === "plain" ? tied(blends) : blends;
  }

  private letFall(mixed: Float32Array): void {
    const now = performance.now();
    for (const blend of this.blends(mixed)) {
      // What is mixed within the net has no place among the points.
      if (blend.hidden !== undefined) continue;
      const [x, y] = this.landing(blend);
      const color = this.blendColour(blend);
      this.drops.push({ x, y, color, born: now - (Panel.still ? FALL : 0) });
    }
    if (this.drops.length > MOST_DROPS) this.drops = this.drops.slice(-MOST_DROPS);
    if (Panel.still) this.drawRain();
    else if (!this.raining && this.drops.length > 0) {
      this.raining = true;
      requestAnimationFrame(this.drawRain);
    }
  }

  private readonly drawRain = (): void => {
    const now = performance.now();
    const context = painter(this.rain);
    context.clearRect(0, 0, this.box.width, this.box.height);
    this.drops = this.drops.filter(({ born }) => now - born < FADE);
    this.rain.hidden = this.drops.length === 0;
    for (const { x, y, color, born } of this.drops) {
      const age = now - born;
      const fallen = Math.min(1, age / FALL);
      context.globalAlpha =
        0.85 * Math.min(1, Math.max(0, (FADE - age) / (FADE - FALL))) * (0.3 + 0.7 * fallen);
      context.fillStyle = color;
      context.beginPath();
      context.arc(x, y - 26 * (1 - fallen * fallen), 2.6, 0, 7);
      context.fill();
    }
    this.raining = this.drops.length > 0 && this.element.isConnected;
    if (this.raining && !Panel.still) requestAnimationFrame(this.drawRain);
  };
}

function blended(first: Rgb, partner: Rgb, lambda: number): string {
  const [r, g, b] = first.map((value, i) => Math.round(lambda * value + (1 - lambda) * partner[i]));
  return `rgb(${r} ${g} ${b})`;
}

/** A training point: colour and shape both tell its class. */
export function marker(label: number, x: number, y: number, r: number): SVGElement {
  const attributes = { class: `marker class-${label}` };
  if (label === 0) return svg("circle", { ...attributes, cx: x, cy: y, r });
  if (label === 1) {
    const side = 1.75 * r;
    return svg("rect", {
      ...attributes,
      x: x - side / 2,
      y: y - side / 2,
      width: side,
      height: side,
      rx: r / 5,
    });
  }
  const points = label === 2 ? [0, -1.2, 1.1, 0.8, -1.1, 0.8] : [0, -1.25, 1.25, 0, 0, 1.25, -1.25, 0];
  const text = points.map((value, i) => (i % 2 === 0 ? x : y) + value * r).join(" ");
  return svg("polygon", { ...attributes, points: text });
}

/** Tick marks and labels below or left of a plot. */
export function axis(
  side: "x" | "y",
  values: readonly number[],
  scale: Scale,
  box: PlotBox,
  label: (value: number) => string = String,
): SVGGElement {
  const group = svg("g", { class: "axis" });
  for (const value of values) {
    const at = scale(value);
    const y = box.height - box.bottom;
    if (side === "x") {
      group.append(
        svg("line", { x1: at, x2: at, y1: y, y2: y + 4 }),
        svg("text", { x: at, y: y + 17, "text-anchor": "middle" }, label(value)),
      );
    } else {
      group.append(
        svg("line", { x1: box.left, x2: box.width - box.right, y1: at, y2: at, class: "rule" }),
        svg("text", { x: box.left - 7, y: at + 4, "text-anchor": "end" }, label(value)),
      );
    }
  }
  return group;
}
