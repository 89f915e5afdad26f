/** What is mixed where: boxes of CutMix, layers of Manifold Mixup, unmixed batches of RegMixup, and chances between them. */

import { describe, expect, it } from "vitest";
import { classDataset } from "../../src/data/dataset.ts";
import { type Batching, batchingOf, isLastBatch } from "../../src/mixing/batching.ts";
import { beta, constantLambda, uniform } from "../../src/mixing/laws.ts";
import {
  cutMix,
  type Mixing,
  manifoldMixup,
  mixup,
  mixupOrCutMix,
  regMixup,
} from "../../src/mixing/mixing.ts";
import { classIndex, type Sample, Sampler } from "../../src/mixing/sampling.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../statistics.ts";

const N = 40;
const DATA = classDataset({
  points: Array.from({ length: N }, (_, n) => n),
  labels: Array.from({ length: N }, (_, n) => n % 3),
  dimensions: 1,
});

function sampler(mixing: Mixing, batch: number | "full" | Batching = 16, shape = [1, 28, 28], seed = 5) {
  return new Sampler(seed, mixing, N, classIndex(DATA), batch, shape);
}

function draws(count: number, mixing: Mixing, shape?: number[]): Sample[] {
  const source = sampler(mixing, 16, shape);
  return Array.from({ length: count }, (_, i) => source.sample(Math.floor(i / 16), i % 16));
}

const perSample = { granularity: "sample" } as const;

describe("CutMix: 1e5 boxes a size", () => {
  // Mean and deviation of the label lambda at alpha = 1, by enumeration of all centres and sides.
  it.each([
    [28, 0.703866, 0.181846],
    [32, 0.700749, 0.182793],
    [8, 0.767426, 0.158128],
  ])("side %i: label lambda is what of the image is left", (side, mean, deviation) => {
    const count = 1e5;
    const plain = sampler(mixup(beta(1), perSample), 16);
    let [sum, cut] = [0, 0];
    draws(count, cutMix(beta(1), perSample), [3, side, side]).forEach((sample, i) => {
      const { top, bottom, left, right } = sample.box!;
      const area = (bottom - top) * (right - left);
      sum += sample.labelLambda;
      // Lambda's own word is that of plain Mixup.
      const lambda = plain.sample(Math.floor(i / 16), i % 16).featureLambda;
      const half = Math.floor(Math.floor(side * Math.sqrt(1 - lambda)) / 2);
      const isWhole = bottom - top === 2 * half && right - left === 2 * half;
      if (!isWhole) cut++;
      const fits = 0 <= top && top <= bottom && bottom <= side && 0 <= left && left <= right && right <= side;
      // Expectations are slow: one for what is as it should be.
      if (
        !fits ||
        sample.featureLambda !== 1 ||
        sample.labelLambda !== Math.fround(1 - area / side ** 2) ||
        bottom - top > 2 * half ||
        right - left > 2 * half ||
        (!isWhole && top > 0 && left > 0 && bottom < side && right < side)
      )
        expect({ i, sample, half }).toBeUndefined();
    });
    expect(Math.abs(sum / count - mean)).toBeLessThan((4 * deviation) / Math.sqrt(count));
    expect(cut).toBeGreaterThan(count / 4);
  });

  it("images need not be square, and centres are uniform", () => {
    const samples = draws(20_000, cutMix(constantLambda(0.84), perSample), [1, 10, 5]);
    const rows = new Uint32Array(10);
    const columns = new Uint32Array(5);
    for (const { box } of samples) {
      // Sides of 4 and 2, halves of 2 and 1: whoever is whole knows the centre, and so does whoever is cut on one side.
      rows[box!.bottom < 10 ? box!.bottom - 2 : box!.top + 2]++;
      columns[box!.right < 5 ? box!.right - 1 : box!.left + 1]++;
    }
    expect(chiSquareProbability(rows, () => 2000)).toBeGreaterThan(SIGNIFICANCE);
    expect(chiSquareProbability(columns, () => 4000)).toBeGreaterThan(SIGNIFICANCE);
  });

  it("one box a batch, or one a sample", () => {
    const boxes = (mixing: Mixing) =>
      new Set(draws(16, mixing).map(({ box, labelLambda }) => JSON.stringify([box, labelLambda])));
    expect(boxes(cutMix(beta(1))).size).toBe(1);
    expect(boxes(cutMix(beta(1), perSample)).size).toBeGreaterThan(10);
  });
});

describe("chances", () => {
  const share = (samples: Sample[], is: (sample: Sample) => boolean) =>
    samples.filter(is).length / samples.length;

  it("Mixup or CutMix: each as often as asked, each with its law", () => {
    const mixing = mixupOrCutMix(constantLambda(0.3), constantLambda(0.75), {
      switchProbability: 0.25,
      ...perSample,
    });
    const samples = draws(20_000, mixing, [1, 20, 20]);
    expect(Math.abs(share(samples, ({ box }) => box !== undefined) - 0.25)).toBeLessThan(0.0125);
    for (const { box, featureLambda } of samples) {
      if (box === undefined) expect(featureLambda).toBe(Math.fround(0.3));
      else expect(Math.max(box.bottom - box.top, box.right - box.left)).toBeLessThanOrEqual(10);
    }
  });

  it("a share of steps is left unmixed, whole steps where a batch has one lambda", () => {
    const mixing = mixup(uniform(), { probability: 0.6 });
    const samples = draws(16 * 4000, mixing);
    expect(Math.abs(share(samples, ({ featureLambda }) => featureLambda !== 1) - 0.6)).toBeLessThan(0.035);
    for (let step = 0; step < 4000; step++) {
      const lambdas = new Set(
        samples.slice(16 * step, 16 * step + 16).map(({ featureLambda }) => featureLambda),
      );
      expect(lambdas.size).toBe(1);
    }
    expect(
      draws(100, mixup(uniform(), { probability: 0 })).every(
        ({ first, partner, labelLambda }) => first === partner && labelLambda === 1,
      ),
    ).toBe(true);
  });
});

describe("Manifold Mixup", () => {
  it("layers are uniform, one a batch; lambdas are those of plain Mixup", () => {
    const after = ["input", "a", "b"];
    const samples = draws(16 * 3000, manifoldMixup(beta(2), after));
    const plain = draws(16 * 3000, mixup(beta(2)));
    const counts = new Uint32Array(3);
    samples.forEach(({ hiddenPlace, featureLambda }, i) => {
      if (i % 16 === 0) counts[hiddenPlace!]++;
      expect(hiddenPlace).toBe(samples[i - (i % 16)].hiddenPlace);
      expect(featureLambda).toBe(plain[i].featureLambda);
    });
    expect(chiSquareProbability(counts, () => 1000)).toBeGreaterThan(SIGNIFICANCE);
  });

  it("in one pass partners are rows of the batch, each once", () => {
    const source = sampler(manifoldMixup(beta(2), ["input"]));
    for (let step = 0; step < 20; step++) {
      const batch = Array.from({ length: 16 }, (_, b) => source.sample(step, b));
      expect(new Set(batch.map(({ partnerRow }) => partnerRow)).size).toBe(16);
      for (const { partner, partnerRow } of batch) expect(partner).toBe(batch[partnerRow!].first);
    }
  });
});

it("RegMixup: the batch unmixed, then as plain Mixup mixes it", () => {
  const source = sampler(regMixup(beta(10), perSample));
  const plain = sampler(mixup(beta(10), perSample));
  for (const step of [0, 1, 57]) {
    for (let b = 0; b < 16; b++) {
      const mixed = plain.sample(step, b);
      expect(source.sample(step, 16 + b)).toEqual(mixed);
      const { first } = mixed;
      expect(source.sample(step, b)).toEqual({ first, partner: first, featureLambda: 1, labelLambda: 1 });
    }
  }
});

describe("the last batch of an epoch", () => {
  const firsts = (batching: Batching, steps: number) => {
    const source = sampler(mixup(beta(1), { pairing: "permutation" }), batching);
    return Array.from({ length: steps }, (_, step) => {
      const size = isLastBatch(batching, step) ? batching.last : batching.drawn;
      const batch = Array.from({ length: size }, (_, b) => source.sample(step, b));
      const own = batch.map(({ first }) => first).sort((a, b) => a - b);
      expect(batch.map(({ partner }) => partner).sort((a, b) => a - b)).toEqual(own);
      return own;
    });
  };
  const all = Array.from({ length: N }, (_, n) => n);

  it("is kept: smaller, every point once an epoch", () => {
    const batches = firsts(batchingOf(N, 16, "keep"), 9);
    expect(batches.map(({ length }) => length)).toEqual([16, 16, 8, 16, 16, 8, 16, 16, 8]);
    for (let epoch = 0; epoch < 3; epoch++) {
      expect(
        batches
          .slice(3 * epoch, 3 * epoch + 3)
          .flat()
          .sort((a, b) => a - b),
      ).toEqual(all);
    }
  });

  it("is dropped: no point twice an epoch, and others are left out each time", () => {
    const batches = firsts(batchingOf(N, 16, "drop"), 80);
    const seen = new Set<number>();
    for (let epoch = 0; epoch < 40; epoch++) {
      const points = [...batches[2 * epoch], ...batches[2 * epoch + 1]];
      expect(new Set(points).size).toBe(32);
      for (const n of all) if (!points.includes(n)) seen.add(n);
    }
    expect(seen.size).toBeGreaterThan(35);
  });

  it("makes no difference where the batch divides the data, or is the data", () => {
    for (const lastBatch of ["keep", "drop"] as const) {
      expect(batchingOf(N, 8, lastBatch)).toEqual(batchingOf(N, 8));
      expect(batchingOf(N, "full", lastBatch)).toEqual(batchingOf(N, "full"));
    }
  });
});
