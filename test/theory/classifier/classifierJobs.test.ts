/** The plan of h_eps on a GPU: every near pair once for each query, whatever the budget. Pure, no GPU. */

import { describe, expect, it } from "vitest";
import { JOB_WORDS, pairWords } from "../../../src/kernels/theory/optimalClassifier.ts";
import { beta } from "../../../src/mixing/laws.ts";
import {
  classifierBatches,
  JOB_PAIRS,
  pairBlocks,
  queryTree,
} from "../../../src/theory/classifier/classifierJobs.ts";
import { planClassifier } from "../../../src/theory/classifier/optimalClassifier.ts";
import { randomPoints } from "../randomPoints.ts";

const EPSILON = 0.08;
const data = randomPoints({ size: 60, dimensions: 2, classes: 3, seed: 1 });
// Two points that lie on each other, with different labels.
data.points.set(data.points.subarray(0, 2), 2);
const queries = randomPoints({ size: 257, dimensions: 2, classes: 2, seed: 2 }).points;
const plan = planClassifier({ data, laws: [beta(2)], epsilons: [EPSILON], queries });
const tree = queryTree(plan.data, plan.queries, EPSILON, EPSILON);

/** All jobs with their labels and pairs, batch by batch, as copies. */
function planned(budget: () => number, mostJobs: number) {
  const stride = pairWords(2);
  const found: { first: number; count: number; labels: number[]; pairs: number[] }[] = [];
  let batches = 0;
  let part = 0;
  const limits = { mostPairs: 4 * JOB_PAIRS, mostJobs, budget };
  for (const batch of classifierBatches(plan.data, plan.pairs, tree, EPSILON, 1, limits)) {
    batches++;
    expect(batch.part).toBeGreaterThanOrEqual(part);
    part = batch.part;
    for (let j = 0; j < batch.jobCount; j++) {
      const [first, count, firstPair, pairs] = batch.jobs.subarray(j * JOB_WORDS, (j + 1) * JOB_WORDS);
      expect(pairs).toBeLessThanOrEqual(JOB_PAIRS);
      found.push({
        first,
        count,
        labels: Array.from(batch.labels.subarray(2 * j, 2 * j + 2)),
        pairs: Array.from(batch.pairs.subarray(firstPair * stride, (firstPair + pairs) * stride)),
      });
    }
  }
  return { found, batches };
}

/** Distance of a query from the segment between two points. */
function distance(q: number, s: number, t: number): number {
  const [x, y] = queries.subarray(2 * q, 2 * q + 2);
  const [ax, ay, bx, by] = [s, t].flatMap((n) => Array.from(data.points.subarray(2 * n, 2 * n + 2)));
  const [dx, dy] = [bx - ax, by - ay];
  const u = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0), 1);
  return Math.hypot(ax + u * dx - x, ay + u * dy - y);
}

describe("classifierBatches", () => {
  it("gives the same jobs whatever the budget and the room for jobs", () => {
    const whole = planned(() => 1e9, 4096);
    const cut = planned(() => 1, 7);
    expect(cut.batches).toBeGreaterThan(whole.batches);
    expect(cut.found).toEqual(whole.found);
  });

  it("shows each query all the pairs that come near it, by their labels, and none twice", () => {
    const near = new Map<string, number>();
    for (let q = 0; q < 257; q++) {
      for (let s = 0; s < 60; s++) {
        for (let t = s + 1; t < 60; t++) {
          if (s === 0 && t === 1) continue;
          if (distance(q, s, t) >= EPSILON) continue;
          const labels = [data.labels[s], data.labels[t]].sort();
          const key = `${q}: ${labels}`;
          near.set(key, (near.get(key) ?? 0) + 1);
        }
      }
    }
    const offered = new Map<string, number>();
    const stride = pairWords(2);
    for (const { first, count, labels, pairs } of planned(() => 1e9, 4096).found) {
      expect(labels[0]).toBeLessThanOrEqual(labels[1]);
      for (const q of tree.order.subarray(first, first + count)) {
        const key = `${q}: ${labels}`;
        // Of the offered pairs those whose line is near; the ends are the kernel's business.
        offered.set(key, (offered.get(key) ?? 0) + pairs.length / stride);
      }
    }
    for (const [key, count] of near) expect(offered.get(key) ?? 0, key).toBeGreaterThanOrEqual(count);
  });

  it("leaves pairs whose points coincide to the other list", () => {
    const list = (coincident: boolean) =>
      [...pairBlocks(plan.data, plan.pairs, tree.unit, coincident)].flatMap(({ pairs }) => Array.from(pairs));
    expect(list(true)).toHaveLength(2 * 61);
    expect(list(false)).toHaveLength(2 * ((60 * 59) / 2 - 1));
  });
});
