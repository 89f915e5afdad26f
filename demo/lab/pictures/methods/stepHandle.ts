/**
 * A step of a plot's logarithmic axis that can be dragged, by mouse, finger or keyboard: a line with a knob on a curve. Its steps
 * are given; the last one stands for never.
 */

import { set, svg } from "../../page/dom.ts";
import type { Scale } from "../../page/geometry.ts";

export interface StepHandlers {
  /** On its way. */
  moved(step: number): void;
  /** Let go at a step where it was not before. */
  left(step: number): void;
}

export class StepHandle {
  readonly element: SVGGElement;
  private readonly line = svg("line");
  private readonly reach = svg("rect", { class: "reach", width: 44 });
  private readonly knob = svg("circle", { class: "knob", r: 9 });
  private readonly grip = svg("path", { class: "grip", d: "M-3,-3.5L-6,0L-3,3.5M3,-3.5L6,0L3,3.5" });
  private x: Scale = (value) => value;
  private index: number;
  private kept: number;

  constructor(
    private readonly plot: SVGSVGElement,
    private readonly steps: readonly number[],
    step: number,
    private readonly handlers: StepHandlers,
  ) {
    this.index = this.nearest(step);
    this.kept = this.index;
    this.element = svg(
      "g",
      {
        id: "step-handle",
        class: "step-handle",
        role: "slider",
        tabindex: 0,
        "aria-label": "Go over to ERM at step",
        "aria-valuemin": steps[0],
        "aria-valuemax": steps[steps.length - 1],
      },
      this.reach,
      this.line,
      this.knob,
      this.grip,
    );
    this.connect();
  }

  get value(): number {
    return this.steps[this.index];
  }

  /** Moves it to a step, for a while: it is not let go there. */
  show(step: number): void {
    this.move(this.nearest(step));
  }

  /** Puts it where its step is; between `top` and `bottom`, its knob at `knob`. */
  place(x: Scale, { top, bottom, knob }: { top: number; bottom: number; knob: number }): void {
    this.x = x;
    const at = x(this.value);
    const height = Math.min(bottom - 10, Math.max(top + 10, knob));
    set(this.line, "x1", at);
    set(this.line, "x2", at);
    set(this.line, "y1", top);
    set(this.line, "y2", bottom);
    set(this.reach, "x", at - 22);
    set(this.reach, "y", top);
    set(this.reach, "height", bottom - top);
    set(this.knob, "cx", at);
    set(this.knob, "cy", height);
    set(this.grip, "transform", `translate(${at} ${height})`);
    set(this.element, "aria-valuenow", this.value);
    const never = this.index === this.steps.length - 1;
    set(this.element, "aria-valuetext", never ? "never" : `step ${this.value.toLocaleString("en")}`);
  }

  private nearest(step: number): number {
    let best = 0;
    this.steps.forEach((own, k) => {
      if (Math.abs(Math.log(own / step)) < Math.abs(Math.log(this.steps[best] / step))) best = k;
    });
    return best;
  }

  private move(index: number): void {
    const next = Math.min(Math.max(index, 0), this.steps.length - 1);
    if (next === this.index) return;
    this.index = next;
    this.handlers.moved(this.value);
  }

  private leave(): void {
    if (this.index === this.kept) return;
    this.kept = this.index;
    this.handlers.left(this.value);
  }

  private connect(): void {
    const { element, plot } = this;
    let isHeld = false;
    const follow = (event: PointerEvent) => {
      const bounds = plot.getBoundingClientRect();
      const at = ((event.clientX - bounds.left) * plot.viewBox.baseVal.width) / bounds.width;
      let best = 0;
      this.steps.forEach((step, k) => {
        if (Math.abs(this.x(step) - at) < Math.abs(this.x(this.steps[best]) - at)) best = k;
      });
      this.move(best);
    };
    // A mouse may press anywhere in the plot; a finger that does so scrolls the page.
    plot.addEventListener("pointerdown", (event) => {
      const isOn = element.contains(event.target as Node);
      if (!event.isPrimary || event.button !== 0 || (!isOn && event.pointerType !== "mouse")) return;
      event.preventDefault();
      isHeld = true;
      plot.setPointerCapture(event.pointerId);
      element.focus({ preventScroll: true });
      element.classList.add("held");
      follow(event);
    });
    plot.addEventListener("pointermove", (event) => {
      if (isHeld) follow(event);
    });
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      element.classList.remove("held");
      this.leave();
    };
    plot.addEventListener("pointerup", release);
    plot.addEventListener("pointercancel", release);
    element.addEventListener("keydown", (event) => {
      const last = this.steps.length - 1;
      const to: Record<string, number> = {
        ArrowLeft: this.index - 1,
        ArrowDown: this.index - 1,
        ArrowRight: this.index + 1,
        ArrowUp: this.index + 1,
        PageDown: this.nearest(this.value / 10),
        PageUp: this.nearest(this.value * 10),
        Home: 0,
        End: last,
      };
      if (to[event.key] === undefined) return;
      event.preventDefault();
      this.move(to[event.key]);
      this.leave();
    });
  }
}
