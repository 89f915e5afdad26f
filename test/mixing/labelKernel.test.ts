/** Label kernels: unit values, the law that is drawn, both ways of drawing against each other, and their limits. */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../src/data/dataset.ts";
import {
  checkLabelKernel,
  type LabelKernel,
  labelKernel,
  labelKernelPartner,
  labelKernelProbabilities,
  labelKernelTable,
  partnerOfRow,
} from "../../src/mixing/labelKernel.ts";
import { range } from "../../src/population/grid.ts";
import { configErrorPath } from "../configError.ts";
import UNITS from "../fixtures/methods/pieces.json";
import { chiSquareProbability, SIGNIFICANCE } from "../statistics.ts";

const dataOf = (labels: readonly number[], outputs = 1) =>
  regressionDataset({
    points: range(labels.length / outputs),
    targets: labels,
    dimensions: 1,
    outputs,
  });

function expectRows(actual: Float64Array, expected: readonly (readonly number[])[]): void {
  expected.flat().forEach((value, i) => {
    expect(Math.abs(actual[i] - value)).toBeLessThan(1e-10);
  });
}

describe("probabilities", () => {
  it("are the unit values, with and without the point itself, of one label and of two", () => {
    const { y, y2, bandwidths, probabilities, probabilities2, withoutSelf } = UNITS.labelKernel;
    bandwidths.forEach((bandwidth, i) => {
      expectRows(labelKernelProbabilities(y, 1, { bandwidth, includesSelf: true }), probabilities[i]);
    });
    expectRows(labelKernelProbabilities(y, 1, { bandwidth: 0.2, includesSelf: false }), withoutSelf);
    expectRows(
      labelKernelProbabilities(y2.flat(), 2, { bandwidth: 0.5, includesSelf: true }),
      probabilities2,
    );
  });

  it("of kept points are those of a data set of just them", () => {
    const { y, bandwidth, keep, rows, probabilities } = UNITS.labelKernelKept;
    const members = range(y.length).filter((n) => keep[n]);
    expect(members).toEqual(rows);
    const own = labelKernelProbabilities(
      members.map((n) => y[n]),
      1,
      { bandwidth, includesSelf: true },
    );
    expectRows(
      own,
      rows.map((_, i) => members.map((n) => probabilities[i][n])),
    );
  });

  it("leave a point that is out of reach to itself", () => {
    const { isolated, bandwidth } = UNITS.labelKernelKept;
    const own = (includesSelf: boolean) =>
      Array.from(labelKernelProbabilities(isolated.y, 1, { bandwidth, includesSelf })).slice(0, 9);
    expect(own(true)).toEqual(isolated.withSelfRow0);
    expect(own(false)).toEqual(isolated.withSelfRow0);
  });

  it("are equal for equal labels", () => {
    const own = labelKernelProbabilities([2, 2, 2, 2], 1, { bandwidth: 0.01, includesSelf: true });
    expect(Array.from(own)).toEqual(new Array(16).fill(0.25));
  });
});

describe("draws", () => {
  it("are the unit values: the first partner whose running sum exceeds u", () => {
    const { y, bandwidth, rows, draws } = UNITS.labelKernelKept;
    const members = Uint32Array.from(rows);
    const table = labelKernelTable(dataOf(y), labelKernel({ bandwidth }), members);
    const n = members.length;
    for (const { first, u, partner } of draws) {
      const row = rows.indexOf(first);
      const drawn = partnerOfRow(table.subarray(row * n, (row + 1) * n), Math.floor(u * 2 ** 31));
      expect(rows[drawn]).toBe(partner);
    }
  });

  const N = 60;
  const labels = range(N).map((n) => Math.sin(n * n));
  const data = dataOf(labels);

  /** How often each partner of a point is drawn, in so many steps. */
  function counts(kernel: LabelKernel, first: number, mostRows: number, steps: number): Uint32Array {
    const table = labelKernelTable(data, kernel, undefined, mostRows);
    const labelOf = (point: number) => data.targets[point];
    const drawn = new Uint32Array(N);
    for (let step = 0; step < steps; step++) {
      const key = { seed: 3, step, place: first };
      drawn[labelKernelPartner(table, N, labelOf, kernel.includesSelf, key, first)]++;
    }
    return drawn;
  }

  it.each([
    ["rows", 4096],
    ["windows", 0],
  ] as const)("by %s have the kernel's law (chi-square over 4000 steps, p above 1e-3)", (_, mostRows) => {
    for (const includesSelf of [true, false]) {
      const kernel = labelKernel({ bandwidth: 0.15, includesSelf });
      const probabilities = labelKernelProbabilities(labels, 1, kernel);
      for (const first of [0, 7, 31]) {
        const drawn = counts(kernel, first, mostRows, 4000);
        // Partners that are hardly ever drawn are counted together.
        const groups = range(N).filter((n) => 4000 * probabilities[first * N + n] >= 5);
        const rest = 4000 - groups.reduce((sum, n) => sum + drawn[n], 0);
        const seen = Uint32Array.from([...groups.map((n) => drawn[n]), rest]);
        const expected = groups.map((n) => 4000 * probabilities[first * N + n]);
        const all = [...expected, 4000 - expected.reduce((sum, value) => sum + value, 0)];
        const common = all[all.length - 1] < 5 ? -1 : all.length;
        expect(chiSquareProbability(seen.slice(0, common), (i) => all[i])).toBeGreaterThan(SIGNIFICANCE);
      }
    }
  });

  it("of a bandwidth beyond all labels are uniform, by either way", () => {
    for (const mostRows of [4096, 0]) {
      const drawn = counts(labelKernel({ bandwidth: 1e6 }), 5, mostRows, 6000);
      expect(chiSquareProbability(drawn, () => 6000 / N)).toBeGreaterThan(SIGNIFICANCE);
    }
  });

  it("of a point out of reach are the point itself, by either way", () => {
    for (const mostRows of [4096, 0]) {
      for (const includesSelf of [true, false]) {
        const drawn = counts(labelKernel({ bandwidth: 1e-9, includesSelf }), 5, mostRows, 50);
        expect(drawn[5]).toBe(50);
      }
    }
  });
});

describe("bad kernels", () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-60])("a bandwidth of %s", (bandwidth) => {
    expect(configErrorPath(() => labelKernel({ bandwidth }))).toBe("labelKernel.bandwidth");
  });

  it("others", () => {
    const path = (kernel: object) =>
      configErrorPath(() => checkLabelKernel(kernel as LabelKernel, "pairing"));
    expect(path({ kind: "label", bandwidth: 1, includesSelf: true })).toBe("pairing.kind");
    expect(path({ kind: "label-kernel", bandwidth: 1, includesSelf: 1 })).toBe("pairing.includesSelf");
    expect(path({ kind: "label-kernel", bandwidth: 1, includesSelf: true, s: 1 })).toBe("pairing.s");
    const many = dataOf(range(20), 2);
    const windows = () => labelKernelTable(many, labelKernel({ bandwidth: 1 }), undefined, 5);
    expect(configErrorPath(windows)).toBe("pairing");
  });
});
