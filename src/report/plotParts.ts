/**
 * The arithmetic of a plot: ticks, scales, paths, labels. No look of its own (`plot.ts`).
 */

/** Pixels, x to the right and y down. */
export type Point = readonly [number, number];

/**
 * A linear scale from the first and last tick to two pixels. `domainFor(ticks, width, 0)` reads right to
 * left.
 */
export function domainFor(
  ticks: readonly number[],
  lastPixel: number,
  firstPixel: number,
): (value: number) => number {
  const [first, last] = [ticks[0], ticks[ticks.length - 1]];
  return (value) => round(firstPixel + ((value - first) / (last - first)) * (lastPixel - firstPixel));
}

/** Round ticks from 0 that reach at least `largest`: about four steps of 1, 2 or 5 times a power of ten. */
export function ticksTo(largest: number): number[] {
  if (!(largest > 0)) return [0, 1];
  const rough = largest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((step) => step * 5 >= largest) ?? 10 * power;
  const count = Math.ceil(largest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

/** `0`, `0.2`, `2,500`. */
export function tickLabel(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 4 });
}

/** The points between gaps, as one list for each unbroken stretch. */
export function segments(points: readonly (Point | null)[]): Point[][] {
  const parts: Point[][] = [[]];
  for (const point of points) {
    if (point === null) parts.push([]);
    else parts[parts.length - 1].push(point);
  }
  return parts.filter((part) => part.length > 0);
}

/** SVG path data through the points, broken at gaps. */
export function polyline(points: readonly (Point | null)[]): string {
  return segments(points)
    .map((part) => `M${part.map(([x, y]) => `${x} ${y}`).join("L")}`)
    .join("");
}

/** Text that is safe in HTML and XML, also inside attributes. */
export function escapeText(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/** A tenth of a pixel is all that one can see. */
function round(pixel: number): number {
  return Math.round(pixel * 10) / 10;
}
