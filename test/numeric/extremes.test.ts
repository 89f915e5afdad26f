/** Extremes of more numbers than a call has arguments, and the edges that Math.min and Math.max have. */

import { expect, test } from "vitest";
import { adam, alternatingLine, erm, mlp } from "../../src/index.ts";
import { leastOf, mostOf } from "../../src/numeric/extremes.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { populationMoments } from "../../src/population/population.ts";

test("of a million numbers, of none, and with one that is none", () => {
  const many = Float64Array.from({ length: 1e6 }, (_, i) => Math.sin(i));
  const sorted = many.toSorted();
  expect([leastOf(many), mostOf(many)]).toEqual([sorted[0], sorted[sorted.length - 1]]);
  expect([leastOf([]), mostOf([])]).toEqual([Math.min(), Math.max()]);
  expect([leastOf([1, Number.NaN]), mostOf([Number.NaN, 1])]).toEqual([Number.NaN, Number.NaN]);
});

test("a population of 200,000 runs knows its moments", () => {
  const population = resolvePopulation({
    data: alternatingLine({ points: 3, classes: 2 }),
    model: mlp([1, 2, 2]),
    optimizer: adam(),
    steps: 1,
    runs: Array(200_000).fill({ seed: 1, mixing: erm() }),
  });
  expect(populationMoments(population)).toBe(2);
});
