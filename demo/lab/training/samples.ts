/** The samples of a run's batches, as the library draws them: at each step by the description that the run then has. Pure. */

import type { TrainConfig } from "../../../src/index.ts";
import { labelKernelTable } from "../../../src/mixing/labelKernel.ts";
import { classIndex, type Sample, Sampler } from "../../../src/mixing/sampling.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import { batchingOfRun, runAt } from "../../../src/population/phases.ts";
import type { Run } from "../../../src/population/population.ts";

/** The first samples of step `step` (0-based), `most` of them at most. */
export type SampleAt = (step: number, most: number) => Sample[];

/** @throws ConfigError for what can't be trained. */
export function samplesOf({ executor: _, variants: __, ...config }: TrainConfig, run: number): SampleAt {
  const population = resolvePopulation(config);
  const { data, model } = population;
  const samplers = new Map<Run, Sampler>();
  const samplerOf = (now: Run): Sampler => {
    const { seed, mixing, train: members } = now;
    const { pairing } = mixing;
    const size = members?.length ?? data.size;
    const batching = batchingOfRun(now, population);
    return new Sampler(seed, mixing, size, classIndex(data, members), batching, model.inputShape, undefined, {
      members,
      ...(typeof pairing === "object" && {
        labelKernel: { table: labelKernelTable(data, pairing, members), labels: data.targets },
      }),
    });
  };
  return (step, most) => {
    const now = runAt(population.runs[run], step);
    let sampler = samplers.get(now);
    if (sampler === undefined) {
      sampler = samplerOf(now);
      samplers.set(now, sampler);
    }
    // Beside an unmixed batch the mixed one comes second.
    const from = now.mixing.eta === undefined ? 0 : sampler.batchSize;
    const count = Math.min(sampler.batchSize, most);
    return Array.from({ length: count }, (_, b) => sampler.sample(step, from + b));
  };
}

/** Numbers of a sample as it travels. */
export const SAMPLE_NUMBERS = 9;

/**
 * A sample as it travels: first point, partner, lambda, lambda of the labels; top, bottom, left and right of the partner's box (0 where
 * there is none); and where in the net it is mixed, 0 for its input.
 */
export function packSample({
  first,
  partner,
  featureLambda,
  labelLambda,
  box,
  hiddenPlace = 0,
}: Sample): number[] {
  const { top, bottom, left, right } = box ?? { top: 0, bottom: 0, left: 0, right: 0 };
  return [first, partner, featureLambda, labelLambda, top, bottom, left, right, hiddenPlace];
}
