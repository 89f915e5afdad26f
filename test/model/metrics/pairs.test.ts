/** Measures of pairs: unit values, what is kept by them, ties, a pair alone, and what is refused. */

import { describe, expect, it } from "vitest";
import { pairMeasures } from "../../../src/model/metrics/pairs.ts";
import { trim } from "../../../src/numeric/ranking.ts";
import UNITS from "../../fixtures/methods/pairs.json" with { type: "json" };

function measured({ u, v, temperature }: { u: number[][]; v: number[][]; temperature: number }) {
  return pairMeasures({
    embeddings: u.flatMap((row, b) => [...row, ...v[b]]),
    outputs: 2 * u[0].length,
    temperature,
  });
}

function expectNear(actual: ArrayLike<number>, wanted: readonly number[]) {
  const largest = Math.max(...wanted.map(Math.abs));
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs(actual[i] - value) / largest, `[${i}]`).toBeLessThan(1e-10);
  });
}

describe("pairMeasures", () => {
  it("energies and swapped entropies of the unit", () => {
    const { energyRows, energyColumns, swappedEntropy } = UNITS.twoTowers;
    const { rowEnergies, columnEnergies, swappedEntropies } = measured(UNITS.twoTowers);
    expectNear(rowEnergies, energyRows);
    expectNear(columnEnergies, energyColumns);
    expectNear(swappedEntropies, swappedEntropy);
  });

  it("scores of the unit, and the pairs that are kept by them", () => {
    const unit = UNITS.pairFilter;
    const { scores, rowEnergies, columnEnergies, nearest } = measured(unit);
    expectNear(scores, unit.score);
    expectNear(rowEnergies, unit.energyRows);
    expectNear(columnEnergies, unit.energyColumns);
    for (const { share, kept } of unit.kept)
      expect(
        Array.from(
          trim(
            scores.map((score) => -score / 2),
            1 - share,
          ),
        ),
      ).toEqual(kept);
    const matches = Array.from(nearest, (found, b) => found === b);
    expect(matches).toEqual(unit.argmaxMatches);
    expect(matches.filter(Boolean).length / matches.length).toBeCloseTo(unit.recallAt1, 12);
  });

  it("of equally near seconds the one with the smaller index", () => {
    const { nearest } = pairMeasures({
      embeddings: [1, 0, 2, 0, 1, 0, 3, 0],
      outputs: 4,
      temperature: 1,
    });
    expect(Array.from(nearest)).toEqual([0, 0]);
  });

  it("a pair alone matches", () => {
    const { scores, swappedEntropies, rowEnergies } = pairMeasures({
      embeddings: [1, 1],
      outputs: 2,
      temperature: 0.5,
    });
    expect(scores[0]).toBe(-0);
    expect(swappedEntropies[0]).toBeCloseTo(0, 12);
    expect(rowEnergies[0]).toBeCloseTo(-1, 12);
  });

  it.each([
    [{ embeddings: [], outputs: 2, temperature: 1 }, "pairs.embeddings"],
    [{ embeddings: [1, 2, 3], outputs: 2, temperature: 1 }, "pairs.embeddings"],
    [{ embeddings: [1, Number.NaN], outputs: 2, temperature: 1 }, "pairs.embeddings[1]"],
    [{ embeddings: [1, 2, 3], outputs: 3, temperature: 1 }, "pairs.outputs"],
    [{ embeddings: [1, 2], outputs: 0, temperature: 1 }, "pairs.outputs"],
    [{ embeddings: [1, 2], outputs: 2, temperature: 0 }, "pairs.temperature"],
  ])("refuses %j", (pairs, path) => {
    expect(() => pairMeasures(pairs)).toThrowError(expect.objectContaining({ path }));
  });
});
