/**
 * Which points are mixed: every pairing has its frequencies, every epoch holds every point once, batching
 * changes nothing.
 */

import { describe, expect, it } from "vitest";
import { classDataset, regressionDataset } from "../../src/data/dataset.ts";
import { alternatingLine } from "../../src/data/lines.ts";
import { beta, constantLambda } from "../../src/mixing/laws.ts";
import { erm, type Mixing, mixup, type Pairing } from "../../src/mixing/mixing.ts";
import { classIndex, type Sample, Sampler } from "../../src/mixing/sampling.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../statistics.ts";

/** Classes of 1, 2, 4 and 3 points, mixed up. */
const LABELS = [2, 0, 3, 1, 2, 2, 3, 1, 2, 3];
const DATA = classDataset({ points: LABELS.map((_, i) => i), labels: LABELS, dimensions: 1 });
const N = DATA.size;

function sampler(mixing: Mixing, batch: number | "full" = "full", seed = 8, data = DATA): Sampler {
  return new Sampler(seed, mixing, data.size, classIndex(data), batch);
}

function batchOf(source: Sampler, step: number): Sample[] {
  return Array.from({ length: source.batchSize }, (_, b) => source.sample(step, b));
}

const sequence = (length: number) => Array.from({ length }, (_, i) => i);

describe("classIndex", () => {
  it("groups the points by class, in order", () => {
    const { order, start, labels } = classIndex(DATA);
    expect([...start]).toEqual([0, 1, 3, 7, 10]);
    expect([...order]).toEqual([1, 3, 7, 0, 4, 5, 8, 2, 6, 9]);
    expect([...labels]).toEqual(LABELS);
  });

  it("has an empty group for a class without points, and one group without classes", () => {
    const gap = classDataset({ points: [0, 1], labels: [0, 2], dimensions: 1, classes: 3 });
    expect([...classIndex(gap).start]).toEqual([0, 1, 1, 2]);
    const regression = regressionDataset({
      points: [0, 1, 2],
      targets: [1, 2, 3],
      dimensions: 1,
      outputs: 1,
    });
    expect([...classIndex(regression).start]).toEqual([0, 3]);
  });
});

describe("first points", () => {
  it("are every point once, in order, for a full batch", () => {
    for (const step of [0, 1, 5000]) {
      expect(batchOf(sampler(mixup(beta(1))), step).map(({ first }) => first)).toEqual(sequence(N));
    }
  });

  it("come once an epoch, whatever the batch size, also where a batch spans two epochs", () => {
    for (const batch of [1, 3, 4, 7, N]) {
      const source = sampler(mixup(beta(1)), batch);
      const firsts = sequence(7 * N).flatMap((step) => batchOf(source, step).map(({ first }) => first));
      for (let epoch = 0; epoch < 7; epoch++) {
        const points = firsts.slice(epoch * N, (epoch + 1) * N).sort((a, b) => a - b);
        expect(points, `batch ${batch}, epoch ${epoch}`).toEqual(sequence(N));
      }
    }
  });

  it("are in an order that differs from epoch to epoch and from seed to seed, but not with the batch size", () => {
    const epoch = (seed: number, number: number) =>
      batchOf(sampler(erm(), N, seed), number).map(({ first }) => first);
    expect(epoch(8, 0)).not.toEqual(epoch(8, 1));
    expect(epoch(8, 0)).not.toEqual(epoch(9, 0));
    const singles = sequence(N).map((step) => sampler(erm(), 1).sample(step, 0).first);
    expect(singles).toEqual(epoch(8, 0));
  });

  it("stand in every place of the epoch equally often (chi-square, p above 1e-3)", () => {
    const source = sampler(erm(), N);
    const counts = new Uint32Array(N);
    const epochs = 2000;
    for (let step = 0; step < epochs; step++) counts[source.sample(step, 3).first]++;
    expect(chiSquareProbability(counts, () => epochs / N)).toBeGreaterThan(SIGNIFICANCE);
  });
});

describe("partners", () => {
  /** Probability of each partner of a point, by the pairing's definition. */
  const probability: Record<Exclude<Pairing, "permutation">, (first: number, partner: number) => number> = {
    uniform: () => 1 / N,
    other: (first, partner) => (first === partner ? 0 : 1 / (N - 1)),
    "same-class": (first, partner) =>
      LABELS[first] === LABELS[partner] ? 1 / LABELS.filter((label) => label === LABELS[first]).length : 0,
    "other-class": (first, partner) =>
      LABELS[first] === LABELS[partner] ? 0 : 1 / LABELS.filter((label) => label !== LABELS[first]).length,
  };

  it.each(Object.keys(probability) as (keyof typeof probability)[])(
    "of `%s` have its frequencies for every point (chi-square over 3000 steps, p above 1e-3)",
    (pairing) => {
      const source = sampler(mixup(beta(1), { pairing }));
      const steps = 3000;
      const counts = sequence(N).map(() => new Uint32Array(N));
      for (let step = 0; step < steps; step++) {
        for (const { first, partner } of batchOf(source, step)) counts[first][partner]++;
      }
      for (let first = 0; first < N; first++) {
        const expected = (partner: number) => steps * probability[pairing](first, partner);
        // A class of one point has one partner: nothing is random.
        const only = sequence(N).filter((partner) => expected(partner) > 0);
        if (only.length === 1) expect(counts[first][only[0]]).toBe(steps);
        else
          expect(chiSquareProbability(counts[first], expected), `point ${first}`).toBeGreaterThan(
            SIGNIFICANCE,
          );
      }
    },
  );

  it.each(["full", N, 4, 7] as const)(
    "of `permutation` are the batch's points, each once (batch %s)",
    (batch) => {
      const source = sampler(mixup(beta(1), { pairing: "permutation" }), batch);
      for (let step = 0; step < 50; step++) {
        const samples = batchOf(source, step);
        const sorted = (points: number[]) => points.sort((a, b) => a - b);
        expect(sorted(samples.map(({ partner }) => partner))).toEqual(
          sorted(samples.map(({ first }) => first)),
        );
      }
    },
  );

  it("of `permutation` are equally often each place of the batch (chi-square, p above 1e-3)", () => {
    const source = sampler(mixup(beta(1), { pairing: "permutation" }));
    const steps = 3000;
    for (const b of [0, 4, N - 1]) {
      const counts = new Uint32Array(N);
      for (let step = 0; step < steps; step++) counts[source.sample(step, b).partner]++;
      expect(chiSquareProbability(counts, () => steps / N)).toBeGreaterThan(SIGNIFICANCE);
    }
  });

  it("are independent of the point: pairs of two samples of a step fill the square (chi-square, p above 1e-3)", () => {
    const source = sampler(mixup(beta(1)), "full", 3, alternatingLine({ points: 4, classes: 2 }));
    const counts = new Uint32Array(16);
    const steps = 8000;
    for (let step = 0; step < steps; step++) {
      counts[source.sample(step, 0).partner * 4 + source.sample(step, 1).partner]++;
    }
    expect(chiSquareProbability(counts, () => steps / 16)).toBeGreaterThan(SIGNIFICANCE);
  });

  it("can be drawn from two points", () => {
    const two = alternatingLine({ points: 2, classes: 2 });
    for (const pairing of ["other", "other-class"] as const) {
      for (const { first, partner } of batchOf(sampler(mixup(beta(1), { pairing }), "full", 1, two), 0)) {
        expect(partner).toBe(1 - first);
      }
    }
  });
});

describe("lambdas", () => {
  it("are one a step with granularity `batch`, one a sample with `sample`", () => {
    const batch = batchOf(sampler(mixup(beta(1))), 3).map(({ featureLambda }) => featureLambda);
    expect(new Set(batch).size).toBe(1);
    const each = batchOf(sampler(mixup(beta(1), { granularity: "sample" })), 3).map((s) => s.featureLambda);
    expect(new Set(each).size).toBe(N);
    const steps = sequence(20).map((step) => sampler(mixup(beta(1))).sample(step, 0).featureLambda);
    expect(new Set(steps).size).toBe(20);
  });

  it("weigh labels as they weigh features", () => {
    for (const sample of batchOf(sampler(mixup(beta(0.4), { granularity: "sample" })), 0)) {
      expect(sample.labelLambda).toBe(sample.featureLambda);
    }
  });

  it("are 1 for ERM, the constant for a constant law", () => {
    for (const { featureLambda } of batchOf(sampler(erm()), 9)) expect(featureLambda).toBe(1);
    for (const { featureLambda } of batchOf(sampler(mixup(constantLambda(0.5))), 9))
      expect(featureLambda).toBe(0.5);
  });
});

describe("a run's randomness", () => {
  it("is paired: runs of one seed share points and partners whatever their law", () => {
    const [one, other] = [beta(1), beta(32)].map((law) => batchOf(sampler(mixup(law), 7), 11));
    expect(one.map(({ first, partner }) => [first, partner])).toEqual(
      other.map(({ first, partner }) => [first, partner]),
    );
    expect(one[0].featureLambda).not.toBe(other[0].featureLambda);
  });

  it("is a function of seed, step and sample alone", () => {
    const source = sampler(mixup(beta(1), { granularity: "sample" }), 7);
    const late = source.sample(100, 5);
    batchOf(source, 3);
    expect(source.sample(100, 5)).toEqual(late);
    expect(sampler(mixup(beta(1), { granularity: "sample" }), 7, 9).sample(100, 5)).not.toEqual(late);
  });
});
