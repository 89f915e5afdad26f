/** What collisions are compared with: the definition, written out in float64 for some of the queries. */

import { mixup } from "../../mixing/mixing.ts";
import { classIndex, Sampler } from "../../mixing/sampling.ts";
import { check, type Reference } from "../../report/references.ts";
import type { CollisionRequest } from "../../theory/collisions/collisionPlan.ts";
import type { CollisionResult } from "../../theory/collisions/collisions.ts";

/** Queries that are computed once more. */
const QUERIES = 32;

/** How far the first queries' distances and pairs are from those of the definition. */
export function bruteForceChecks(request: CollisionRequest, result: CollisionResult): Reference[] {
  const { data, metric } = request;
  const { queries = data } = request;
  const D = data.dimensions;
  const count = Math.min(QUERIES, queries.size);
  const mixing = mixup(request.law, { granularity: "sample" });
  const sampler = new Sampler(request.seed, mixing, data.size, classIndex(data), "full");
  const mixture = new Float64Array(D);
  const best = Array.from({ length: count }, () => ({ distance: Number.POSITIVE_INFINITY, first: -1 }));
  for (let m = 0; m < data.size; m++) {
    const { first, partner, featureLambda } = sampler.sample(0, m);
    for (let k = 0; k < D; k++) {
      mixture[k] =
        featureLambda * data.points[first * D + k] + (1 - featureLambda) * data.points[partner * D + k];
    }
    for (let q = 0; q < count; q++) {
      const label = queries.labels![q];
      if (data.labels![first] === label || data.labels![partner] === label) continue;
      let [square, dot, own, other] = [0, 0, 0, 0];
      for (let k = 0; k < D; k++) {
        const x = queries.points[q * D + k];
        square += (x - mixture[k]) ** 2;
        dot += x * mixture[k];
        own += x * x;
        other += mixture[k] ** 2;
      }
      const distance =
        metric === "angular"
          ? Math.acos(Math.min(dot / Math.sqrt(own * other), 1)) / Math.PI
          : Math.sqrt(square);
      if (distance < best[q].distance) best[q] = { distance, first };
    }
  }
  const found = new Map(result.collisions.map((collision) => [collision.query, collision.first]));
  let [difference, others] = [0, 0];
  best.forEach(({ distance, first }, q) => {
    if (result.distances[q] !== distance) {
      difference = Math.max(difference, Math.abs(result.distances[q] - distance));
    }
    if ((found.get(q) ?? -1) !== first) others++;
  });
  const about = {
    heading: metric === "angular" ? "Angular" : "Euclidean",
    source: "float64 brute force, in this run",
    basis: "recomputed" as const,
  };
  return [
    check({
      ...about,
      what: `largest difference of a nearest distance, ${count} training images`,
      expected: 0,
      tolerance: 1e-9,
      measured: difference,
    }),
    check({
      ...about,
      what: `nearest mixtures that are others, of ${count}`,
      expected: 0,
      tolerance: 0,
      measured: others,
    }),
  ];
}
