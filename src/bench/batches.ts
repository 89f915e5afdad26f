/**
 * The batches of a training workload as plain arrays, for the engines that do not draw their own: the same points, the
 * same partners and the same lambdas that our kernels draw, so that every engine's loss has one right value.
 */

import { classIndex, Sampler } from "../mixing/sampling.ts";
import type { Population } from "../population/population.ts";

/** The batch of one step of all runs. */
export interface StepBatch {
  /** Indices of the first points, `[R, B]`. */
  readonly first: Int32Array;
  /** Indices of their partners, `[R, B]`. */
  readonly partners: Int32Array;
  /** One lambda for each run's batch, `[R]`. */
  readonly lambdas: Float32Array;
}

/** Draws the batches of a population whose runs have one lambda a batch, step by step from the first. */
export class BatchDrawer {
  private readonly samplers: Sampler[];
  private step = 0;

  constructor({ runs, data, batch }: Population) {
    const classes = classIndex(data);
    this.samplers = runs.map(({ seed, mixing }) => {
      if (mixing.granularity !== "batch") throw new Error("The bench draws one lambda a batch.");
      return new Sampler(seed, mixing, data.size, classes, batch);
    });
  }

  /** The batches of the next steps. */
  draw(steps: number): StepBatch[] {
    return Array.from({ length: steps }, () => this.next());
  }

  private next(): StepBatch {
    const { samplers } = this;
    const B = samplers[0].batchSize;
    const first = new Int32Array(samplers.length * B);
    const partners = new Int32Array(samplers.length * B);
    const lambdas = new Float32Array(samplers.length);
    samplers.forEach((sampler, r) => {
      for (let b = 0; b < B; b++) {
        const sample = sampler.sample(this.step, b);
        first[r * B + b] = sample.first;
        partners[r * B + b] = sample.partner;
        lambdas[r] = sample.featureLambda;
      }
    });
    this.step++;
    return { first, partners, lambdas };
  }
}
