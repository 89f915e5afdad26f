/**
 * Kernel `collisions` against distances in float64: odd sizes, both tiles, ties, masks, guard words. What is made of
 * its finds is tested in `test/theory/collisions/collisionsOn.gpu.test.ts`.
 */

import { describe, expect, it } from "vitest";
import {
  collisionStrips,
  collisionsGrid,
  collisionsKernel,
  collisionsSpecialization,
  groupQueries,
  MIXTURE_TILE,
  NEAREST_WORDS,
  NONE,
  packSearch,
  rowWords,
} from "../../../src/kernels/theory/collisions.ts";
import { squareError } from "../../../src/theory/collisions/collisionRefinement.ts";
import { randomPoints } from "../../theory/randomPoints.ts";
import { hasSubgroups, runKernel } from "../harness.ts";

const SUBGROUPS = await hasSubgroups();

interface Case {
  Q: number;
  M: number;
  D: number;
  classes: number;
  tile: number;
  /** As the grid's second axis; defaults to what the host would choose. */
  strips?: number;
  /** Whether four threads read mixtures together; defaults to yes where the adapter can. */
  subgroups?: boolean;
}

/** Rows and classes as the kernel wants them, in whole tiles; what fills up is far from harmless. */
function testRows({ Q, M, D, classes, tile }: Case) {
  const words = rowWords(D);
  const padded = (rows: number, multiple: number) => Math.ceil(rows / multiple) * multiple;
  const fill = (size: number, rows: number, seed: number) => {
    const { points } = randomPoints({ size, dimensions: D, classes, seed });
    const filled = new Float32Array(rows * words);
    for (let n = 0; n < size; n++) {
      for (let k = 0; k < D; k++) filled[n * words + k] = points[n * D + k] - 0.5;
    }
    return filled;
  };
  const [queryRows, mixtureRows] = [padded(Q, groupQueries(tile)), padded(M, MIXTURE_TILE)];
  const mixtureClasses = new Uint32Array(2 * mixtureRows).fill(NONE);
  for (let m = 0; m < M; m++) mixtureClasses.set([m % classes, (7 * m + 1) % classes], 2 * m);
  return {
    queries: fill(Q, queryRows, 1),
    queryClasses: Uint32Array.from({ length: queryRows }, (_, q) => q % classes),
    mixtures: fill(M, mixtureRows, 2),
    mixtureClasses,
    queryRows,
    mixtureRows,
  };
}

type Rows = ReturnType<typeof testRows>;

/** One dispatch over all queries; `[strips, queryRows]` of finds. */
async function run(
  { D, tile, subgroups = SUBGROUPS, ...sizes }: Case,
  rows: Rows,
  { firstGroup = 0, groups = -1 } = {},
) {
  const all = rows.queryRows / groupQueries(tile);
  const strips = sizes.strips ?? collisionStrips(all, rows.mixtureRows, tile);
  const search = packSearch({
    dimensions: D,
    mixtures: rows.mixtureRows,
    firstQuery: firstGroup * groupQueries(tile),
    queryRows: rows.queryRows,
  });
  const grid = collisionsGrid(groups < 0 ? all : groups, strips);
  const results = await runKernel(collisionsKernel, collisionsSpecialization(tile, subgroups), grid, [
    { uniform: search },
    { read: rows.queries },
    { read: rows.queryClasses },
    { read: rows.mixtures },
    { read: rows.mixtureClasses },
    { write: new Uint32Array(NEAREST_WORDS * strips * rows.queryRows).fill(77) },
  ]);
  const numbers = new Float32Array(results[5]);
  const words = new Uint32Array(results[5]);
  return (q: number, strip = 0) => {
    const at = NEAREST_WORDS * (strip * rows.queryRows + q);
    return { square: numbers[at], runnerUp: numbers[at + 1], mixture: words[at + 2] };
  };
}

/** Squared distances of a query to the mixtures that count, in float64; Infinity to others. */
function exactSquares({ D }: Case, rows: Rows, q: number): number[] {
  const words = rowWords(D);
  return Array.from({ length: rows.mixtureRows }, (_, m) => {
    const [first, partner] = rows.mixtureClasses.subarray(2 * m, 2 * m + 2);
    if (first === NONE || [first, partner].includes(rows.queryClasses[q])) return Infinity;
    let square = 0;
    for (let k = 0; k < D; k++) square += (rows.queries[q * words + k] - rows.mixtures[m * words + k]) ** 2;
    return square;
  });
}

const CASES: Case[] = [
  { Q: 1, M: 1, D: 1, classes: 3, tile: 8 },
  { Q: 63, M: 65, D: 5, classes: 3, tile: 8 },
  { Q: 65, M: 257, D: 63, classes: 10, tile: 8, strips: 8 },
  { Q: 257, M: 63, D: 4, classes: 4, tile: 16 },
  { Q: 65, M: 257, D: 65, classes: 10, tile: 16 },
  { Q: 130, M: 515, D: 257, classes: 5, tile: 16, strips: 24 },
  { Q: 130, M: 515, D: 33, classes: 5, tile: 16, strips: 24, subgroups: false },
  { Q: 3, M: 1023, D: 784, classes: 10, tile: 8 },
];

describe("the nearest mixture and the runner-up", () => {
  for (const test of CASES) {
    it(JSON.stringify(test), async () => {
      const rows = testRows(test);
      const find = await run(test, rows);
      const all = rows.queryRows / groupQueries(test.tile);
      const strips = test.strips ?? collisionStrips(all, rows.mixtureRows, test.tile);
      let worst = 0;
      for (let q = 0; q < test.Q; q++) {
        const exact = exactSquares(test, rows, q);
        const sorted = exact.toSorted((a, b) => a - b);
        // As the host brings strips together.
        const finds = Array.from({ length: strips }, (_, strip) => find(q, strip));
        const best = finds.reduce((a, b) => (b.square < a.square ? b : a));
        const second = Math.min(...finds.map((one) => (one === best ? one.runnerUp : one.square)));
        if (sorted[0] === Infinity) {
          expect(best.mixture, `query ${q}`).toBe(NONE);
          continue;
        }
        const within = (actual: number, expected: number) => {
          // Rows are exact here: only the sum rounds.
          const ratio = Math.abs(actual - expected) / squareError(expected, test.D, 0);
          worst = Math.max(worst, ratio);
          expect(ratio, `query ${q}: ${actual} for ${expected}`).toBeLessThanOrEqual(1);
        };
        within(best.square, exact[best.mixture]);
        within(best.square, sorted[0]);
        if (sorted[1] === Infinity) expect(second).toBeGreaterThan(1e38);
        else within(second, sorted[1]);
      }
      // The bound must not be so wide that it proves nothing: an error of a hundredth of it is there.
      if (test.Q > 60 && test.D > 1) expect(worst).toBeGreaterThan(0.005);
    });
  }
});

it("of equal mixtures of a strip takes the first, and says that there are two", async () => {
  const test: Case = { Q: 20, M: 257, D: 6, classes: 4, tile: 8, strips: 8 };
  const rows = testRows(test);
  const words = rowWords(test.D);
  const put = (m: number, classes: [number, number]) => {
    rows.mixtures.set(rows.queries.subarray(2 * words, 3 * words), m * words);
    rows.mixtureClasses.set(classes, 2 * m);
  };
  // Query 2 (class 2) itself as mixtures of other classes: twice in strip 3, once in strip 4 ...
  put(30, [0, 1]);
  put(30 + 64, [3, 3]);
  put(33, [0, 0]);
  // ... and as what does not count: of its own class, or of none.
  put(24, [1, 2]);
  put(25, [NONE, NONE]);
  const find = await run(test, rows);
  expect(find(2, 3)).toEqual({ square: 0, runnerUp: 0, mixture: 30 });
  expect(find(2, 4)).toMatchObject({ square: 0, mixture: 33 });
  expect(find(2, 4).runnerUp).toBeGreaterThan(0);
});

it("a query of every mixture's class finds nothing", async () => {
  const test: Case = { Q: 9, M: 40, D: 3, classes: 4, tile: 8 };
  const rows = testRows(test);
  for (let m = 0; m < test.M; m++) rows.mixtureClasses.set([m % 4, 3], 2 * m);
  const find = await run(test, rows);
  for (let strip = 0; strip < 8; strip++) {
    expect(find(3, strip).mixture).toBe(NONE);
    expect(find(7, strip).mixture).toBe(NONE);
  }
  expect(find(0, 0).mixture).not.toBe(NONE);
});

it("the finds do not depend on the tile, on subgroups or on how the queries are divided among dispatches", async () => {
  const test: Case = { Q: 200, M: 300, D: 33, classes: 6, tile: 8, strips: 8 };
  const rows = testRows({ ...test, tile: 16 });
  const whole = await run(test, rows);
  const other = await run({ ...test, tile: 16 }, rows);
  const alone = await run({ ...test, subgroups: false }, rows);
  const second = await run(test, rows, { firstGroup: 2, groups: 1 });
  for (let q = 0; q < test.Q; q++) {
    for (const strip of [0, 5]) {
      expect(other(q, strip)).toEqual(whole(q, strip));
      expect(alone(q, strip)).toEqual(whole(q, strip));
      if (q >= 128 && q < 192) expect(second(q, strip)).toEqual(whole(q, strip));
      else expect(second(q, strip).mixture).toBe(77);
    }
  }
});
