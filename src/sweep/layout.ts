/**
 * How a sweep is cut into shards: pieces of runs that train as one population, one file each. The layout is made once and kept, so that
 * all who compute agree on it; results do not depend on it.
 */

import { checkInteger, checkOptions } from "../check.ts";
import { ConfigError } from "../errors.ts";
import type { Sweep } from "./description.ts";

const FORMAT = "mixup-webgpu layout 1";

/** Runs from .. to - 1. */
export interface ShardRange {
  readonly from: number;
  readonly to: number;
}

/** Shards of at most `size` runs that cover `ranges` (everything, by default) and cross no end of a segment. */
export function cutShards(
  { segmentEnds, count }: Pick<Sweep, "segmentEnds" | "count">,
  size: number,
  ranges: readonly ShardRange[] = [{ from: 0, to: count }],
): ShardRange[] {
  checkInteger("--shard-size", size, 1, 2 ** 20, "a number of runs");
  const shards: ShardRange[] = [];
  let segment = 0;
  for (const { from, to } of ranges) {
    for (let at = from; at < to; ) {
      while (segmentEnds[segment] <= at) segment++;
      const begin = segment === 0 ? 0 : segmentEnds[segment - 1];
      // Cut from the segment's beginning on, in equal pieces.
      const length = segmentEnds[segment] - begin;
      const piece = Math.ceil(length / Math.ceil(length / size));
      const end = Math.min(begin + (Math.floor((at - begin) / piece) + 1) * piece, segmentEnds[segment], to);
      shards.push({ from: at, to: end });
      at = end;
    }
  }
  return shards;
}

/** What the given ranges leave of 0 .. count - 1. */
export function gapsOf(ranges: readonly ShardRange[], count: number): ShardRange[] {
  const gaps: ShardRange[] = [];
  let at = 0;
  for (const { from, to } of [...ranges].sort((one, other) => one.from - other.from)) {
    if (from > at) gaps.push({ from: at, to: from });
    at = Math.max(at, to);
  }
  if (at < count) gaps.push({ from: at, to: count });
  return gaps;
}

/** The layout as a file. */
export function layoutJson(sweep: string, shards: readonly ShardRange[]): string {
  return `${JSON.stringify({ format: FORMAT, sweep, ends: shards.map(({ to }) => to) })}\n`;
}

/**
 * The shards of a layout that was kept.
 * @throws ConfigError with path `layout`, if it is none of this sweep
 */
export function parseLayout(text: string, { id, count, segmentEnds }: Sweep): ShardRange[] {
  let parsed: { format: string; sweep: string; ends: number[] };
  try {
    parsed = JSON.parse(text);
    checkOptions("layout", parsed, ["format", "sweep", "ends"]);
  } catch (cause) {
    throw new ConfigError("layout", "is no JSON of a layout.", { cause });
  }
  const { format, sweep, ends } = parsed;
  if (format !== FORMAT || sweep !== id) throw new ConfigError("layout", "is not of this sweep.");
  const grows =
    Array.isArray(ends) && ends.every((end, s) => Number.isInteger(end) && end > (ends[s - 1] ?? 0));
  const known = new Set(ends);
  if (!grows || ends.at(-1) !== count || segmentEnds.some((end) => !known.has(end)))
    throw new ConfigError("layout", `its shards are not those of ${count} runs.`);
  return ends.map((to, s) => ({ from: ends[s - 1] ?? 0, to }));
}

/** `3/16`: the shards whose index is 2 modulo 16. */
export interface Slice {
  readonly index: number;
  readonly of: number;
}

/** The shards of one slice; changing how many there are never makes overlaps. */
export function sliceOf(shards: readonly ShardRange[], { index, of }: Slice): ShardRange[] {
  return shards.filter((_, s) => s % of === index);
}
