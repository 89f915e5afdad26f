/**
 * Stretches of a population's training, in pieces, so that progress is told and a signal heard on the way.
 *
 * Not here: trainings that go straight through (`follow` of `trainer.ts`).
 */

import type { PopulationHandle } from "../training/openPopulation.ts";

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
  for (let done = 0; done < steps; ) {
    signal?.throwIfAborted();
    const piece = Math.min(Math.ceil(steps / PIECES), steps - done);
    await population.train(piece, { signal });
    signal?.throwIfAborted();
    done += piece;
    report(done);
  }
}
