/** Kernel `sample`: which points a step mixes, and how much. Samples `[R, B]` of {@link SAMPLE_BYTES}. */

import shader from "../../../shaders/step/sample.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import type { Sample } from "../../mixing/sampling.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: samples, sampleLosses. */
export const sampleKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["write", "write"]] };

/** Bytes of one `Sample`: see `shaders/parts/sampling.wgsl`. */
export const SAMPLE_BYTES = 32;

/** Where no hidden values are mixed. */
const NOWHERE = 0xffffffff;

/** Samples as the kernels read them. */
export function packSamples(samples: readonly Sample[]): ArrayBuffer {
  const bytes = new ArrayBuffer(samples.length * SAMPLE_BYTES);
  const integers = new Uint32Array(bytes);
  const reals = new Float32Array(bytes);
  samples.forEach((sample, b) => {
    const { first, partner, featureLambda, labelLambda, box, partnerRow = 0, hiddenPlace = NOWHERE } = sample;
    const at = (b * SAMPLE_BYTES) / 4;
    integers.set([first, partner], at);
    reals.set([featureLambda, labelLambda], at + 2);
    const edges = (from = 0, to = 0) => from + 0x10000 * to;
    integers.set(
      [edges(box?.top, box?.bottom), edges(box?.left, box?.right), partnerRow, hiddenPlace],
      at + 4,
    );
  });
  return bytes;
}

/** Prelude of every kernel that reads samples: whether some run cuts boxes, and whether some run mixes hidden values. */
export function samplePrelude({ boxes = false, hidden }: { boxes?: boolean; hidden?: unknown } = {}) {
  return { BOXES: boxes ? 1 : 0, HIDDEN: hidden === undefined ? 0 : 1 };
}

/** One thread a sample. */
export function sampleGrid(batchSize: number, runs: number): Grid {
  return [Math.ceil(batchSize / 64), runs, 1];
}
