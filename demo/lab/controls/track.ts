/**
 * A slider over a drawing: a native range, so that mouse, finger, keys and screen readers have what they know, laid unseen over a
 * plot that says what there is at every stop, with a thumb drawn where it stands. `alphaTrack.ts` and `timeTrack.ts` draw the plots.
 */

import { html, set, setText, svg } from "../page/dom.ts";

/** Pixels from a track's end to its first stop: half a native thumb, as the style sheet has it. */
const MARGIN = 14;

export interface TrackOptions {
  readonly id: string;
  readonly label: string;
  /** Pixels. */
  readonly height: number;
  /** Where the thumb's line begins, and where its knob is. */
  readonly top: number;
  readonly base: number;
  moved(stop: number): void;
}

export abstract class Track {
  readonly element: HTMLElement;
  protected readonly plot: SVGSVGElement;
  /** Drawing, thumb and range above each other. */
  protected readonly slide: HTMLElement;
  protected width = 0;
  private stop = 0;
  private readonly input: HTMLInputElement;
  private readonly value = html("span", { class: "track-value" });
  private readonly note = html("span", { class: "track-note" });
  /** A layer of its own: where only it moves, nothing is drawn anew. */
  private readonly thumb = html("div", { class: "thumb", "aria-hidden": "true" });

  constructor(protected readonly options: TrackOptions) {
    const { id, label, height, top, base } = options;
    this.input = html("input", { id, type: "range", min: 0, max: 1, step: 1, "aria-label": label });
    this.plot = svg("svg", { class: "plot track-plot", "aria-hidden": "true", height });
    this.thumb.append(
      svg(
        "svg",
        { viewBox: `-12 0 24 ${height}`, width: 24, height },
        svg("line", { y1: top, y2: base }),
        svg("circle", { class: "knob", r: 8, cy: base }),
        svg("path", { class: "grip", d: `M-2.5,${base - 3}v6M2.5,${base - 3}v6` }),
      ),
    );
    this.input.addEventListener("input", () => options.moved(Number(this.input.value)));
    this.slide = html("div", { class: "slide" }, this.plot, this.thumb, this.input);
    this.element = html("div", { class: "track" }, html("p", {}, this.value, this.note), this.slide);
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.width) return;
      this.width = contentRect.width;
      set(this.plot, "viewBox", `0 0 ${this.width} ${height}`);
      this.redraw();
    }).observe(this.slide);
  }

  /** Number of stops. */
  protected abstract get stops(): number;
  /** Draws what does not change with the thumb, and all that does. */
  protected abstract redraw(): void;

  /** Where a stop is. */
  protected readonly x = (stop: number): number =>
    MARGIN + (stop * (this.width - 2 * MARGIN)) / Math.max(1, this.stops - 1);

  /** Leaves the thumb where it is, wherever it was dragged. */
  stay(): void {
    this.input.value = String(this.stop);
  }

  /** Without its thumb, where it stands at no stop. */
  protected lift(isLifted: boolean): void {
    this.thumb.hidden = isLifted;
  }

  /** Puts the thumb at a stop, and says what is there; `heard` is what a screen reader says. */
  protected put(stop: number, { value, note, heard }: { value: string; note: string; heard: string }): void {
    const { input } = this;
    this.stop = stop;
    input.max = String(this.stops - 1);
    input.value = String(stop);
    set(input, "aria-valuetext", heard);
    setText(this.value, value);
    setText(this.note, note);
    this.thumb.style.transform = `translateX(${this.x(stop) - 12}px)`;
  }
}

/** A share in percent, a number in two digits. */
export function valueText(value: number, isShare: boolean, digits = 2): string {
  if (!Number.isFinite(value)) return "none";
  if (!isShare) return String(+value.toPrecision(digits));
  return `${(100 * value).toFixed(value > 0 && value < 0.1 ? 1 : 0)} %`;
}
