/** Kernel `mix` against the reference's blend. */

import { describe, expect, it } from "vitest";
import { classDataset, regressionDataset } from "../../../src/data/dataset.ts";
import { MIX_POINTS, mixGrid, mixKernel, packImage } from "../../../src/kernels/step/mix.ts";
import {
  packSamples,
  SAMPLE_BYTES,
  sampleGrid,
  sampleKernel,
  samplePrelude,
} from "../../../src/kernels/step/sample.ts";
import { beta, uniform } from "../../../src/mixing/laws.ts";
import { erm, mixup } from "../../../src/mixing/mixing.ts";
import type { Sample } from "../../../src/mixing/sampling.ts";
import { linear } from "../../../src/model/nets.ts";
import { sgd } from "../../../src/model/optimizer.ts";
import { boundedInteger, PURPOSE, threefry } from "../../../src/numeric/threefry.ts";
import { BatchPass } from "../../../src/reference/batch.ts";
import { specialize } from "../../../src/training/gpu/plan.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { type KernelBuffer, randomNumbers, runKernel, testState, writeClocks } from "../harness.ts";

/** One dispatch on data of N points, D dimensions and C targets; `sampleOf(r, b)` says what to mix. */
async function mixed(
  [R, N, B, D, C]: readonly [number, number, number, number, number],
  sampleOf: (r: number, b: number) => Sample,
  overrides: Record<string, number> = {},
) {
  const points = randomNumbers(1, N * D, 3);
  const targets = randomNumbers(2, N * C);
  const data = regressionDataset({ points, targets, dimensions: D, outputs: C });
  const runs = Array.from({ length: R }, (_, seed) => ({ seed, mixing: erm() }));
  const state = await testState({ data, model: linear(D, C), optimizer: sgd(), steps: 1, batch: B, runs });
  const samples = Array.from({ length: R * B }, (_, i) => sampleOf(Math.floor(i / B), i % B));
  const results = await runKernel(
    mixKernel,
    { overrides, prelude: { BOXES: 0, HIDDEN: 0 } },
    mixGrid(B, D, C, R),
    [
      { uniform: packImage([D]) },
      { read: new Uint8Array(packSamples(samples)) },
      { write: new Float32Array(R * B * D) },
      { write: new Float32Array(R * B * C) },
    ],
    state,
  );
  state.destroy();
  return { data, samples, points: new Float32Array(results[2]), targets: new Float32Array(results[3]) };
}

describe("mix: points and targets, each with its own lambda", () => {
  for (const sizes of [
    [1, 1, 1, 1, 1],
    [3, 65, 63, 5, 2],
    [2, 7, 7, 257, 3],
    [5, 300, 257, 1, 10],
  ] as const) {
    const [R, N, B, D, C] = sizes;
    it(`R ${R}, N ${N}, B ${B}, D ${D}, C ${C}`, async () => {
      const word = (r: number, b: number, what: number) => threefry(r, PURPOSE.data, what, b);
      const { data, samples, points, targets } = await mixed(sizes, (r, b) => ({
        first: boundedInteger(word(r, b, 1), N),
        partner: boundedInteger(word(r, b, 2), N),
        featureLambda: Math.fround(word(r, b, 3) / 2 ** 32),
        labelLambda: Math.fround(word(r, b, 4) / 2 ** 32),
      }));
      // The same batch in float64, and the magnitudes of its terms.
      const absolute = (values: Float32Array) => values.map(Math.abs);
      const blend = (rows: Float32Array, labels: Float32Array) => {
        const pass = new BatchPass(linear(D, C), "squared-error", R * B);
        pass.load({ points: rows, targets: labels, samples });
        return pass;
      };
      const expected = blend(data.points, data.targets);
      const magnitude = blend(absolute(data.points), absolute(data.targets));
      expectClose(
        TOLERANCES.blend,
        points,
        expected.network.inputs,
        (i) => magnitude.network.inputs[i],
        "points",
      );
      expectClose(TOLERANCES.blend, targets, expected.targets, (i) => magnitude.targets[i], "targets");
    });
  }

  it("the same bits without partners, where nothing is mixed", async () => {
    const sizes = [2, 65, 65, 3, 2] as const;
    const sampleOf = (_: number, b: number) => ({
      first: b,
      partner: 64 - b,
      featureLambda: 1,
      labelLambda: 1,
    });
    const expected = await mixed(sizes, sampleOf);
    const actual = await mixed(sizes, sampleOf, { BLENDS: 0 });
    expect(actual).toEqual(expected);
    // Partners as they are, for predictions of their own: these are read all the same.
    const partners = await mixed(sizes, sampleOf, { BLENDS: 0, POINTS: MIX_POINTS.partners });
    expect(partners.points.subarray(0, 3)).toEqual(partners.data.points.subarray(3 * 64, 3 * 65));
  });

  it("lambda 1 gives the first point, lambda 0 its partner, bit for bit", async () => {
    const { data, samples, points, targets } = await mixed([2, 65, 65, 3, 2], (r, b) => ({
      first: b,
      partner: 64 - b,
      featureLambda: r,
      labelLambda: 1 - r,
    }));
    samples.forEach(({ first, partner, featureLambda }, i) => {
      const [point, label] = featureLambda === 1 ? [first, partner] : [partner, first];
      expect(points.subarray(3 * i, 3 * i + 3)).toEqual(data.points.subarray(3 * point, 3 * point + 3));
      expect(targets.subarray(2 * i, 2 * i + 2)).toEqual(data.targets.subarray(2 * label, 2 * label + 2));
    });
  });

  it("more numbers than one grid dimension has threads", async () => {
    const B = 65535 * 16 + 3;
    const { data, points, targets } = await mixed([1, B, B, 3, 1], (_, b) => ({
      first: b,
      partner: b === 0 ? B - 1 : b - 1,
      featureLambda: 1,
      labelLambda: 0,
    }));
    for (const b of [0, 65535 * 16 - 1, 65535 * 16, B - 1]) {
      expect(points.subarray(3 * b, 3 * b + 3), `sample ${b}`).toEqual(
        data.points.subarray(3 * b, 3 * b + 3),
      );
      expect(targets[b], `sample ${b}`).toBe(data.targets[b === 0 ? B - 1 : b - 1]);
    }
  });
});

describe("mix: draws its own samples", () => {
  const laws = [beta(0.3), uniform(), beta(8)];
  for (const [B, D] of [
    [7, 1],
    [65, 37],
  ]) {
    it(`as sample draws them, and mixes with the same bits: batch ${B}, D ${D}`, async () => {
      const N = 130;
      const data = classDataset({
        points: randomNumbers(1, N * D, 3),
        labels: Array.from({ length: N }, (_, n) => n % 3),
        dimensions: D,
      });
      const runs = laws.map((law, seed) => ({
        seed,
        mixing: mixup(law, {
          granularity: seed === 1 ? "sample" : "batch",
          labelLambda: seed === 2 ? beta(2) : undefined,
        }),
      }));
      const config = { data, model: linear(D, 3), optimizer: sgd(), steps: 90, batch: B, runs };
      const state = await testState(config);
      const { boxes, hidden } = state.population;
      const overrides = specialize(state.population, 0);
      const prelude = samplePrelude({ boxes, hidden });
      const R = runs.length;
      const empty = () => ({ write: new Uint32Array((R * B * SAMPLE_BYTES) / 4) });
      const mix = async (samples: KernelBuffer, more: Record<string, number>) => {
        const written = await runKernel(
          mixKernel,
          { overrides: { ...overrides, ...more }, prelude },
          mixGrid(B, D, 3, R),
          [
            { uniform: packImage([D]) },
            samples,
            { write: new Float32Array(R * B * D) },
            { write: new Float32Array(R * B * 3) },
          ],
          state,
        );
        return [1, 2, 3].map((i) => (written[i] === undefined ? undefined : new Uint32Array(written[i])));
      };
      // Some epochs on.
      writeClocks(
        state,
        runs.map(() => ({ step: 71 })),
      );
      const { 0: drawn } = await runKernel(
        sampleKernel,
        { prelude, overrides },
        sampleGrid(B, R),
        [empty(), { write: new Float32Array(2 * R * B) }],
        state,
      );
      const apart = await mix({ write: new Uint32Array(drawn) }, {});
      expect(apart[0]).toEqual(new Uint32Array(drawn));
      expect(await mix(empty(), { DRAWS_SAMPLES: 1 })).toEqual(apart);
      expect(new Set(apart[0]).size).toBeGreaterThan(R);
      state.destroy();
    });
  }
});
