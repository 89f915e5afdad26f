/** What is measured of every net of a recording at every recorded step: at the training points, and on mixtures drawn once. Pure. */

import { classIndex, Sampler } from "../../../src/mixing/sampling.ts";
import { Forward, measure } from "./forward.ts";
import type { RecordingPlan } from "./plan.ts";

/** Mixtures of a group: as many different steps, a sample of each. */
const MIXTURES = 32;
/** Error, loss, loss on mixtures. */
export const MEASURES = 3;

/** Measures nets of one plan. */
export class Measuring {
  private readonly points: Forward;
  private readonly mixtures: ReturnType<typeof mixturesOf>[];
  private readonly labels: Uint32Array;

  constructor(private readonly plan: RecordingPlan) {
    const { data, model } = plan.train;
    this.labels = data.labels!;
    this.points = new Forward(model, data.points, data.size);
    this.mixtures = Array.from({ length: plan.alphas.length + 1 }, (_, group) =>
      mixturesOf(plan, group * plan.seeds),
    );
  }

  /** Measurements `[R, 3]` of all nets `[R, P]`; NaN for runs that have diverged. */
  all(nets: readonly ArrayLike<number>[], failed: ReadonlySet<number>): Float32Array<ArrayBuffer> {
    const measured = new Float32Array(nets.length * MEASURES);
    nets.forEach((net, run) => {
      const at = run * MEASURES;
      if (failed.has(run)) {
        measured.fill(Number.NaN, at, at + MEASURES);
        return;
      }
      const { error, loss } = measure(this.points.logits(net), this.labels);
      const mixtures = this.mixtures[Math.floor(run / this.plan.seeds)];
      const mixed =
        mixtures === undefined ? loss : measure(mixtures.forward.logits(net), mixtures.firsts, mixtures).loss;
      measured.set([error, loss, mixed], at);
    });
    return measured;
  }
}

/** Mixed points as a run sees them, a sample of each of its first steps; undefined where nothing is mixed. */
function mixturesOf({ train: { data, model, batch, runs } }: RecordingPlan, run: number) {
  const { seed, mixing } = runs[run];
  if (mixing.kind !== "mixup") return undefined;
  const { labels, dimensions: D, points } = data;
  const sampler = new Sampler(seed, mixing, data.size, classIndex(data), batch!);
  const mixed = new Float64Array(MIXTURES * D);
  const [firsts, partners] = [new Uint32Array(MIXTURES), new Uint32Array(MIXTURES)];
  const lambdas = new Float64Array(MIXTURES);
  for (let i = 0; i < MIXTURES; i++) {
    // Another row at every step: a full batch has the points in their order.
    const { first, partner, featureLambda, labelLambda } = sampler.sample(i, i % sampler.batchSize);
    for (let d = 0; d < D; d++)
      mixed[i * D + d] =
        featureLambda * points[first * D + d] + (1 - featureLambda) * points[partner * D + d];
    firsts[i] = labels![first];
    partners[i] = labels![partner];
    lambdas[i] = labelLambda;
  }
  return { forward: new Forward(model, mixed, MIXTURES), firsts, partners, lambdas };
}
