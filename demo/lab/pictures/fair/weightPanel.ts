/**
 * Training points in the plane, each as large as it weighs: class by colour, group by shape, wrong labels crossed; and the line that a
 * model draws for each group. What lies between the lines is answered otherwise for one group than for the other.
 *
 * Not here: the geometry of lines (`halfPlanes.ts`), the key of the marks (`weightKey.ts`).
 */

import { html, set, setText, svg } from "../../page/dom.ts";
import { linearScale, type Scale } from "../../page/geometry.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import type { History } from "../../training/measured/history.ts";
import { latestMean } from "../../training/measured/spread.ts";
import type { FairWeightsMethod } from "../../training/methods/methods.ts";
import type { Frame } from "../../training/protocol.ts";
import type { View } from "../view.ts";
import { clipped, edgeIn, groupHalfPlane, opposite, type Point, squareOf } from "./halfPlanes.ts";

const SIDE = 420;
/** Radius of a circle of weight 1; a square of as much area is so many times as wide. */
const RADIUS = 4.8;
const SQUARE = Math.sqrt(Math.PI);
/** Of a label, from the end of its line. */
const LABEL_INSET = 30;
/** How near a pointer has to be. */
const NEAR = 18;
const HINT = "Point at a mark, or use the arrow keys.";

/** The point that is pointed at, the same in all panels. */
class Pointed {
  readonly panels: WeightPanel[] = [];

  show(point: number): void {
    for (const panel of this.panels) panel.point(point);
  }
}

/** A panel for each group, of the first draw. */
export function weightPanels(experiment: Experiment): View[] {
  const pointed = new Pointed();
  pointed.panels.push(...experiment.groups.map((group) => new WeightPanel(experiment, group, pointed)));
  return pointed.panels;
}

class WeightPanel implements View {
  readonly element: HTMLElement;
  private readonly draw: FairWeightsMethod["draws"][number];
  private readonly size: number;
  private readonly places: readonly Point[];
  private readonly reach: number;
  private readonly x: Scale;
  private readonly y: Scale;
  private readonly plot: SVGSVGElement;
  private readonly regions: Readonly<Record<"one" | "zero" | "between", SVGPathElement>>;
  private readonly lines: readonly { line: SVGPathElement; label: SVGTextElement }[];
  private readonly marks: readonly SVGElement[];
  private readonly ring = svg("circle", { class: "pointed", visibility: "hidden" });
  private readonly status = html("span", { class: "panel-error" });
  private readonly reading = html("output", { class: "reading" }, HINT);
  private weights: ArrayLike<number>;
  private shown = -1;

  constructor(
    private readonly experiment: Experiment,
    readonly group: Group,
    private readonly pointed: Pointed,
  ) {
    const { draws } = experiment.fairWeights!;
    [this.draw] = draws;
    const { points, labels, groups } = this.draw.parts.training;
    const dimensions = points.length / labels.length;
    this.size = labels.length;
    this.weights = new Float32Array(this.size).fill(1);
    this.places = Array.from(labels, (_, n): Point => [points[n * dimensions], points[n * dimensions + 1]]);
    this.reach = 1.04 * Math.max(...this.places.flat().map(Math.abs));
    this.x = linearScale(-this.reach, this.reach, 0, SIDE);
    this.y = linearScale(-this.reach, this.reach, SIDE, 0);
    this.plot = svg("svg", {
      viewBox: `0 0 ${SIDE} ${SIDE}`,
      class: "plot fair-plot",
      role: "img",
      tabindex: 0,
      "aria-label": group.name,
    });
    const region = (name: string) => svg("path", { class: `region ${name}` });
    this.regions = { one: region("class-1"), zero: region("class-0"), between: region("between") };
    this.lines = [0, 1].map((g) => ({
      line: svg("path", { class: `group-line group-${g}` }),
      label: svg("text", { class: "label group-label", dy: -5 }, `group ${g}`),
    }));
    this.marks = Array.from(labels, (label, n) => mark(label, groups[n]));
    this.marks.forEach((shape, n) => {
      set(shape, "data-part", this.isWrong(n) ? "wrong" : "right");
    });
    const truth = edgeIn(this.reach, { a: this.draw.draw.truth[0], b: this.draw.draw.truth[1], c: 0 });
    this.plot.append(
      svg("rect", { class: "ground", width: SIDE, height: SIDE }),
      this.regions.one,
      this.regions.zero,
      this.regions.between,
      svg("path", { class: "truth", d: truth === undefined ? "" : this.path(truth) }),
      svg("path", {
        class: "places",
        "data-part": "right",
        d: this.places.map((place) => `M${this.at(place)}h0`).join(""),
      }),
      svg("g", { class: "weights" }, ...this.marks),
      // On marks as on the ground.
      svg("path", { class: "halo", "data-part": "wrong", d: this.crosses() }),
      svg("path", { class: "wrong-labels", "data-part": "wrong", d: this.crosses() }),
      ...this.lines.map(({ line }) => line),
      ...this.lines.map(({ label }) => label),
      this.ring,
    );
    const title = html(
      "h3",
      { class: `panel-title ${group.kind}` },
      html("span", {}, group.name),
      this.status,
    );
    this.element = html(
      "section",
      { class: "panel fair", "data-part": group.kind },
      title,
      this.plot,
      this.reading,
    );
    this.plot.addEventListener("pointermove", (event) => pointed.show(this.nearest(event)));
    this.plot.addEventListener("pointerleave", () => pointed.show(-1));
    this.plot.addEventListener("blur", () => pointed.show(-1));
    this.plot.addEventListener("keydown", (event) => this.key(event));
    this.drawWeights();
  }

  update({ fairWeights }: Frame, history: History): void {
    const { group, experiment } = this;
    if (fairWeights !== undefined) {
      // The first draw's.
      if (group.kind === "mixup") this.weights = fairWeights.weights.subarray(0, this.size);
      const { dimensions } = experiment.train.data;
      const { firstRun } = group;
      this.drawLines(fairWeights.thetas.subarray(firstRun * dimensions, (firstRun + 1) * dimensions));
    }
    this.drawWeights();
    const [accuracy, gap] = [0, 1].map((quantity) => latestMean(history, group, quantity));
    if (accuracy === undefined || gap === undefined) return;
    const said = `accuracy ${percent(accuracy)}, gap ${percent(gap)}`;
    setText(this.status, said);
    const weighs = group.kind === "mixup" ? "each as large as it weighs" : "all alike";
    set(this.plot, "aria-label", `${group.name}: ${this.size} training points, ${weighs}; ${said}`);
    this.say();
  }

  /** Shows one of the points; -1 for none. */
  point(point: number): void {
    this.shown = point;
    this.say();
  }

  choose(): void {}

  drawOptimal(): void {}

  repaint(): void {}

  private drawWeights(): void {
    this.marks.forEach((shape, n) => {
      const scale = +Math.sqrt(Math.max(0, this.weights[n])).toFixed(3);
      set(shape, "transform", `translate(${this.at(this.places[n])}) scale(${scale})`);
    });
  }

  private drawLines(theta: Float32Array): void {
    const [first, second] = [0, 1].map((g) => groupHalfPlane(theta, g));
    const square = squareOf(this.reach);
    const both = (one: typeof first, other: typeof first) => this.area(clipped(clipped(square, one), other));
    set(this.regions.one, "d", both(first, second));
    set(this.regions.zero, "d", both(opposite(first), opposite(second)));
    set(this.regions.between, "d", both(first, opposite(second)) + both(opposite(first), second));
    [first, second].forEach((halfPlane, g) => {
      const { line, label } = this.lines[g];
      const edge = edgeIn(this.reach, halfPlane);
      set(line, "d", edge === undefined ? "" : this.path(edge));
      set(label, "visibility", edge === undefined ? "hidden" : "visible");
      if (edge !== undefined) this.placeLabel(label, edge, g);
    });
  }

  /** Along its line, at the left end for group 0 and at the right end for group 1: they keep apart where the lines are the same. */
  private placeLabel(label: SVGTextElement, [from, to]: [Point, Point], group: number): void {
    const [x1, y1, x2, y2] = [this.x(from[0]), this.y(from[1]), this.x(to[0]), this.y(to[1])];
    const length = Math.hypot(x2 - x1, y2 - y1);
    const part = Math.min(0.5, LABEL_INSET / length);
    const along = group === 0 ? part : 1 - part;
    const [x, y] = [x1 + along * (x2 - x1), y1 + along * (y2 - y1)].map((value) => value.toFixed(1));
    const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
    set(label, "text-anchor", group === 0 ? "start" : "end");
    set(label, "transform", `translate(${x} ${y}) rotate(${angle.toFixed(1)})`);
  }

  private say(): void {
    const { shown } = this;
    set(this.ring, "visibility", shown < 0 ? "hidden" : "visible");
    if (shown < 0) {
      setText(this.reading, HINT);
      return;
    }
    const [x, y] = this.places[shown];
    set(this.ring, "cx", this.x(x).toFixed(1));
    set(this.ring, "cy", this.y(y).toFixed(1));
    set(this.ring, "r", (RADIUS * Math.sqrt(this.weights[shown]) + 5).toFixed(1));
    const { labels, groups } = this.draw.parts.training;
    const label = labels[shown];
    const rightness = this.isWrong(shown) ? `wrong: it is ${1 - label}` : "right";
    setText(
      this.reading,
      `Group ${groups[shown]}, labelled class ${label} (${rightness}), weight ${this.weights[shown].toFixed(2)}`,
    );
  }

  private isWrong(point: number): boolean {
    const { splits, flipped } = this.draw.draw;
    return flipped[splits.training[point]] === 1;
  }

  /** The point nearest to a pointer; -1 where none is near. */
  private nearest(event: PointerEvent): number {
    const bounds = this.plot.getBoundingClientRect();
    const px = ((event.clientX - bounds.left) * SIDE) / bounds.width;
    const py = ((event.clientY - bounds.top) * SIDE) / bounds.height;
    let [nearest, least] = [-1, NEAR];
    this.places.forEach(([x, y], n) => {
      const distance = Math.hypot(this.x(x) - px, this.y(y) - py);
      if (distance < least) [nearest, least] = [n, distance];
    });
    return nearest;
  }

  /** To the next point in a direction; to the one that weighs least, or most. */
  private key(event: KeyboardEvent): void {
    const order = (of: (n: number) => number) =>
      Array.from(this.places, (_, n) => n).sort((one, other) => of(one) - of(other));
    const orders: Record<string, [order: (n: number) => number, by: number]> = {
      ArrowRight: [(n) => this.places[n][0], 1],
      ArrowLeft: [(n) => this.places[n][0], -1],
      ArrowUp: [(n) => this.places[n][1], 1],
      ArrowDown: [(n) => this.places[n][1], -1],
      Home: [(n) => this.weights[n], 0],
      End: [(n) => -this.weights[n], 0],
    };
    const [of, by] = orders[event.key] ?? [];
    if (of === undefined || by === undefined) return;
    event.preventDefault();
    const sorted = order(of);
    const at = sorted.indexOf(this.shown);
    const next = by === 0 || at < 0 ? (by < 0 ? this.size - 1 : 0) : at + by;
    this.pointed.show(sorted[Math.min(Math.max(next, 0), this.size - 1)]);
  }

  /** Crosses over the points whose label is wrong, of one size. */
  private crosses(): string {
    const arm = 2.6;
    return this.places
      .filter((_, n) => this.isWrong(n))
      .map(
        ([x, y]) =>
          `M${(this.x(x) - arm).toFixed(1)},${(this.y(y) - arm).toFixed(1)}l${2 * arm},${2 * arm}m0,${-2 * arm}l${-2 * arm},${2 * arm}`,
      )
      .join("");
  }

  private at([x, y]: Point): string {
    return `${this.x(x).toFixed(1)},${this.y(y).toFixed(1)}`;
  }

  private path(points: readonly Point[]): string {
    return `M${points.map((point) => this.at(point)).join("L")}`;
  }

  private area(polygon: readonly Point[]): string {
    return polygon.length === 0 ? "" : `${this.path(polygon)}Z`;
  }
}

/** A point of weight 1 at 0: colour is its class as labelled, shape its group. */
export function mark(label: number | "none", group: number): SVGElement {
  const attributes = { class: `weight class-${label}` };
  const side = RADIUS * SQUARE;
  return group === 0
    ? svg("circle", { ...attributes, r: RADIUS })
    : svg("rect", { ...attributes, x: -side / 2, y: -side / 2, width: side, height: side });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
}
