/**
 * The triangle of mixtures: what the laws predict as a field with level lines, what nets have measured as points on the same scale, the
 * best mixture, and a handle under which the predicted losses stand.
 *
 * Not here: the handle (`mixtureHandle.ts`), the field (`mixtureField.ts`), the laws (`training/domains/laws.ts`).
 */

import {
  bestMixture,
  lawLoss,
  type MixingLaw,
  weightedLoss,
} from "../../../../src/experiments/mixing-laws/law.ts";
import { placeOf, TRIANGLE_HEIGHT } from "../../../../src/experiments/mixing-laws/triangle.ts";
import { html, set, setText, svg } from "../../page/dom.ts";
import { attempt } from "../../page/notice.ts";
import type { LabConfig } from "../../state/fields.ts";
import { type FittedLaws, handleShares, lawsOf, loadFit, lossWeights } from "../../training/domains/laws.ts";
import { mixtureText } from "../../training/domains/mixtures.ts";
import type { Experiment } from "../../training/experiment.ts";
import type { History } from "../../training/measured/history.ts";
import type { Frame } from "../../training/protocol.ts";
import type { PanelOptions } from "../panel.ts";
import type { View } from "../view.ts";
import { domainImage } from "./domainImage.ts";
import { type LossScale, lossScale, MixtureField } from "./mixtureField.ts";
import { MixtureHandle } from "./mixtureHandle.ts";
import { MixtureReading } from "./mixtureReading.ts";

const WIDTH = 520;
const HEIGHT = 462;
const TRIANGLE = { left: 56, base: 404, side: 408 };
const TOP = TRIANGLE.base - TRIANGLE.side * TRIANGLE_HEIGHT;
/** Of the images at the corners. */
const IMAGE = 40;
const STAR = "M0,-10L2.4,-3.3L9.5,-3.1L3.9,1.3L5.9,8.1L0,4L-5.9,8.1L-3.9,1.3L-9.5,-3.1L-2.4,-3.3Z";
const CROSS = "M-6,0H6M0,-6V6";

/** A mixture that is named, and its loss. */
export interface NamedMixture {
  readonly proportions: readonly number[];
  readonly loss: number;
}

export class MixturePanel implements View {
  readonly element: HTMLElement;
  private readonly plot = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    class: "layer plot",
    role: "group",
    "aria-label": "Triangle of mixtures",
  });
  private readonly field: MixtureField;
  private readonly points: { element: SVGElement; m: number }[];
  private readonly best = svg("g", { class: "best-mixture", visibility: "hidden" });
  private readonly handle: MixtureHandle;
  private readonly reading: MixtureReading;
  private readonly status = html("span", { class: "panel-error" });
  private weights: readonly number[] = [1 / 3, 1 / 3, 1 / 3];
  private fitted: FittedLaws | undefined;
  private history: History | undefined;
  private named: NamedMixture | undefined;

  constructor(
    private readonly experiment: Experiment,
    { onChange }: PanelOptions,
  ) {
    const { mixtures, isFitted } = experiment.mixtures!;
    this.field = new MixtureField({ ...TRIANGLE, width: WIDTH, height: HEIGHT });
    this.points = mixtures.map((proportions, m) => {
      const { x, y } = at(proportions);
      const element = isFitted[m]
        ? svg("circle", { class: "mixture", cx: x, cy: y, r: 6.5 })
        : svg("rect", {
            class: "mixture held-out",
            ...{ x: x - 5.2, y: y - 5.2, width: 10.4, height: 10.4 },
            transform: `rotate(45 ${x} ${y})`,
          });
      return { element, m };
    });
    // Those of the middle last: paths are drawn in this order, named ones above.
    this.best.append(svg("path", { class: "star", d: STAR }));
    const equal = at([1 / 3, 1 / 3, 1 / 3]);
    this.handle = new MixtureHandle(this.plot, TRIANGLE, {
      moved: () => this.read(),
      left: ([first, second]) => onChange?.({ firstShare: rounded(first), secondShare: rounded(second) }),
      best: () => this.named?.proportions,
    });
    this.plot.append(
      this.field.lines,
      svg("path", {
        class: "triangle",
        d: `M${TRIANGLE.left},${TRIANGLE.base}h${TRIANGLE.side}L${TRIANGLE.left + TRIANGLE.side / 2},${TOP}Z`,
      }),
      ...this.corners(),
      ...this.points.map(({ element }) => element),
      svg("path", { class: "equal-shares", d: CROSS, transform: `translate(${equal.x} ${equal.y})` }),
      this.best,
      this.field.legend,
      this.handle.element,
    );
    this.reading = new MixtureReading(experiment, (shares) => this.handle.go(shares));
    const layers = html("div", { class: "layers simplex" }, this.field.ground, this.plot);
    layers.style.aspectRatio = `${WIDTH} / ${HEIGHT}`;
    this.element = html(
      "section",
      { class: "panel method mixing" },
      html(
        "h3",
        { class: "panel-title" },
        html("span", {}, "Loss over the triangle of mixtures"),
        this.status,
      ),
      keys(),
      html("div", { class: "mixture-split" }, layers, this.reading.element),
    );
    this.draw();
    attempt(async () => {
      await loadFit();
      this.fit();
    });
  }

  update(_: Frame, history: History): void {
    this.history = history;
    this.fit();
  }

  private fit(): void {
    const fitted = this.history && lawsOf(this.experiment, this.history);
    if (fitted === this.fitted) return;
    this.fitted = fitted;
    this.draw();
  }

  look(config: LabConfig): void {
    this.handle.put(handleShares(config));
    this.weights = lossWeights(config);
    this.draw();
  }

  choose(): void {}

  drawOptimal(): void {}

  repaint(): void {
    this.draw();
  }

  /** The best mixture by the laws. */
  private bestOf(laws: readonly MixingLaw[]): NamedMixture {
    return bestMixture(laws, this.weights);
  }

  private draw(): void {
    const { fitted, weights } = this;
    this.named = fitted && this.bestOf(fitted.laws);
    const scale = fitted && lossScale((shares) => weightedLoss(fitted.laws, weights, shares));
    this.field.draw(scale);
    this.drawPoints(scale);
    set(this.best, "visibility", this.named === undefined ? "hidden" : "visible");
    if (this.named !== undefined) {
      const { x, y } = at(this.named.proportions);
      set(this.best, "transform", `translate(${x} ${y})`);
      const { proportions, loss } = this.named;
      setText(this.status, `best ${mixtureText(proportions)}: ${loss.toFixed(2)}`);
    }
    this.read();
  }

  /** Points are filled by what their nets have. */
  private drawPoints(scale: LossScale | undefined): void {
    const { fitted, weights } = this;
    for (const { element, m } of this.points) {
      const losses = fitted?.losses[m];
      const loss = losses?.reduce<number | undefined>(
        (sum, own, k) => (sum === undefined || own === undefined ? undefined : sum + weights[k] * own),
        0,
      );
      const isKnown = scale !== undefined && loss !== undefined;
      element.classList.toggle("waits", !isKnown);
      if (isKnown) set(element, "fill", scale.colour(loss));
      else element.removeAttribute("fill");
    }
  }

  /** What stands beside the triangle. */
  private read(): void {
    const { fitted, weights, named } = this;
    const shares = this.handle.value;
    const losses = fitted?.laws.map((law) => lawLoss(law, shares));
    this.reading.show(shares, weights, losses, named, fitted);
  }

  /** The same image at each corner, as its domain has it. */
  private corners(): SVGElement[] {
    const { data } = this.experiment.train;
    // A zero is known again at this size.
    const shown = Math.max(0, data.labels!.indexOf(0));
    const { left, base, side: length } = TRIANGLE;
    const places = [
      { x: left - 44, y: base + 12, text: "all first", anchor: "start", dx: IMAGE + 8, dy: 24 },
      { x: left + length + 4, y: base + 12, text: "all second", anchor: "end", dx: -8, dy: 24 },
      {
        x: left + length / 2 - IMAGE / 2,
        y: TOP - IMAGE - 8,
        text: "all third",
        anchor: "start",
        dx: IMAGE + 8,
        dy: 24,
      },
    ];
    return places.map(({ x, y, text, anchor, dx, dy }, k) => {
      return svg(
        "g",
        { class: `corner class-${k}`, transform: `translate(${x} ${y})` },
        domainImage(data, data.domains![k].points[shown], IMAGE),
        svg("rect", { class: "frame", width: IMAGE, height: IMAGE }),
        svg("text", { x: dx, y: dy, "text-anchor": anchor }, text),
      );
    });
  }
}

/** Where a mixture lies in the picture. */
function at(proportions: readonly number[]): { x: number; y: number } {
  const { x, y } = placeOf(proportions);
  return { x: TRIANGLE.left + TRIANGLE.side * x, y: TRIANGLE.base - TRIANGLE.side * y };
}

function rounded(share: number): number {
  return Math.round(1000 * share) / 1000;
}

function keys(): HTMLElement {
  const mark = (shape: SVGElement) =>
    svg("svg", { viewBox: "-10 -10 20 20", class: "mark", "aria-hidden": "true" }, shape);
  const items: [SVGElement, string][] = [
    [svg("circle", { class: "mixture waits", r: 6.5 }), "nets that the laws are fitted to"],
    [
      svg("rect", {
        class: "mixture held-out waits",
        ...{ x: -5.2, y: -5.2, width: 10.4, height: 10.4 },
        transform: "rotate(45)",
      }),
      "held out, to judge them",
    ],
    [svg("path", { class: "star", d: STAR }), "best by the laws"],
    [svg("path", { class: "equal-shares", d: CROSS }), "equal shares"],
  ];
  return html(
    "ul",
    { class: "curve-keys" },
    ...items.map(([shape, text]) => html("li", {}, mark(shape), text)),
  );
}
