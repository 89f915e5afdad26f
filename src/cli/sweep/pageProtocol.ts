/**
 * What crosses between Node and the page that computes shards: names at the exchange, outcomes of calls.
 *
 * Not here: the halves (`browserComputer.ts`, `sweepPage.ts`).
 */

import type { ShardRange } from "../../sweep/layout.ts";
import type { SweepEngine } from "../../sweep/results.ts";

/** What the exchange has besides data files, which are named by their digests. */
export const EXCHANGED = { description: "sweep.json", shard: "shard" } as const;

/** Name of the state of a shard, or of the part of one, at the exchange. */
export function partialName({ from, to }: ShardRange): string {
  return `partial-${from}-${to}`;
}

/** What {@link partialName} named; undefined for other names. */
export function namedPart(name: string): ShardRange | undefined {
  const [, from, to] = /^partial-(\d+)-(\d+)$/.exec(name) ?? [];
  return from === undefined ? undefined : { from: Number(from), to: Number(to) };
}

/** How a call of the page ends. */
export type PageOutcome<T> = { readonly value: T } | { readonly error: PageError };

/** An error as plain data. */
export interface PageError {
  readonly name: string;
  readonly message: string;
  /** Of what is no error of ours: a bug. */
  readonly stack: string | undefined;
  /** Of a ConfigError. */
  readonly path: string | undefined;
  /** Why the device was lost, if it was. */
  readonly lost: string | undefined;
  /** Whether another launch may help. */
  readonly noAdapter: boolean;
}

/** What a page computes on. */
export interface OpenedInPage {
  readonly engine: SweepEngine;
  readonly isFallback: boolean;
}
