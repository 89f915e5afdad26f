/**
 * The alternating lines that experiments study, and what they are called. Not here: their points (`data/lines.ts`).
 */

/** `3 points, 2 classes`. */
export function setName({ points, classes }: { points: number; classes: number }): string {
  return `${points} points, ${classes} classes`;
}

/** The distinct data sets of some groups, in their order. */
export function distinctSets<T extends { points: number; classes: number }>(items: readonly T[]): T[] {
  return items.filter((item, i) => items.findIndex((other) => setName(other) === setName(item)) === i);
}

/** A line of `points` points with `classes` classes. */
export interface LineSet {
  readonly points: number;
  readonly classes: number;
}
