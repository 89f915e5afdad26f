import { describe, expect, it } from "vitest";
import { classDataset, regressionDataset } from "../../../src/data/dataset.ts";
import { withDomains } from "../../../src/data/domains.ts";
import { RUN_STATE_BYTES } from "../../../src/kernels/population.ts";
import {
  packSamples,
  SAMPLE_BYTES,
  sampleGrid,
  sampleKernel,
  samplePrelude,
} from "../../../src/kernels/step/sample.ts";
import { isLastBatch } from "../../../src/mixing/batching.ts";
import { labelKernel, MOST_ROWS } from "../../../src/mixing/labelKernel.ts";
import { beta, constantLambda, type Law, uniform } from "../../../src/mixing/laws.ts";
import {
  cutMix,
  erm,
  type Mixing,
  manifoldMixup,
  mixup,
  mixupOrCutMix,
  PAIRINGS,
  regMixup,
} from "../../../src/mixing/mixing.ts";
import { classIndex, type Sample, Sampler } from "../../../src/mixing/sampling.ts";
import { dense } from "../../../src/model/layers/dense.ts";
import { flatten } from "../../../src/model/layers/flatten.ts";
import { sequential } from "../../../src/model/model.ts";
import { linear } from "../../../src/model/nets.ts";
import { sgd } from "../../../src/model/optimizer.ts";
import { PURPOSE, threefry } from "../../../src/numeric/threefry.ts";
import { pointWeights, rowWeight } from "../../../src/population/methods.ts";
import type { PopulationConfig } from "../../../src/population/population.ts";
import { ReferencePopulation } from "../../../src/reference/population.ts";
import { specialize } from "../../../src/training/gpu/plan.ts";
import type { PopulationState } from "../../../src/training/gpu/state.ts";
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

/** What the kernel draws at a step for all runs, as words of {@link SAMPLE_BYTES} a sample; of a last batch, if asked. */
async function drawn(state: PopulationState, step: number, isLast = false): Promise<Uint32Array> {
  const { runs, boxes, hidden, batchSize, lastBatchSize } = state.population;
  const R = runs.length;
  const B = isLast ? lastBatchSize : batchSize;
  const width = RUN_STATE_BYTES / 4;
  const states = new Uint32Array(R * width);
  for (let r = 0; r < R; r++) states[r * width] = step;
  state.device.gpu.queue.writeBuffer(state.buffers.states, 0, states);
  const { 0: bytes } = await runKernel(
    sampleKernel,
    { prelude: samplePrelude({ boxes, hidden }), overrides: specialize(state.population, 0) },
    sampleGrid(B, R),
    [{ write: new Uint32Array((R * B * SAMPLE_BYTES) / 4) }, { write: new Float32Array(2 * R * B) }],
    state,
    isLast,
  );
  return new Uint32Array(bytes);
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
        const words = await drawn(state, step);
        const reals = new Float32Array(words.buffer);
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

describe("sample: geometries, as the TypeScript twin draws them", () => {
  const SHAPE = [1, 12, 9] as const;
  const N = 53;
  const data = classDataset({
    points: new Float32Array(N * 108),
    labels: Array.from({ length: N }, (_, n) => n % 4),
    dimensions: 108,
    shape: SHAPE,
  });
  const model = sequential([...SHAPE], [flatten(), dense(4)]);
  const law = beta(0.6);
  const both = (make: (options: { granularity: "sample" | "batch" }) => Mixing) =>
    (["sample", "batch"] as const).map((granularity) => make({ granularity }));
  const cases: Readonly<Record<string, Mixing[]>> = {
    boxes: [
      ...both((o) => cutMix(law, o)),
      ...both((o) => mixupOrCutMix(beta(2), beta(1), { ...o, probability: 0.7 })),
      mixup(law),
      erm(),
    ],
    "hidden values": [
      ...both((o) => manifoldMixup(law, ["0", "input", "1"], o)),
      manifoldMixup(law, ["0", "input", "1"], { probability: 0.4 }),
    ],
    "hidden values in two passes": both((o) => manifoldMixup(law, ["0"], { passes: "two", ...o })),
    "unmixed first": [
      ...both((o) => regMixup(law, { ...o, pairing: "permutation" })),
      regMixup(law, { pairing: "permutation", geometry: { kind: "cutmix", probability: 0.5 } }),
      regMixup(law, { probability: 0.5, geometry: { kind: "cutmix", probability: 1 } }),
    ],
  };

  it.each(Object.entries(cases))("%s", async (_, mixings) => {
    for (const lastBatch of ["wrap", "keep", "drop"] as const) {
      const runs = mixings.map((mixing, r) => ({ seed: (r * 0x9e3779b9) >>> 0, mixing }));
      const config = { data, model, optimizer: sgd(), steps: 1000, batch: 16, lastBatch, runs };
      const state = await testState(config);
      const { batching, batchSize, lastBatchSize } = state.population;
      const samplers = runs.map(
        ({ seed, mixing }) => new Sampler(seed, mixing, N, classIndex(data), batching, SHAPE),
      );
      for (const step of [0, 1, 3, 7, 976, 979]) {
        const isLast = isLastBatch(batching, step);
        const words = await drawn(state, step, isLast);
        const B = isLast ? lastBatchSize : batchSize;
        for (let r = 0; r < runs.length; r++) {
          const expected = Array.from({ length: B }, (_, b) => samplers[r].sample(step, b));
          expectSamples(words.subarray(8 * r * B, 8 * (r + 1) * B), expected, `run ${r}, step ${step}`);
        }
      }
      state.destroy();
    }
  });
});

describe("sample: subsets, label kernels, lambdas of labels and all pairs, as the reference draws them", () => {
  const N = 150;
  const numbers = (seed: number, count: number) =>
    Float32Array.from({ length: count }, (_, n) => threefry(seed, PURPOSE.data, 3, n) / 2 ** 32);
  const classes = unevenData(N);
  const regression = (outputs: number, size = N) =>
    regressionDataset({
      points: numbers(1, size),
      targets: numbers(2, size * outputs),
      dimensions: 1,
      outputs,
    });
  /** n points of the data, in no order. */
  const subset = (n: number, seed: number, size = N) =>
    [...Array(size).keys()].sort((a, b) => threefry(seed, 5, 0, a) - threefry(seed, 5, 0, b)).slice(0, n);

  async function expectTwin(config: Omit<PopulationConfig, "steps" | "optimizer">): Promise<void> {
    const state = await testState({ ...config, optimizer: sgd(), steps: 1000 });
    const reference = new ReferencePopulation(state.population);
    const { batchSize: B } = state.population;
    for (const step of [0, 1, 7, 977]) {
      const words = await drawn(state, step);
      config.runs.forEach((_, r) => {
        expectSamples(
          words.subarray(8 * r * B, 8 * (r + 1) * B),
          reference.samples(r, step),
          `run ${r}, step ${step}`,
        );
      });
    }
    state.destroy();
  }

  it("subsets of equal sizes in full batches, of others in batches, for every pairing", async () => {
    for (const batch of ["full", 33] as const) {
      const runs = PAIRINGS.flatMap((pairing, p) => [
        { seed: p, mixing: mixup(beta(0.5), { pairing }), train: subset(65, p) },
        { seed: p, mixing: mixup(beta(0.5), { pairing }), train: subset(batch === "full" ? 65 : 101, 9) },
      ]);
      const whole = batch === "full" ? [] : [{ seed: 4, mixing: mixup(beta(2)) }];
      await expectTwin({ data: classes, model: linear(1, 3), batch, runs: [...runs, ...whole] });
    }
  });

  it("label kernels of one and two labels, with and without the point itself, on all points and on some", async () => {
    for (const outputs of [1, 2]) {
      const runs = [0.02, 0.3].flatMap((bandwidth) =>
        [true, false].flatMap((includesSelf) => {
          const mixing = mixup(beta(2), { pairing: labelKernel({ bandwidth, includesSelf }) });
          return [
            { seed: 3, mixing },
            { seed: 5, mixing, train: subset(63, 2) },
          ];
        }),
      );
      const plain = { seed: 1, mixing: mixup(beta(2)) };
      await expectTwin({
        data: regression(outputs),
        model: linear(1, outputs),
        batch: 40,
        runs: [...runs, plain],
      });
    }
  });

  it("label kernels of more points than have rows", async () => {
    const size = MOST_ROWS + 205;
    const runs = [true, false].flatMap((includesSelf) =>
      [0.0001, 0.01, 3].map((bandwidth) => ({
        seed: 7,
        mixing: mixup(beta(2), { pairing: labelKernel({ bandwidth, includesSelf }) }),
      })),
    );
    const some = { ...runs[1], train: subset(MOST_ROWS + 1, 4, size) };
    await expectTwin({ data: regression(1, size), model: linear(1, 1), batch: 300, runs: [...runs, some] });
  });

  it("lambdas of labels of their own law beside tied ones", async () => {
    const law = uniform(0.5, 1);
    const runs = (["sample", "batch"] as const).flatMap((granularity) => [
      { seed: 2, mixing: mixup(law, { granularity }) },
      { seed: 2, mixing: mixup(law, { granularity, labelLambda: law }) },
      { seed: 2, mixing: mixup(law, { granularity, labelLambda: constantLambda(0.75), probability: 0.5 }) },
      { seed: 2, mixing: erm() },
    ]);
    await expectTwin({ data: classes, model: linear(1, 3), runs });
  });

  it("domains: of uneven sizes, of parts of them, beside runs that know none", async () => {
    const data = withDomains(classes, {
      late: { from: 70, to: 150 },
      one: [3],
      none: [],
      odd: Array.from({ length: 30 }, (_, n) => 2 * n + 5),
    });
    const runs = (["uniform", "other", "permutation"] as const).flatMap((pairing, seed) => [
      { seed, mixing: mixup(beta(2), { pairing }), proportions: [1, 0, 0, 3] },
      { seed, mixing: mixup(beta(2), { pairing }), proportions: [0, 0, 0, 1], train: subset(130, seed) },
      { seed, mixing: mixup(beta(2), { pairing }), train: subset(77, seed) },
      { seed, mixing: mixup(beta(2), { pairing }) },
    ]);
    const same = {
      seed: 3,
      mixing: mixup(beta(2), { partnerDomain: "same" }),
      proportions: [0.2, 0.1, 0, 0.5],
    };
    const others = (["same-class", "other-class"] as const).map((pairing) => ({
      seed: 4,
      mixing: mixup(beta(2), { pairing }),
    }));
    const unmixed = { seed: 8, mixing: erm(), proportions: [1, 1, 0, 1] };
    await expectTwin({ data, model: linear(1, 3), batch: 41, runs: [...runs, same, ...others, unmixed] });
    const first = { seed: 9, mixing: regMixup(beta(1)), proportions: [1, 0, 0, 1] };
    await expectTwin({ data, model: linear(1, 3), batch: 33, runs: [first] });
  });

  it("all pairs, of subsets too", async () => {
    const mixing = mixup(constantLambda(0.5), { pairing: "all-pairs" });
    await expectTwin({
      data: classes,
      model: linear(1, 3),
      runs: [1, 2].map((seed) => ({ seed, mixing, train: subset(13, seed) })),
    });
  });

  it("all pairs of a few points beside as many points that are not paired so", async () => {
    const pairs = mixup(constantLambda(0.5), { pairing: "all-pairs" });
    const others = [erm(), mixup(beta(1)), mixup(beta(1), { pairing: "permutation" })];
    await expectTwin({
      data: classes,
      model: linear(1, 3),
      runs: [
        { seed: 1, mixing: pairs, train: subset(5, 1) },
        ...others.map((mixing) => ({ seed: 1, mixing, train: subset(25, 2) })),
      ],
    });
  });

  it("weights of points, of both halves where the first is unmixed", async () => {
    for (const make of [mixup, (law: Law) => regMixup(law, { eta: 0.7 })]) {
      const weights = [...numbers(8, 65)];
      const runs = [
        { seed: 1, mixing: make(beta(1)), train: subset(65, 1), weights },
        { seed: 1, mixing: make(beta(1)), train: subset(65, 2) },
      ];
      const state = await testState({ data: classes, model: linear(1, 3), optimizer: sgd(), steps: 9, runs });
      const B = state.population.batchSize;
      const { 1: bytes } = await runKernel(
        sampleKernel,
        { prelude: samplePrelude(), overrides: specialize(state.population, 0) },
        sampleGrid(B, 2),
        [{ write: new Uint32Array((2 * B * SAMPLE_BYTES) / 4) }, { write: new Float32Array(4 * B) }],
        state,
      );
      const written = new Float32Array(bytes);
      const reference = new ReferencePopulation(state.population);
      state.population.runs.forEach((run, r) => {
        const weightOf = pointWeights(run);
        reference.samples(r, 0).forEach(({ first }, b) => {
          const expected = Math.fround(rowWeight(run, b, B) * weightOf(first));
          expect(Math.abs(written[2 * (r * B + b)] - expected)).toBeLessThan(1e-6);
        });
      });
      state.destroy();
    }
  });
});

/** Indices and boxes are equal; lambdas to 1 ulp, those of labels where a box is cut to 3: a quotient need not be rounded. */
function expectSamples(words: Uint32Array, expected: readonly Sample[], what: string): void {
  const own = new Uint32Array(packSamples(expected));
  const reals = new Float32Array(words.slice().buffer);
  expected.forEach(({ box, labelLambda }, b) => {
    for (let i = 0; i < 8; i++) {
      // Of no use to samples that are not mixed within the net.
      if (i === 6 && words[8 * b + 7] === 0xffffffff) continue;
      const tolerance = i === 2 ? 1 : i === 3 ? (box ? 3 : 1) : 0;
      const difference = Math.abs(words[8 * b + i] - own[8 * b + i]);
      if (difference > tolerance)
        expect([what, b, i, words[8 * b + i], reals[8 * b + 3]]).toEqual([
          what,
          b,
          i,
          own[8 * b + i],
          labelLambda,
        ]);
    }
  });
}
