/**
 * From what the kernel `optimalClassifier` finds to h_eps: sums over jobs, in float64 and in the order of the jobs, and
 * what to do where they are not known well enough. Pure: no GPU.
 */

import { RESULT_WORDS, TILE_QUERIES } from "../../kernels/theory/optimalClassifier.ts";
import { mostOf } from "../../numeric/extremes.ts";
import { lawMoments } from "../moments.ts";
import { linesOf, pairBlocks, type QueryTree, tilesNear } from "./classifierJobs.ts";
import { type ClassifierPlan, type ClassifierResult, evaluateClassifier } from "./optimalClassifier.ts";

/** What a job was about: queries by their place in the tree's order, and its pairs' labels. */
export interface ClassifierJob {
  readonly firstQuery: number;
  readonly queries: number;
  readonly lower: number;
  readonly upper: number;
}

/** Some of the rows: law by law, epsilon by epsilon. */
export interface RowRange {
  readonly firstRow: number;
  readonly rows: number;
}

/** Masses that may be wrong by this part of themselves are computed once more: half of what a probability may be off. */
const LARGEST_DOUBT = 2e-5;
/** Doubtful queries lie far from each other: pairs are looked up for few at a time. */
const DOUBTFUL_TILE = 4;
/** So near to `leastMass`, relative, float64 decides whether a query is reached. */
const NEAR_LEAST = 1e-2;

/** Sums of all rows and queries. */
export class ClassifierSums {
  /** `[rows, Q, C]`: the probability that a mixed point is in the ball and has that label. */
  private readonly masses: Float64Array;
  /** `[rows, Q]`: how wrong the masses of a query may be, together. */
  private readonly doubts: Float64Array;

  /** `weightScale`: what the kernel's weights were multiplied by. */
  constructor(
    private readonly plan: ClassifierPlan,
    private readonly weightScale: number,
  ) {
    const places = plan.laws.length * plan.epsilons.length * plan.queryCount;
    this.masses = new Float64Array(places * plan.data.classes);
    this.doubts = new Float64Array(places);
  }

  /** Adds the kernel's results `[jobs, rows, TILE_QUERIES]`; `order` are the queries by place. */
  add(
    jobs: readonly ClassifierJob[],
    order: Uint32Array,
    { firstRow, rows }: RowRange,
    results: Float32Array,
  ): void {
    const { queryCount, data } = this.plan;
    const { classes } = data;
    for (const [j, { firstQuery, queries, lower, upper }] of jobs.entries()) {
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < queries; i++) {
          const at = RESULT_WORDS * ((j * rows + row) * TILE_QUERIES + i);
          const doubt = results[at + 2];
          if (doubt === 0) continue;
          const scale = 2 ** results[at + 3] / this.weightScale;
          const place = (firstRow + row) * queryCount + order[firstQuery + i];
          this.masses[place * classes + lower] += results[at + 1] * scale;
          this.masses[place * classes + upper] += (results[at] - results[at + 1]) * scale;
          this.doubts[place] += doubt * scale;
        }
      }
    }
  }

  /** Adds what pairs give whose points coincide: all of their mixed points are one. */
  addCoincident(tree: QueryTree, { firstRow, rows }: RowRange): void {
    const { data, pairs, epsilons, laws, queries, queryCount } = this.plan;
    const { classes, dimensions, points, labels } = data;
    const means = laws.map((law) => lawMoments(law).mean);
    const reach = mostOf(epsilons);
    for (const { pairs: ends } of pairBlocks(data, pairs, tree.unit, true)) {
      for (const { tile, near } of tilesNear(dimensions, linesOf(data, ends), tree.root, reach)) {
        for (const q of tree.order.subarray(tile.first, tile.first + tile.count)) {
          for (const pair of near) {
            const [s, t] = [ends[2 * pair], ends[2 * pair + 1]];
            let square = 0;
            for (let k = 0; k < dimensions; k++) {
              square += (points[t * dimensions + k] - queries[q * dimensions + k]) ** 2;
            }
            if (!(square < reach * reach)) continue;
            const [forward, backward] = [pairs.weight(s, t), s === t ? 0 : pairs.weight(t, s)];
            for (let row = firstRow; row < firstRow + rows; row++) {
              const epsilon = epsilons[row % epsilons.length];
              if (!(square < epsilon * epsilon)) continue;
              const mean = means[Math.floor(row / epsilons.length)];
              const place = (row * queryCount + q) * classes;
              this.masses[place + labels[s]] += forward * mean + backward * (1 - mean);
              this.masses[place + labels[t]] += forward * (1 - mean) + backward * mean;
            }
          }
        }
      }
    }
  }

  /** h_eps: sums divided by their total, the doubtful ones by the reference. */
  result(): ClassifierResult {
    const { plan, masses, doubts } = this;
    const { data, epsilons, leastMass, queries, queryCount } = plan;
    const { classes, dimensions } = data;
    const mass = new Float64Array(doubts.length);
    plan.laws.forEach((law, l) => {
      epsilons.forEach((epsilon, e) => {
        const first = (l * epsilons.length + e) * queryCount;
        const doubtful: number[] = [];
        for (let q = 0; q < queryCount; q++) {
          const place = first + q;
          let total = 0;
          for (let c = 0; c < classes; c++) total += masses[place * classes + c];
          const isDoubtful =
            doubts[place] > LARGEST_DOUBT * total || Math.abs(total - leastMass) < NEAR_LEAST * leastMass;
          if (isDoubtful && total + doubts[place] >= (1 - NEAR_LEAST) * leastMass) doubtful.push(q);
          const reached = total >= leastMass;
          mass[place] = reached ? total : 0;
          for (let c = 0; c < classes; c++) {
            masses[place * classes + c] = reached ? masses[place * classes + c] / total : 0;
          }
        }
        if (doubtful.length === 0) return;
        const points = new Float64Array(doubtful.length * dimensions);
        doubtful.forEach((q, i) => {
          points.set(queries.subarray(q * dimensions, (q + 1) * dimensions), i * dimensions);
        });
        const again = { laws: [law], epsilons: Float64Array.of(epsilon), queries: points };
        const exact = evaluateClassifier({ ...plan, ...again, queryCount: doubtful.length }, DOUBTFUL_TILE);
        doubtful.forEach((q, i) => {
          mass[first + q] = exact.mass[i];
          masses.set(exact.probabilities.subarray(i * classes, (i + 1) * classes), (first + q) * classes);
        });
      });
    });
    return { probabilities: masses, mass };
  }
}
