/**
 * The runs' records, as `shaders/parts/population.wgsl` has them, at a step: which phase each is in. Pure.
 */

import { RUN_BYTES } from "../../kernels/population.ts";
import { BANDIT_REWARDS } from "../../mixing/bandit.ts";
import { MOST_ROWS } from "../../mixing/labelKernel.ts";
import { type Mixing, PAIRINGS } from "../../mixing/mixing.ts";
import { gridRows } from "../../numeric/permutation.ts";
import { rowWeight } from "../../population/methods.ts";
import { batchingOfRun, pointsOf, runAt } from "../../population/phases.ts";
import type { Population } from "../../population/population.ts";
import { domainCount, indexLayout } from "./packIndices.ts";
import { lawOfBoxes, NOTHING, tableLayout } from "./packTables.ts";

/** Code of a pairing of n points: see sampling.wgsl. */
export function pairingCode({ pairing }: Mixing, n: number): number {
  if (typeof pairing === "object") return PAIRINGS.length + (n <= MOST_ROWS ? 0 : 1);
  return pairing === "all-pairs" ? PAIRINGS.length + 2 : PAIRINGS.indexOf(pairing);
}

/** The records of all runs at step `step`. */
export function packRuns(population: Population, parameterStride: number, step: number): ArrayBuffer {
  const { runs, batchSize } = population;
  const tables = tableLayout(population, parameterStride);
  const indices = indexLayout(population);
  const bytes = new ArrayBuffer(runs.length * RUN_BYTES);
  const integers = new Uint32Array(bytes);
  const reals = new Float32Array(bytes);
  runs.forEach((described, r) => {
    const run = runAt(described, step);
    const { seed, mixing, optimizer, bandit, labelSmoothing, selfDistillation = 0 } = run;
    const { geometry, labelLambda, pairing } = mixing;
    const size = pointsOf(run, population);
    const at = (r * RUN_BYTES) / 4;
    integers.set(
      [
        seed,
        tables.law(mixing.law),
        pairingCode(mixing, size),
        mixing.granularity === "sample" ? 1 : 0,
        tables.schedule(run),
        optimizer.schedule.kind === "constant" ? 0 : 1,
        optimizer.nesterov ? 1 : 0,
        optimizer.gradients === "accumulated" ? 1 : 0,
      ],
      at,
    );
    reals.set(
      [
        optimizer.learningRate,
        optimizer.momentum,
        optimizer.weightDecay,
        optimizer.epsilon,
        optimizer.beta1,
        optimizer.beta2,
        // Subtracted in float64: 1 - 0.999 in float32 is off by 3e-5 of itself.
        1 - optimizer.beta1,
        1 - optimizer.beta2,
        labelSmoothing,
        mixing.probability ?? 1,
        geometry?.kind === "cutmix" ? geometry.probability : 0,
      ],
      at + 8,
    );
    integers.set(
      [
        tables.law(lawOfBoxes(mixing)),
        geometry?.kind === "hidden" ? geometry.after.length : 0,
        indices.train(run),
        size,
        gridRows(size),
        batchingOfRun(run, population).epochSize,
        indices.classOrder(run),
        indices.classStarts(run),
        labelLambda === undefined ? NOTHING : tables.law(labelLambda),
        indices.labelKernel(run),
        typeof pairing === "object" && pairing.includesSelf ? 1 : 0,
        tables.weights(run),
        tables.frozen(run),
      ],
      at + 19,
    );
    // The first half of the rows is the unmixed one, where there is one.
    reals.set(
      [selfDistillation, rowWeight(run, 0, batchSize), rowWeight(run, batchSize - 1, batchSize)],
      at + 32,
    );
    integers.set([indices.domains(run), domainCount(run), mixing.partnerDomain === "same" ? 1 : 0], at + 35);
    integers[at + 38] = bandit === undefined ? 0 : 1 + BANDIT_REWARDS.indexOf(bandit.reward);
    reals[at + 39] = bandit?.smoothing ?? 0;
    integers.set([bandit?.warm ?? 0, run.banditStart ?? 0], at + 40);
  });
  return bytes;
}
