/**
 * The paper's linear models (section 3.2), which have theorems but no experiment there: on Gaussian data, how
 * far the exact minimiser of the Mixup loss points in the max-margin direction, and how large it is.
 * Everything is computed in float64 on the CPU; nothing is trained on a GPU.
 *
 * Not here: expected values (`checks.ts`), pictures and tables (`report.ts`).
 */

import type { ClassData } from "../../data/dataset.ts";
import { beta } from "../../mixing/laws.ts";
import { cosine } from "../../numeric/linearAlgebra.ts";
import { normalPair } from "../../numeric/normal.ts";
import { spread } from "../../numeric/spread.ts";
import { PURPOSE } from "../../numeric/threefry.ts";
import { range } from "../../population/grid.ts";
import { descend, freeScores, maxMargin, mixupOptimum } from "../../theory/linear/linear.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import type { Trainer } from "../trainer.ts";
import { breathe } from "../trainer.ts";
import { linearChecks } from "./checks.ts";
import type { LinearCase, LinearResults, Shape } from "./results.ts";

/** What may be varied: the number of draws of the data, and the laws. */
export type LinearOptions = Pick<ExperimentOptions, "seeds" | "alphas">;

/** Twenty draws, as in the values we compare with; a law of every kind. */
export const LINEAR_DEFAULTS: LinearOptions = { seeds: 20, alphas: [0.2, 1, 2, 8, 32, 128, 1024] };

/** Shares of class 1 that are compared: balanced, and 7 to 3. */
export const SHARES: readonly number[] = [0.5, 0.7];

const SHAPES: readonly Shape[] = [10, 20].flatMap((points) =>
  [1.2, 1.5, 2, 4, 8, 24].flatMap((ratio) =>
    SHARES.map((share) => ({
      points,
      dimensions: Math.round(points * ratio),
      positive: Math.round(points * share),
    })),
  ),
);

/** Alphas at which directions are compared: they hardly depend on it, so two are enough. */
const DIRECTION_ALPHAS = [1, 32];

const ERM_LOSS = 1e-8;

/** Nodes over lambda: the integrand is smooth, and 32 leave an error far below what is compared. */
const NODES = 32;

/** One draw of the data; a function of shape and seed. */
export function gaussianData({ points: N, dimensions: D, positive }: Shape, seed: number): ClassData {
  const points = new Float64Array(N * D);
  for (let i = 0; i < points.length; i += 2) {
    const [first, second] = normalPair(seed, PURPOSE.data, D, i);
    points[i] = first;
    if (i + 1 < points.length) points[i + 1] = second;
  }
  return { points, labels: range(N).map((n) => (n < positive ? 1 : 0)), dimensions: D, classes: 2 };
}

/**
 * Computes the whole experiment; the trainer only lends its name.
 * @throws AbortError (the signal's reason) when stopped.
 */
export async function runLinear(
  trainer: Pick<Trainer, "backend" | "adapter">,
  options: Partial<LinearOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<LinearResults> {
  const { seeds, alphas } = { ...LINEAR_DEFAULTS, ...options };
  const started = performance.now();
  const work = SHAPES.map(({ points }) => points ** 3);
  const total = work.reduce((sum, part) => sum + part, 0);
  const cases: LinearCase[] = [];
  let done = 0;
  for (const [i, shape] of SHAPES.entries()) {
    const label = `${shape.points} points in ${shape.dimensions} dimensions`;
    cases.push(
      await linearCase(shape, seeds, async (draw) => {
        onProgress({ label, step: 0, steps: 0, fraction: (done + (work[i] * draw) / seeds) / total });
        await breathe(signal);
      }),
    );
    done += work[i];
  }
  onProgress({ label: "scores", step: 0, steps: 0, fraction: 1 });
  const scoresAt = (list: readonly number[]) =>
    SHARES.flatMap((share) => list.map((alpha) => ({ alpha, share, ...freeScores(beta(alpha), share) })));
  const scores = scoresAt(alphas);
  const results = {
    experiment: "linear",
    version: VERSION,
    config: {
      data: "points N(0, I), the first of class 1, the others of class 0",
      model: "logistic, without bias",
      shapes: SHAPES,
      draws: range(seeds),
      alphas,
      directionAlphas: DIRECTION_ALPHAS,
      ermLoss: ERM_LOSS,
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    cases,
    scores,
    scoreCurve: scoresAt(range(33).map((i) => 0.2 * 5120 ** (i / 32))),
  };
  return {
    ...results,
    references: linearChecks(results, seeds),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

async function linearCase(
  shape: Shape,
  seeds: number,
  beforeDraw: (draw: number) => Promise<void>,
): Promise<LinearCase> {
  const perAlpha = DIRECTION_ALPHAS.map(() => ({ cosines: [] as number[], positive: 0, negative: 0 }));
  const erm: (number | null)[] = [];
  let supportVectors = 0;
  let interpolating = 0;
  for (let seed = 0; seed < seeds; seed++) {
    await beforeDraw(seed);
    const data = gaussianData(shape, seed);
    const margin = maxMargin(data);
    supportVectors += margin.supportVectors.length / seeds;
    if (margin.supportVectors.length === shape.points) interpolating += 1 / seeds;
    DIRECTION_ALPHAS.forEach((alpha, a) => {
      const { direction, scores } = mixupOptimum({ data, law: beta(alpha), nodes: NODES });
      const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
      perAlpha[a].cosines.push(cosine(direction, margin.direction));
      perAlpha[a].positive += mean(scores.slice(0, shape.positive)) / seeds;
      perAlpha[a].negative -= mean(scores.slice(shape.positive)) / seeds;
    });
    const [reached] = descend(data, { losses: [ERM_LOSS] });
    erm.push(reached === undefined ? null : cosine(reached.direction, margin.direction));
  }
  return {
    ...shape,
    mixup: DIRECTION_ALPHAS.map((alpha, a) => ({
      alpha,
      cosine: spread(perAlpha[a].cosines),
      least: Math.min(...perAlpha[a].cosines),
      positiveScore: perAlpha[a].positive,
      negativeScore: perAlpha[a].negative,
    })),
    erm: spread(erm),
    supportVectors,
    interpolating,
  };
}

/** The experiment as the command line knows it. */
export const linearExperiment = defineExperiment<LinearOptions, LinearResults>({
  name: "linear",
  summary: "logistic models: Mixup's optimum beside the max-margin direction",
  title: "Linear models: Mixup's optimum and the maximum margin",
  trains: false,
  compares: "expected",
  takes: ["seeds", "alphas"],
  defaults: LINEAR_DEFAULTS,
  run: runLinear,
  report: async () => (await import("./report.ts")).linearReport,
});
