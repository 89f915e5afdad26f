/** The slider over the recorded steps: the curves of ERM and Mixup under the thumb, as far as they are recorded. */

import { set, svg } from "../page/dom.ts";
import { linearScale, linePath } from "../page/geometry.ts";
import { Track, type TrackOptions } from "./track.ts";

const HEIGHT = 66;
const CURVES = { top: 6, base: 44 };

/** A curve over the recorded steps from the second on; the first, 0, measures nothing. */
export interface TimeCurve {
  readonly kind: string;
  readonly values: ArrayLike<number>;
}

export class TimeTrack extends Track {
  private moments: readonly number[] = [0];
  private moment = 0;
  private count = 0;
  private curves: readonly TimeCurve[] = [];
  /** Which curves are drawn. */
  private drawn = "";
  private words = { note: "", heard: "" };
  private readonly recorded = svg("line", { class: "recorded", y1: CURVES.base, y2: CURVES.base });
  private readonly lines = svg("g");

  constructor(options: Pick<TrackOptions, "moved">) {
    super({
      ...options,
      id: "track-time",
      label: "Step, recorded values",
      height: HEIGHT,
      top: CURVES.top,
      base: CURVES.base,
    });
  }

  protected get stops(): number {
    return this.moments.length;
  }

  /** Another recording. */
  show(moments: readonly number[]): void {
    this.moments = moments;
    this.curves = [];
    this.count = 0;
    this.redraw();
  }

  /** `note` is said beside the step; to a screen reader `heard`. */
  update(
    { moment, count }: { moment: number; count: number },
    curves: readonly TimeCurve[],
    words: { note: string; heard: string },
  ): void {
    Object.assign(this, { moment, count, curves, words });
    this.mark();
  }

  protected redraw(): void {
    const { moments, x } = this;
    const last = moments[moments.length - 1];
    // Round steps stand where they would be between those that are recorded.
    const named = [0, 1, 10, 100, 1000, 10_000]
      .filter((step) => step < 0.6 * last)
      .map((step) => ({ step, at: x(stopOf(step, moments)) }))
      .filter(({ at }, i, all) => i === 0 || at - all[0].at > 24);
    const ticks = [...named, { step: last, at: x(moments.length - 1) }].flatMap(({ step, at }) => {
      const isEnd = step === last;
      return [
        svg("line", { class: "snap", x1: at, x2: at, y1: CURVES.base, y2: CURVES.base + 5 }),
        svg(
          "text",
          { x: isEnd ? at + 10 : at, y: HEIGHT - 4, "text-anchor": isEnd ? "end" : "middle" },
          step.toLocaleString("en"),
        ),
      ];
    });
    const rail = svg("line", {
      class: "rail",
      x1: x(0),
      x2: x(this.stops - 1),
      y1: CURVES.base,
      y2: CURVES.base,
    });
    this.plot.replaceChildren(rail, this.recorded, ...ticks, this.lines);
    this.mark();
  }

  private mark(): void {
    const { moments, curves, moment, count, x } = this;
    if (this.width === 0) return;
    set(this.recorded, "x1", x(0));
    set(this.recorded, "x2", x(Math.max(0, count - 1)));
    this.drawCurves(
      curves,
      `${this.width} ${count} ${curves.map(({ values }) => Array.from(values)).join()}`,
    );
    const step = moments[moment].toLocaleString("en");
    this.put(moment, {
      value: `step ${step}`,
      note: this.words.note,
      heard: `step ${step}${this.words.heard}`,
    });
  }

  /** Draws curves, unless they are those of before. */
  private drawCurves(curves: readonly TimeCurve[], key: string): void {
    if (key === this.drawn) return;
    this.drawn = key;
    const { x } = this;
    const top = curves.reduce((most, { values }) => largest(values, most), 0) || 1;
    const y = linearScale(0, top, CURVES.base, CURVES.top);
    this.lines.replaceChildren(
      ...curves.map(({ kind, values }) => {
        const ys = Array.from(values, y);
        const xs = ys.map((_, e) => x(e + 1));
        return svg("path", { class: `mean ${kind}`, d: linePath(xs, ys) });
      }),
    );
  }
}

/** The stop of a step, in between where it is not recorded. */
function stopOf(step: number, moments: readonly number[]): number {
  const after = moments.findIndex((own) => own >= step);
  if (after <= 0) return 0;
  const [low, high] = [moments[after - 1], moments[after]];
  return after - 1 + (step - low) / (high - low);
}

function largest(values: ArrayLike<number>, least: number): number {
  let most = least;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  return most;
}
