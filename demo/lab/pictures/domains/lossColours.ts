/** The colour of a loss, the stronger the lower, and what can be read on it. */

import { palette, type Rgb } from "../../page/palette.ts";

/** As CSS and SVG write them. */
export interface LossColours {
  readonly ground: string;
  readonly text: string;
}

/** Of the accent's colour: where the loss is largest, and least. */
const [FAINT, STRONG] = [0.04, 0.86];
const [BLACK, WHITE]: readonly Rgb[] = [
  [0, 0, 0],
  [255, 255, 255],
];

/** In this theme; `place` 0 is the lowest loss, 1 the highest. */
export function lossColours(place: number): LossColours {
  const { paper, accent } = palette();
  return lossColoursOn(place, paper, accent);
}

/** From the paper's colour to the accent's. Of black and white one can be read on every ground. */
export function lossColoursOn(place: number, paper: Rgb, accent: Rgb): LossColours {
  const share = STRONG + (FAINT - STRONG) * place;
  const ground = paper.map((own, c) => Math.round(own + (accent[c] - own) * share));
  const text = contrast(ground, BLACK) >= contrast(ground, WHITE) ? BLACK : WHITE;
  return { ground: hex(ground), text: hex(text) };
}

function hex(colour: readonly number[]): string {
  return `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Of two colours, by the Web Content Accessibility Guidelines. */
function contrast(one: readonly number[], other: readonly number[]): number {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: readonly number[]): number {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
