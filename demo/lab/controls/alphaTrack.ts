/**
 * The slider over alpha: above each recorded alpha the density of its λ, below it what Mixup's nets come to at the step that is shown,
 * as relief, and a mark where theory says that h_eps begins to fail.
 */

import { html, set, setText, svg } from "../page/dom.ts";
import { bandPath, linearScale, linePath, relativeBetaDensity } from "../page/geometry.ts";
import { termButton } from "../page/termButton.ts";
import { TERMS } from "../state/terms.ts";
import { Track, type TrackOptions, valueText } from "./track.ts";

const HEIGHT = 104;
/** Densities stand on this line, the relief on the other. */
const DENSITY = { top: 4, base: 28 };
const RELIEF = { top: 40, base: 82 };

/** What the relief is of. */
export interface Relief {
  /** "error". */
  readonly name: string;
  readonly isShare: boolean;
  /** Of each alpha, NaN where there is none. */
  readonly values: readonly number[];
  /** Where it is highest. */
  readonly top: number;
  /** Significant ones, 2 by default. */
  readonly digits?: number;
  /** Whether it is about margins, which are explained beside its name. */
  readonly isMargin?: boolean;
}

export class AlphaTrack extends Track {
  private alphas: readonly number[] = [];
  private alpha = 0;
  private opens = 0;
  private relief: Relief = { name: "", isShare: true, values: [], top: 1 };
  private glyphs: SVGPathElement[] = [];
  private readonly area = svg("path", { class: "relief" });
  private readonly line = svg("path", { class: "relief-line" });
  private readonly name = html("span");
  /** What explains it: the margin. */
  private readonly nameTerm = termButton(TERMS.margin);
  private readonly label = html("p", { class: "relief-label soft" }, this.name, this.nameTerm);
  private dots: SVGCircleElement[] = [];
  private flipAlpha: number | null = null;
  private readonly flip = svg("line", { class: "flip", y1: RELIEF.top - 12, y2: RELIEF.base });
  private readonly flipValue = html("span");
  private readonly flipLabel = html(
    "p",
    { class: "flip-label" },
    html("span", { class: "math" }, "h", html("sub", {}, "ε")),
    this.flipValue,
    termButton(TERMS.flipAlpha),
  );

  constructor(options: Pick<TrackOptions, "moved">) {
    super({
      ...options,
      id: "track-alpha",
      label: "α of the Beta law, recorded values",
      height: HEIGHT,
      top: DENSITY.top,
      base: RELIEF.base,
    });
    this.slide.append(this.label, this.flipLabel);
  }

  protected get stops(): number {
    return this.alphas.length;
  }

  /** Another recording. */
  show(alphas: readonly number[]): void {
    this.alphas = alphas;
    this.relief = { ...this.relief, values: [] };
    this.redraw();
  }

  /** Index of an alpha, -1 for all of them; its slider then begins where the last one was. */
  update(alpha: number, relief: Relief): void {
    if (alpha >= 0) this.opens = alpha;
    this.alpha = alpha;
    this.relief = relief;
    this.mark();
  }

  /** Marks the alpha from which on h_eps fails; Infinity and null for none. */
  markFlip(alpha: number | null): void {
    this.flipAlpha = alpha;
    this.drawFlip();
  }

  private drawFlip(): void {
    const { alphas, flipAlpha, flip, flipLabel, width, x } = this;
    const isShown = flipAlpha !== null && flipAlpha <= alphas[this.stops - 1] && width > 0;
    set(flip, "visibility", isShown ? "visible" : "hidden");
    flipLabel.hidden = !isShown;
    if (!isShown) return;
    const at = x(stopOf(flipAlpha, alphas));
    set(flip, "x1", at);
    set(flip, "x2", at);
    setText(
      this.flipValue,
      flipAlpha < alphas[0] ? " fails at every α" : ` fails from α = ${+flipAlpha.toPrecision(3)}`,
    );
    // On the side that has room.
    const isLeft = at > 0.55 * width;
    flipLabel.style.left = isLeft ? "auto" : `${at + 5}px`;
    flipLabel.style.right = isLeft ? `${width - at + 5}px` : "auto";
  }

  protected redraw(): void {
    const { alphas, x } = this;
    const spacing = x(1) - x(0);
    const half = Math.min(20, 0.42 * spacing);
    this.glyphs = alphas.map((alpha, a) => svg("path", { class: "glyph", d: glyph(alpha, x(a), half) }));
    this.dots = alphas.map((_, a) => svg("circle", { class: "relief-dot", cx: x(a), r: 2.5 }));
    const every = [1, 2, 3, 4, 5].find((k) => k * spacing >= 34) ?? 5;
    const ticks = alphas.flatMap((alpha, a) => {
      const isNamed = a % every === 0;
      const tick = svg("line", {
        class: "snap",
        x1: x(a),
        x2: x(a),
        y1: RELIEF.base,
        y2: RELIEF.base + (isNamed ? 6 : 4),
      });
      const text = { x: x(a), y: HEIGHT - 4, "text-anchor": "middle" };
      return isNamed ? [tick, svg("text", text, alphaText(alpha))] : [tick];
    });
    const rail = svg("line", {
      class: "rail",
      x1: x(0),
      x2: x(this.stops - 1),
      y1: RELIEF.base,
      y2: RELIEF.base,
    });
    this.plot.replaceChildren(this.area, rail, ...ticks, ...this.glyphs, this.flip, this.line, ...this.dots);
    this.drawFlip();
    this.mark();
  }

  private mark(): void {
    const { alphas, alpha, relief, x } = this;
    if (alphas.length === 0 || this.width === 0) return;
    const y = linearScale(0, relief.top || 1, RELIEF.base, RELIEF.top);
    const xs = alphas.map((_, a) => x(a));
    const ys = alphas.map((_, a) => y(Math.max(0, relief.values[a] ?? Number.NaN)));
    set(
      this.area,
      "d",
      bandPath(
        xs,
        xs.map(() => RELIEF.base),
        ys,
      ),
    );
    set(this.line, "d", linePath(xs, ys));
    this.nameTerm.hidden = !relief.isMargin;
    setText(this.name, relief.name === "" ? "" : `${relief.name} of Mixup over α`);
    this.dots.forEach((dot, a) => {
      const isKnown = Number.isFinite(ys[a]);
      set(dot, "visibility", isKnown ? "visible" : "hidden");
      if (isKnown) set(dot, "cy", ys[a]);
      dot.classList.toggle("on", a === alpha);
    });
    this.glyphs.forEach((own, a) => {
      own.classList.toggle("on", a === alpha);
    });
    this.plot.classList.toggle("all", alpha < 0);
    this.lift(alpha < 0);
    if (alpha < 0) {
      this.put(this.opens, { value: "all α", note: "choose one", heard: "all α" });
      return;
    }
    const at = alpha;
    const name = alphaText(alphas[at]);
    const known = relief.values[at] ?? Number.NaN;
    const value = valueText(known, relief.isShare, relief.digits);
    this.put(at, {
      value: `α = ${name}`,
      // Before the first step nothing is measured.
      note: Number.isNaN(known) ? "" : `${relief.name} ${value}`,
      heard: `α = ${name}${Number.isNaN(known) ? "" : `, ${relief.name} of Mixup ${value}`}`,
    });
  }
}

/** As it is written beside the track: 1/16 rather than 0.0625. */
export function alphaText(alpha: number): string {
  return alpha < 1 && Number.isInteger(1 / alpha) ? `1/${1 / alpha}` : String(alpha);
}

/** Where an alpha stands among those that are recorded, on the logarithmic scale between them. */
function stopOf(alpha: number, alphas: readonly number[]): number {
  const after = alphas.findIndex((own) => own >= alpha);
  if (after <= 0) return 0;
  const [low, high] = [alphas[after - 1], alphas[after]].map(Math.log);
  return after - 1 + (Math.log(alpha) - low) / (high - low);
}

/** A small Beta(α, α) around `middle`. */
function glyph(alpha: number, middle: number, half: number): string {
  const samples = Array.from({ length: 41 }, (_, i) => (i + 0.5) / 41);
  const x = linearScale(0, 1, middle - half, middle + half);
  const y = linearScale(0, 1, DENSITY.base, DENSITY.top);
  return bandPath(
    samples.map(x),
    samples.map(() => y(0)),
    samples.map((value) => y(alpha === 1 ? 0.5 : relativeBetaDensity(alpha, value))),
  );
}
