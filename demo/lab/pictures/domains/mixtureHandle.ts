/**
 * A mixture of three domains that can be dragged in their triangle, by mouse, finger or keyboard: a knob, and from it a leg to each
 * side, as long as the share of the domain at the corner across.
 *
 * Not here: what a mixture costs (`mixturePanel.ts`), places (`experiments/mixing-laws/triangle.ts`).
 */

import { onSimplex, placeOf, sharesAt } from "../../../../src/experiments/mixing-laws/triangle.ts";
import { set, svg } from "../../page/dom.ts";

export interface MixtureHandlers {
  /** On its way. */
  moved(): void;
  /** Let go at a mixture where it was not before. */
  left(shares: readonly number[]): void;
  /** The mixture that the End key leads to. */
  best(): readonly number[] | undefined;
}

/** The triangle in the picture: its left corner, and the length of a side. */
export interface TrianglePlace {
  readonly left: number;
  readonly base: number;
  readonly side: number;
}

/** A share that an arrow key moves, and one that a page key moves. */
const [STEP, LEAP] = [0.02, 0.1];
const EQUAL: readonly number[] = [1 / 3, 1 / 3, 1 / 3];

export class MixtureHandle {
  readonly element: SVGGElement;
  private readonly legs = EQUAL.map((_, k) => svg("line", { class: `leg class-${k}` }));
  private readonly reach = svg("circle", { class: "reach", r: 24 });
  private readonly knob = svg("circle", { class: "knob", r: 10 });
  private shares: readonly number[] = EQUAL;
  private kept: readonly number[] = EQUAL;
  private isHeld = false;

  constructor(
    private readonly plot: SVGSVGElement,
    private readonly triangle: TrianglePlace,
    private readonly handlers: MixtureHandlers,
  ) {
    this.element = svg(
      "g",
      {
        id: "mixture-handle",
        class: "mixture-handle",
        role: "slider",
        tabindex: 0,
        "aria-label": "Mixture of the three domains",
        "aria-valuemin": 0,
        "aria-valuemax": 100,
      },
      ...this.legs,
      this.reach,
      this.knob,
    );
    this.connect();
    this.draw();
  }

  /** `[3]`, of sum 1. */
  get value(): readonly number[] {
    return this.shares;
  }

  /** Puts it where a state has it; not while it is being dragged. */
  put(shares: readonly number[]): void {
    if (this.isHeld) return;
    this.kept = shares;
    this.shares = shares;
    this.draw();
  }

  /** Moves it to a mixture, and leaves it there. */
  go(shares: readonly number[]): void {
    this.move(shares);
    this.leave();
  }

  private at(shares: readonly number[]): { x: number; y: number } {
    const { left, base, side } = this.triangle;
    const { x, y } = placeOf(shares);
    return { x: left + side * x, y: base - side * y };
  }

  private draw(): void {
    const { shares } = this;
    const { x, y } = this.at(shares);
    for (const circle of [this.reach, this.knob]) {
      set(circle, "cx", x);
      set(circle, "cy", y);
    }
    this.legs.forEach((leg, k) => {
      // What a corner loses goes to the others alike: straight away from it.
      const foot = this.at(shares.map((share, j) => (j === k ? 0 : share + shares[k] / 2)));
      set(leg, "x1", x);
      set(leg, "y1", y);
      set(leg, "x2", foot.x);
      set(leg, "y2", foot.y);
    });
    const percent = shares.map((share) => Math.round(100 * share));
    set(this.element, "aria-valuenow", percent[0]);
    const [first, second, third] = percent;
    set(this.element, "aria-valuetext", `first ${first} %, second ${second} %, third ${third} %`);
  }

  private move(shares: readonly number[]): void {
    const next = onSimplex(shares);
    if (next.every((share, k) => share === this.shares[k])) return;
    this.shares = next;
    this.draw();
    this.handlers.moved();
  }

  private leave(): void {
    if (this.shares.every((share, k) => Math.abs(share - this.kept[k]) < 5e-4)) return;
    this.kept = this.shares;
    this.handlers.left(this.shares);
  }

  private connect(): void {
    const { element, plot, triangle } = this;
    const follow = (event: PointerEvent) => {
      const bounds = plot.getBoundingClientRect();
      const scale = plot.viewBox.baseVal.width / bounds.width;
      const x = (event.clientX - bounds.left) * scale;
      const y = (event.clientY - bounds.top) * scale;
      this.move(sharesAt((x - triangle.left) / triangle.side, (triangle.base - y) / triangle.side));
    };
    // A mouse may press anywhere in the picture; a finger that does so scrolls the page.
    plot.addEventListener("pointerdown", (event) => {
      const isOn = element.contains(event.target as Node);
      if (!event.isPrimary || event.button !== 0 || (!isOn && event.pointerType !== "mouse")) return;
      event.preventDefault();
      this.isHeld = true;
      plot.setPointerCapture(event.pointerId);
      element.focus({ preventScroll: true });
      element.classList.add("held");
      follow(event);
    });
    plot.addEventListener("pointermove", (event) => {
      if (this.isHeld) follow(event);
    });
    const release = () => {
      if (!this.isHeld) return;
      this.isHeld = false;
      element.classList.remove("held");
      this.leave();
    };
    plot.addEventListener("pointerup", release);
    plot.addEventListener("pointercancel", release);
    element.addEventListener("keydown", (event) => {
      const to = this.keyed(event.key);
      if (to === undefined) return;
      event.preventDefault();
      this.move(to);
      this.leave();
    });
  }

  /** Left and right go along the base, up and down to and from the third corner, and its share to or from the others alike. */
  private keyed(key: string): readonly number[] | undefined {
    const [first, second, third] = this.shares;
    const along = (part: number) => [first - part, second + part, third];
    const upwards = (part: number) => {
      // Within the triangle: who has less gives no more than that.
      const rise = Math.max(-third, Math.min(part, 1 - third));
      const rest = first + second;
      const own = rest > 0 ? first / rest : 0.5;
      return [first - rise * own, second - rise * (1 - own), third + rise];
    };
    const moves: Readonly<Record<string, () => readonly number[] | undefined>> = {
      ArrowLeft: () => along(-Math.min(STEP, second)),
      ArrowRight: () => along(Math.min(STEP, first)),
      ArrowUp: () => upwards(STEP),
      ArrowDown: () => upwards(-STEP),
      PageUp: () => upwards(LEAP),
      PageDown: () => upwards(-LEAP),
      Home: () => EQUAL,
      End: () => this.handlers.best(),
    };
    return moves[key]?.();
  }
}
