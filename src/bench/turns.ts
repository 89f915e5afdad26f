/** Turns: how many steps one takes, and what many of them come to. */

import type { Turn } from "./protocol.ts";
import type { BenchEntry } from "./result.ts";
import { spread } from "./statistics.ts";

/** Compilers warm up as they go, so the first guesses are too short. */
const ATTEMPTS = 4;
/** A longer single step is not repeated to find out how many fill a turn. */
const LONG_MILLISECONDS = 5000;

/** Steps that fill a turn, a multiple of `multiple` and no fewer. */
export function stepsWithin(turnMilliseconds: number, millisecondsPerStep: number, multiple: number): number {
  const steps = turnMilliseconds / Math.max(millisecondsPerStep, 1e-3);
  return multiple * Math.max(1, Math.round(steps / multiple));
}

/** Steps that fill a turn, found by taking turns until they stop growing; `rough` is a first guess of a step's time. */
export async function sizeTurn(
  rough: number,
  multiple: number,
  turnMilliseconds: number,
  run: (steps: number) => Promise<Turn>,
): Promise<number> {
  let steps = stepsWithin(turnMilliseconds, rough, multiple);
  if (rough * multiple > LONG_MILLISECONDS) return steps;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { milliseconds } = await run(steps);
    const next = stepsWithin(turnMilliseconds, milliseconds / steps, multiple);
    const settled = next <= 1.5 * steps;
    steps = next;
    if (settled) break;
  }
  return steps;
}

/** What an entry says of its turns. */
export function summary(turns: readonly Turn[], stepsPerTurn: number): Partial<BenchEntry> {
  const { dispatches, submits } = turns[turns.length - 1];
  return {
    millisecondsPerStep: spread(turns.map(({ milliseconds }) => milliseconds / stepsPerTurn)),
    dispatchesPerStep: dispatches / stepsPerTurn,
    submitsPerStep: submits / stepsPerTurn,
    turns: turns.length,
    stepsPerTurn,
  };
}
