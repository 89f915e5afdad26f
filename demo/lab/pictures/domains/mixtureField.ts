/**
 * A loss over the triangle of mixtures: painted, the stronger the lower, with level lines and a legend.
 *
 * Not here: the points and the handle upon it (`mixturePanel.ts`).
 */

import { sharesAt, TRIANGLE_HEIGHT } from "../../../../src/experiments/mixing-laws/triangle.ts";
import { html, painter, svg } from "../../page/dom.ts";
import { levelSegments, linearScale, segmentPath } from "../../page/geometry.ts";
import { palette } from "../../page/palette.ts";
import type { TrianglePlace } from "./mixtureHandle.ts";

const COLUMNS = 145;
const ROWS = Math.round((COLUMNS - 1) * TRIANGLE_HEIGHT) + 1;
/** Level lines, and how much the scale stretches what is near the lowest: most of the triangle is. */
const LINES = 9;
const STRETCH = 10;
/** Nats that a scale spans at least: less is chance. */
const LEAST_SPAN = 0.3;
/** Of the accent's colour: where the loss is largest, and least. */
const [FAINT, STRONG] = [0.04, 0.82];

/** A loss on the grid of the triangle's box, and its colours. */
export interface LossScale {
  /** `[ROWS, COLUMNS]`, the lowest row at the base; beyond the triangle, too. */
  readonly values: Float64Array;
  readonly low: number;
  readonly high: number;
  /** 0 at the lowest to 1 at the highest. */
  place(loss: number): number;
  /** At a place of the scale. */
  loss(place: number): number;
  colour(loss: number): string;
}

/** The scale of a loss over mixtures. */
export function lossScale(loss: (shares: readonly number[]) => number): LossScale {
  const values = new Float64Array(COLUMNS * ROWS);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const shares = sharesAt(column / (COLUMNS - 1), (row / (ROWS - 1)) * TRIANGLE_HEIGHT);
      const value = loss(shares);
      values[row * COLUMNS + column] = value;
      if (shares.some((share) => share < -1e-9)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const span = Math.max(high - low, LEAST_SPAN);
  // What hardly differs lies in the middle of the scale.
  low -= (span - (high - low)) / 2;
  const top = Math.log1p(STRETCH);
  const place = (value: number) =>
    Math.log1p((STRETCH * Math.min(span, Math.max(0, value - low))) / span) / top;
  return {
    ...{ values, low, high: low + span, place },
    loss: (part) => low + (span * Math.expm1(part * top)) / STRETCH,
    colour: (value) => `rgb(${blend(1 - place(value)).join(" ")})`,
  };
}

/** From paper to the accent's colour; `part` 1 is the lowest loss. */
function blend(part: number): number[] {
  const { paper, accent } = palette();
  const share = FAINT + (STRONG - FAINT) * part;
  return paper.map((own, c) => Math.round(own + (accent[c] - own) * share));
}

export class MixtureField {
  readonly ground = html("canvas", {
    class: "simplex-ground",
    width: COLUMNS,
    height: ROWS,
    "aria-hidden": "true",
  });
  readonly lines = svg("g", { class: "levels" });
  readonly legend = svg("g", { class: "scale-legend", transform: "translate(8 26)" });
  private readonly line = svg("path");
  private readonly image = new ImageData(COLUMNS, ROWS);

  constructor(private readonly box: TrianglePlace & { readonly width: number; readonly height: number }) {
    const { left, base, side, width, height } = box;
    const top = base - side * TRIANGLE_HEIGHT;
    const percent = (value: number) => `${100 * value}%`;
    Object.assign(this.ground.style, {
      left: percent(left / width),
      top: percent(top / height),
      width: percent(side / width),
      height: percent((side * TRIANGLE_HEIGHT) / height),
    });
    const clip = svg(
      "clipPath",
      { id: "triangle-clip" },
      svg("path", { d: `M${left},${base}h${side}L${left + side / 2},${top}Z` }),
    );
    this.lines.append(clip, svg("g", { "clip-path": "url(#triangle-clip)" }, this.line));
  }

  /** Nothing where there is no law yet. */
  draw(scale: LossScale | undefined): void {
    this.ground.hidden = scale === undefined;
    this.legend.replaceChildren();
    this.line.removeAttribute("d");
    if (scale === undefined) return;
    const { values } = scale;
    const { data } = this.image;
    for (let row = 0; row < ROWS; row++) {
      for (let column = 0; column < COLUMNS; column++) {
        const pixel = 4 * ((ROWS - 1 - row) * COLUMNS + column);
        data.set(blend(1 - scale.place(values[row * COLUMNS + column])), pixel);
        data[pixel + 3] = 255;
      }
    }
    painter(this.ground).putImageData(this.image, 0, 0);
    const { left, base, side } = this.box;
    const x = linearScale(0, COLUMNS - 1, left, left + side);
    const y = linearScale(0, ROWS - 1, base, base - side * TRIANGLE_HEIGHT);
    const path = Array.from({ length: LINES - 1 }, (_, i) =>
      segmentPath(
        levelSegments(COLUMNS, ROWS, (cell) => values[cell], scale.loss((i + 1) / LINES)),
        x,
        y,
      ),
    );
    this.line.setAttribute("d", path.join(""));
    this.drawLegend(scale);
  }

  private drawLegend({ low, high, loss, colour }: LossScale): void {
    const [width, parts] = [132, LINES];
    const cell = width / parts;
    this.legend.append(
      svg("text", { class: "scale-text axis-name", y: -8 }, "weighted loss, nats"),
      ...Array.from({ length: parts }, (_, i) =>
        svg("rect", { x: i * cell, width: cell + 0.5, height: 11, fill: colour(loss((i + 0.5) / parts)) }),
      ),
      svg("rect", { class: "scale-frame", width, height: 11 }),
      svg("text", { class: "scale-text", y: 25 }, low.toFixed(2)),
      svg(
        "text",
        { class: "scale-text", x: width / 2, y: 25, "text-anchor": "middle" },
        loss(0.5).toFixed(2),
      ),
      svg("text", { class: "scale-text", x: width, y: 25, "text-anchor": "end" }, high.toFixed(2)),
    );
  }
}
