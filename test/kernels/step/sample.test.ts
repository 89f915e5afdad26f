import { describe, expect, it } from "vitest";
import { classDataset } from "../../../src/data/dataset.ts";
import { SAMPLE_BYTES, sampleGrid, sampleKernel } from "../../../src/kernels/step/sample.ts";
import { beta, constantLambda, erm, type Law, mixup, PAIRINGS, uniform } from "../../../src/mixing/mixing.ts";
import { classIndex, Sampler } from "../../../src/mixing/sampling.ts";
import { linear } from "../../../src/model/nets.ts";
import { sgd } from "../../../src/model/optimizer.ts";
import { PURPOSE, threefry } from "../../../src/numeric/threefry.ts";
import { runKernel, testState } from "../harness.ts";

const LAWS: Law[] = [
  beta(0.01),
  beta(0.05),
  beta(0.2),
  beta(1),
  beta(2),
  beta(32),
  beta(1024),
  beta(2, 5),
  uniform(),
  constantLambda(0.5),
];

/** Points of three classes of unequal sizes, in no order. */
function unevenData(size: number) {
  const labels = Array.from({ length: size }, (_, n) =>
    n < 3 ? n : threefry(size, PURPOSE.data, 0, n) % 7 < 4 ? 0 : (n % 2) + 1,
  );
  return classDataset({ points: labels.map((_, n) => n), labels, dimensions: 1, classes: 3 });
}

describe("sample: every pairing, law and granularity, as the TypeScript twin draws them", () => {
  for (const [size, batch] of [
    [3, "full"],
    [65, "full"],
    [65, 63],
    [257, 1],
    [1000, 257],
  ] as const) {
    it(`${size} points, batch ${batch}`, async () => {
      const data = unevenData(size);
      const mixings = [
        erm(),
        ...PAIRINGS.flatMap((pairing) =>
          LAWS.flatMap((law) =>
            (["sample", "batch"] as const).map((granularity) => mixup(law, { pairing, granularity })),
          ),
        ),
      ];
      const runs = mixings.map((mixing, r) => ({ seed: (r * 0x9e3779b9) >>> 0, mixing }));
      const state = await testState({
        data,
        model: linear(1, 3),
        optimizer: sgd(),
        steps: 1000,
        batch,
        runs,
      });
      const B = state.population.batchSize;
      const samplers = runs.map(
        ({ seed, mixing }) => new Sampler(seed, mixing, size, classIndex(data), batch),
      );
      for (const step of [0, 1, 977]) {
        const states = new Uint32Array(runs.length * 6);
        for (let r = 0; r < runs.length; r++) states[r * 6] = step;
        state.device.gpu.queue.writeBuffer(state.buffers.states, 0, states);
        const empty = new Uint32Array((runs.length * B * SAMPLE_BYTES) / 4);
        const { 0: bytes } = await runKernel(
          sampleKernel,
          {},
          sampleGrid(B, runs.length),
          [{ write: empty }],
          state,
        );
        const words = new Uint32Array(bytes);
        const reals = new Float32Array(bytes);
        for (let r = 0; r < runs.length; r++) {
          for (let b = 0; b < B; b++) {
            const at = (r * B + b) * 8;
            const { first, partner, featureLambda } = samplers[r].sample(step, b);
            if (words[at] !== first || words[at + 1] !== partner) {
              expect([r, b, words[at], words[at + 1]]).toEqual([r, b, first, partner]);
            }
            // 1 ulp: neighbouring floats of one sign differ by 1 as integers.
            const expected = new Uint32Array(Float32Array.of(featureLambda).buffer)[0];
            if (Math.abs(words[at + 2] - expected) > 1 || words[at + 3] !== words[at + 2]) {
              expect([r, b, reals[at + 2], reals[at + 3]]).toEqual([r, b, featureLambda, featureLambda]);
            }
          }
        }
      }
      state.destroy();
    });
  }
});
