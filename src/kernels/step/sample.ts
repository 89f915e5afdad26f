/** Kernel `sample`: which points a step mixes, and how much. Samples `[R, B]` of {@link SAMPLE_BYTES}. */

import shader from "../../../shaders/step/sample.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import type { Sample } from "../../mixing/sampling.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: samples. */
export const sampleKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["write"]] };

/** Bytes of one `Sample`: see `shaders/parts/sampling.wgsl`. */
export const SAMPLE_BYTES = 32;

/** Where no hidden values are mixed. */
const NOWHERE = 0xffffffff;

/** Samples from outside as the kernels read them; `hidden` ones are mixed in the net, at its first mixing point. */
export function packSamples(samples: readonly Sample[], hidden = false): ArrayBuffer {
  const bytes = new ArrayBuffer(samples.length * SAMPLE_BYTES);
  const integers = new Uint32Array(bytes);
  const reals = new Float32Array(bytes);
  samples.forEach(({ first, partner, featureLambda, labelLambda, box }, b) => {
    const at = (b * SAMPLE_BYTES) / 4;
    integers.set([first, partner], at);
    reals.set([hidden ? 1 : featureLambda, labelLambda], at + 2);
    const edges = (from = 0, to = 0) => from + 0x10000 * to;
    integers.set(
      [edges(box?.top, box?.bottom), edges(box?.left, box?.right), partner, hidden ? 0 : NOWHERE],
      at + 4,
    );
  });
  return bytes;
}

/** One thread a sample. */
export function sampleGrid(batchSize: number, runs: number): Grid {
  return [Math.ceil(batchSize / 64), runs, 1];
}
