/**
 * Stretches of a population's training, in pieces, so that progress is told and a signal heard on the way.
 *
 * Not here: trainings that go straight through (`follow` of `trainer.ts`).
 */

import type { PopulationHandle } from "../training/openPopulation.ts";
import { KeptPopulation } from "./keptPopulation.ts";

/** Pieces of a stretch: a piece ends with work on the CPU, which many would make felt. */
const PIECES = 10;

/**
 * Trains all runs `steps` steps further, and reports the steps done of these.
 * @throws the signal's reason when it was stopped; the population's errors as they are.
 */
export async function trainStretch(
  population: PopulationHandle,
  steps: number,
  report: (step: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const piece = Math.ceil(steps / PIECES);
  const kept = population instanceof KeptPopulation ? population : undefined;
  let done = kept === undefined ? 0 : await furthest(kept, steps, piece);
  if (done > 0) report(done);
  while (done < steps) {
    signal?.throwIfAborted();
    const next = Math.min(piece, steps - done);
    await population.train(next, { signal });
    signal?.throwIfAborted();
    done += next;
    report(done);
    await kept?.keep();
  }
}

/** Goes to the last end of a piece that is kept; returns its steps. */
async function furthest(kept: KeptPopulation, steps: number, piece: number): Promise<number> {
  if (await kept.reach(steps)) return steps;
  for (let done = Math.floor((steps - 1) / piece) * piece; done > 0; done -= piece)
    if (await kept.reach(done)) return done;
  return 0;
}
