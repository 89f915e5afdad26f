import fc from "fast-check";
import { expect, test } from "vitest";
import { classDataset } from "../../src/data/dataset.ts";
import { domainOfWord, domainTable, domainThresholds } from "../../src/mixing/domains.ts";
import { beta } from "../../src/mixing/laws.ts";
import { erm, type Mixing, mixup } from "../../src/mixing/mixing.ts";
import { classIndex, Sampler } from "../../src/mixing/sampling.ts";
import { PURPOSE, threefry } from "../../src/numeric/threefry.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../statistics.ts";

test("thresholds are the running sums, of proportions of any sum", () => {
  expect(Array.from(domainThresholds([1, 1, 2]))).toEqual([2 ** 29, 2 ** 30, 2 ** 31]);
  expect(domainThresholds([0.1, 0.2, 0.3])).toEqual(domainThresholds([1, 2, 3]));
  expect(Array.from(domainThresholds([0, 3, 0]))).toEqual([0, 2 ** 31, 2 ** 31]);
});

test("a proportion of 0 is never drawn, and every word draws one that is not", () => {
  const share = fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 1e6, noNaN: true }));
  const word = fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.constantFrom(0, 1, 0xfffffffe, 0xffffffff),
  );
  fc.assert(
    fc.property(fc.array(share, { minLength: 1, maxLength: 9 }), word, (proportions, drawn) => {
      fc.pre(proportions.some((p) => p > 0));
      expect(proportions[domainOfWord(domainThresholds(proportions), drawn)]).toBeGreaterThan(0);
    }),
    { seed: 3 },
  );
});

const SIZES = Uint32Array.of(5, 0, 11, 4);
const N = 20;
const data = classDataset({
  points: Array(N)
    .fill(0)
    .map((_, n) => n),
  labels: Array(N)
    .fill(0)
    .map((_, n) => n % 2),
  dimensions: 1,
});
const sampler = (mixing: Mixing, proportions: number[], seed = 7, batch = 6) =>
  new Sampler(seed, mixing, N, classIndex(data), batch, [], undefined, {
    domains: domainTable(SIZES, proportions),
  });
const domainOf = (point: number) => (point < 5 ? 0 : point < 16 ? 2 : 3);

test("domains come as often as their proportions, of firsts and of partners, independently", () => {
  const drawn = sampler(mixup(beta(1)), [2, 0, 1, 1]);
  const counts = new Float64Array(16);
  const draws = 6000;
  for (let step = 0; step < draws / 6; step++)
    for (let b = 0; b < 6; b++) {
      const { first, partner } = drawn.sample(step, b);
      counts[4 * domainOf(first) + domainOf(partner)]++;
    }
  const shares = [0.5, 0, 0.25, 0.25];
  const cells = [...counts.keys()].filter((cell) => shares[cell >> 2] * shares[cell & 3] > 0);
  expect(counts.reduce((sum, count) => sum + count)).toBe(cells.reduce((sum, cell) => sum + counts[cell], 0));
  const observed = cells.map((cell) => counts[cell]);
  const expected = (i: number) => draws * shares[cells[i] >> 2] * shares[cells[i] & 3];
  expect(chiSquareProbability(observed, expected)).toBeGreaterThan(SIGNIFICANCE);
});

test("partners of the same domain, and never the point itself where others are asked for", () => {
  for (const partnerDomain of ["same", "any"] as const) {
    const drawn = sampler(mixup(beta(1), { pairing: "other", partnerDomain }), [1, 0, 1, 1]);
    const seen = new Set<number>();
    let other = 0;
    for (let step = 0; step < 400; step++) {
      const { first, partner } = drawn.sample(step, step % 6);
      expect(partner).not.toBe(first);
      expect(partner).toBeLessThan(N);
      if (domainOf(first) !== domainOf(partner)) other++;
      seen.add(partner);
    }
    expect(seen.size).toBe(N);
    if (partnerDomain === "same") expect(other).toBe(0);
    else expect(other).toBeGreaterThan(200);
  }
});

test("each domain is walked in an epoch order of its own: no point comes twice before its epoch is over", () => {
  const drawn = sampler(erm(), [1, 0, 1, 1]);
  const seen = new Map<string, number>();
  for (let position = 0; position < 6000; position++) {
    const { first } = drawn.sample(Math.floor(position / 6), position % 6);
    const k = domainOf(first);
    const key = `${k}, epoch ${Math.floor(position / SIZES[k])}: ${first}`;
    expect(seen.has(key), key).toBe(false);
    seen.set(key, position);
  }
});

test("one domain draws as a run on its points does, and the domain's words are nobody else's", () => {
  const plain = new Sampler(7, mixup(beta(1)), N, classIndex(data), 6);
  const tables = { domains: domainTable(Uint32Array.of(N), [3]) };
  const alone = new Sampler(7, mixup(beta(1)), N, classIndex(data), 6, [], undefined, tables);
  for (let step = 0; step < 50; step++)
    for (let b = 0; b < 6; b++) expect(alone.sample(step, b)).toEqual(plain.sample(step, b));
  const words = Object.values(PURPOSE).map((purpose) => threefry(7, purpose, 1, 2));
  expect(new Set(words).size).toBe(words.length);
});
