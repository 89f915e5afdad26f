/**
 * The U of over-training: test error over the steps, of ERM, of Mixup, and of Mixup up to a handle, then ERM. Lines are the closed
 * form, there at once and following the handle; dots are nets that train along it.
 *
 * Not here: the handle (`stepHandle.ts`), the closed form (`closedForm.ts`).
 */

import { html, set, setText, svg } from "../../page/dom.ts";
import { linearScale, linePath, logScale, type Scale, ticks } from "../../page/geometry.ts";
import type { LabConfig } from "../../state/fields.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import type { History } from "../../training/measured/history.ts";
import { groupSpread } from "../../training/measured/spread.ts";
import { type ClosedForm, CURVE_STEPS, LAST_STEP } from "../../training/methods/closedForm.ts";
import type { OverTrainingMethod } from "../../training/methods/methods.ts";
import type { GroupKind } from "../../training/mixings.ts";
import type { Frame } from "../../training/protocol.ts";
import type { PanelOptions } from "../panel.ts";
import { axis, type PlotBox } from "../points/plotPanel.ts";
import type { View } from "../view.ts";
import { StepHandle } from "./stepHandle.ts";

/** A curve of means over the draws. */
interface Curve {
  readonly kind: GroupKind;
  readonly line: SVGPathElement;
  readonly single: SVGPathElement;
  /** Of the draw that nets are trained on. */
  readonly first: SVGPathElement;
  readonly label: SVGTextElement;
  readonly dots: SVGGElement;
  readonly key: HTMLElement;
}

const NAMES: Readonly<Record<GroupKind, readonly [key: string, short: string]>> = {
  erm: ["ERM", "ERM"],
  mixup: ["Mixup", "Mixup"],
  plain: ["Mixup, then ERM", "then ERM"],
};

export class OverTrainingPanel implements View {
  readonly element: HTMLElement;
  private readonly plot = svg("svg", {
    class: "plot over-training",
    role: "group",
    "aria-label": "Test error over steps",
  });
  private readonly frame = svg("g");
  private readonly turn = svg("g", { class: "turn" });
  private readonly curves: Readonly<Record<GroupKind, Curve>>;
  private readonly method: OverTrainingMethod;
  private readonly handle: StepHandle;
  private readonly reading = html("p", { class: "reading", "aria-live": "polite" });
  private means: Readonly<Record<"erm" | "mixup", Float64Array>>;
  private top: number;
  /** Draws that are in the picture: each joins in a task of its own, so that the page never stands. */
  private joined = 1;
  private box: PlotBox = boxOf(860);
  private history: History | undefined;

  constructor(
    private readonly experiment: Experiment,
    { onChange }: PanelOptions,
  ) {
    this.method = experiment.overTraining!;
    this.means = { erm: this.meanOf("erm"), mixup: this.meanOf("mixup") };
    this.top = this.height();
    const keys = html("ul", { class: "curve-keys" });
    const curve = (kind: GroupKind): Curve => {
      const own = { "data-part": kind };
      const path = (name: string) => svg("path", { class: `${name} ${kind}`, ...own });
      const error = html("span", { class: "panel-error" });
      keys.append(
        html(
          "li",
          { class: kind, ...own },
          html("span", { class: "swatch" }),
          html("span", {}, NAMES[kind][0]),
          error,
        ),
      );
      return {
        kind,
        line: path("mean"),
        single: path("single"),
        first: path("single first"),
        label: svg("text", { class: `label ${kind}`, ...own }, NAMES[kind][1]),
        dots: svg("g", { class: `net-dots ${kind}`, ...own }),
        key: error,
      };
    };
    this.curves = { erm: curve("erm"), mixup: curve("mixup"), plain: curve("plain") };
    keys.append(
      html(
        "li",
        { class: "dots-key" },
        html("span", { class: "swatch" }),
        "nets of the first draw, trained now",
      ),
    );
    const { switchAt } = this.method;
    // A step that was typed is one of the handle's, too.
    const places = [...new Set([...CURVE_STEPS, switchAt || LAST_STEP])].sort((a, b) => a - b);
    this.handle = new StepHandle(this.plot, places, switchAt || LAST_STEP, {
      moved: () => this.draw(),
      left: (step) => onChange?.({ switchAt: step === LAST_STEP ? 0 : step }),
    });
    const all = Object.values(this.curves);
    this.plot.append(
      this.frame,
      ...all.flatMap(({ single, first }) => [single, first]),
      ...all.map(({ line }) => line),
      this.turn,
      ...all.map(({ dots }) => dots),
      ...all.map(({ label }) => label),
      this.handle.element,
    );
    this.element = html("section", { class: "panel method" }, keys, this.plot, this.reading);
    new ResizeObserver(([{ contentRect }]) => this.resize(contentRect.width)).observe(this.element);
    this.resize(860);
    this.join();
  }

  /** Lets the next draw join. */
  private join(): void {
    if (this.joined === this.method.draws.length) return;
    setTimeout(() => {
      this.joined++;
      this.means = { erm: this.meanOf("erm"), mixup: this.meanOf("mixup") };
      this.top = this.height();
      this.resize(this.box.width);
      this.join();
    });
  }

  /** Of the axis. */
  private height(): number {
    // The first steps of all begin at the same height: they are no part of the picture.
    return 1.12 * Math.max(...this.means.mixup.subarray(4), ...this.means.erm.subarray(4));
  }

  private get draws(): readonly ClosedForm[] {
    return this.method.draws.slice(0, this.joined);
  }

  update(_: Frame, history: History): void {
    this.history = history;
    this.drawDots();
  }

  /** A switch that is looked at before nets are trained with it. */
  look({ switchAt }: LabConfig): void {
    this.handle.show(switchAt || LAST_STEP);
  }

  choose(): void {}

  drawOptimal(): void {}

  repaint(): void {}

  private meanOf(arm: "erm" | "mixup"): Float64Array {
    const { draws } = this;
    const mean = new Float64Array(CURVE_STEPS.length);
    for (const draw of draws)
      for (const [k, error] of draw.curve(arm).entries()) mean[k] += error / draws.length;
    return mean;
  }

  private get x(): Scale {
    const { left, right, width } = this.box;
    return logScale(1, LAST_STEP, left, width - right);
  }

  private get y(): Scale {
    const { top, bottom, height } = this.box;
    return linearScale(0, this.top, height - bottom, top);
  }

  /** A unit of the picture is a pixel, whatever the window is. */
  private resize(width: number): void {
    if (width === 0) return;
    this.box = boxOf(width);
    const { box } = this;
    set(this.plot, "viewBox", `0 0 ${box.width} ${box.height}`);
    const exponents = [0, 1, 2, 3, 4, 5, 6].filter((k) => box.width > 560 || k % 2 === 0);
    this.frame.replaceChildren(
      axis("y", ticks(0, this.top, 5), this.y, box),
      axis(
        "x",
        exponents.map((k) => 10 ** k),
        this.x,
        box,
        (value) => value.toLocaleString("en"),
      ),
      svg(
        "text",
        { class: "axis-name", x: box.width - box.right, y: box.height - 4, "text-anchor": "end" },
        "steps of gradient descent",
      ),
      svg(
        "text",
        { class: "axis-name", x: box.left, y: box.top - 12 },
        "test error, over the labels’ variance",
      ),
    );
    this.draw();
  }

  private draw(): void {
    const { x, y, box, curves, means } = this;
    const { draws } = this;
    const at = this.handle.value;
    const inside = (errors: ArrayLike<number>) =>
      Array.from(errors, (error) => y(Math.min(error, 1.5 * this.top)));
    const xs = CURVE_STEPS.map(x);
    const visible = (ys: readonly number[]) => ys.map((value) => (value < box.top - 2 ? Number.NaN : value));
    for (const arm of ["erm", "mixup"] as const) {
      set(curves[arm].line, "d", linePath(xs, visible(inside(means[arm]))));
      const singles = draws.map((draw) => linePath(xs, visible(inside(draw.curve(arm)))));
      this.drawSingles(curves[arm], singles);
    }
    const never = at === LAST_STEP;
    const steps = [at, ...CURVE_STEPS.filter((step) => step > at)];
    const each = never ? [] : draws.map((draw) => draw.switched(at, steps));
    const switched = steps.map((_, k) => each.reduce((sum, errors) => sum + errors[k] / each.length, 0));
    const own = steps.map(x);
    set(curves.plain.line, "d", never ? "" : linePath(own, visible(inside(switched))));
    this.drawSingles(
      curves.plain,
      each.map((errors) => linePath(own, visible(inside(errors)))),
    );
    this.placeLabels(never ? undefined : switched[switched.length - 1]);
    const best = means.mixup.indexOf(Math.min(...means.mixup));
    this.turn.replaceChildren(
      svg("circle", { cx: xs[best], cy: y(means.mixup[best]), r: 7 }),
      svg("text", { x: xs[best] - 10, y: y(means.mixup[best]) + 20, "text-anchor": "end" }, "the turn"),
    );
    const before = draws.reduce((sum, draw) => sum + draw.error("mixup", at) / draws.length, 0);
    this.handle.place(x, { top: box.top, bottom: box.height - box.bottom, knob: y(before) });
    const [end, base] = [means.mixup, means.erm].map((errors) => errors[errors.length - 1]);
    setText(curves.erm.key, base.toFixed(3));
    setText(curves.mixup.key, end.toFixed(3));
    setText(curves.plain.key, never ? "" : switched[switched.length - 1].toFixed(3));
    const turn = CURVE_STEPS[best].toLocaleString("en");
    const told = never
      ? `Mixup to the end: ${end.toFixed(3)}, ${(end / means.mixup[best]).toFixed(1)} times its best, at step ${turn}. Drag the handle to the left to go over to ERM.`
      : `ERM from step ${at.toLocaleString("en")}: the error ends at ${switched[switched.length - 1].toFixed(3)}, Mixup’s at ${end.toFixed(3)}, ERM’s at ${base.toFixed(3)}. Mixup turns at step ${turn}.`;
    setText(this.reading, told);
    this.drawDots();
  }

  /** Each draw by itself; the only one is the mean. */
  private drawSingles({ single, first }: Curve, paths: readonly string[]): void {
    const several = paths.length > 1;
    set(first, "d", several ? paths[0] : "");
    set(single, "d", several ? paths.slice(1).join("") : "");
  }

  /** Names beside the ends of the curves, a line apart. */
  private placeLabels(switched: number | undefined): void {
    const { box, y, curves, means } = this;
    const ends = [
      { label: curves.mixup.label, y: y(means.mixup[means.mixup.length - 1]) + 4 },
      { label: curves.erm.label, y: y(means.erm[means.erm.length - 1]) + 4 },
      ...(switched === undefined ? [] : [{ label: curves.plain.label, y: y(switched) + 4 }]),
    ].sort((a, b) => a.y - b.y);
    let floor = box.height - box.bottom + 2;
    for (const end of ends.toReversed()) {
      end.y = Math.min(end.y, floor);
      floor = end.y - 14;
      set(end.label, "x", box.width - box.right + 6);
      set(end.label, "y", end.y);
    }
    set(curves.plain.label, "visibility", switched === undefined ? "hidden" : "visible");
  }

  /** What nets have measured, at about eight steps a decade. */
  private drawDots(): void {
    const { history, x, y } = this;
    if (history === undefined) return;
    const { groups } = this.experiment;
    // Where the handle is being dragged, nets that were switched elsewhere are not shown on its curve.
    const stands = (this.method.switchAt || LAST_STEP) === this.handle.value;
    for (const { kind, dots } of Object.values(this.curves)) {
      const group = groups.find((own) => own.kind === kind);
      const shown = group === undefined || (kind === "plain" && !stands) ? [] : this.sparse(history, group);
      dots.replaceChildren(
        ...shown
          .filter(({ error }) => error < this.top)
          .map(({ step, error }) => svg("circle", { cx: x(step), cy: y(error), r: 3.2 })),
      );
    }
  }

  private sparse(history: History, group: Group): { step: number; error: number }[] {
    const { mean } = groupSpread(history, group, 0);
    let next = 0;
    const { switchAt } = this.method;
    return Array.from(mean, (error, e) => ({ step: history.steps[e], error })).filter(({ step }) => {
      const place = Math.log10(step);
      if (place < next || (group.kind === "plain" && step < switchAt)) return false;
      next = place + 0.12;
      return true;
    });
  }
}

function boxOf(width: number): PlotBox {
  const height = Math.round(Math.min(440, Math.max(300, 0.52 * width)));
  return { width: Math.round(width), height, left: 42, right: 66, top: 28, bottom: 42 };
}
