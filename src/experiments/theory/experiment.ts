/**
 * The paper's theory of the failure case (sections 2.2 and 2.3) without any training: what the Mixup-optimal
 * classifier h_eps says at the points of alternating lines, and for which alpha and epsilon it gets them
 * wrong. Float64 on the CPU.
 *
 * Not here: expected values (`checks.ts`), pictures and tables (`theoryReport.ts`).
 */

import { alternatingLine } from "../../data/lines.ts";
import { beta } from "../../mixing/laws.ts";
import { flipAlphas, flipEpsilons } from "../../theory/classifier/flips.ts";
import {
  evaluateClassifier,
  planClassifier,
  probabilitiesAt,
} from "../../theory/classifier/optimalClassifier.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type OnProgress } from "../experiment.ts";
import { type LineSet, setName } from "../lineSets.ts";
import type { Trainer } from "../trainer.ts";
import { breathe } from "../trainer.ts";
import { theoryChecks } from "./checks.ts";
import type { FlipDiagram, LineFlips, TheoryResults } from "./results.ts";

/** Size of the flip diagrams, in cells. */
export interface TheoryOptions {
  readonly columns: number;
  readonly rows: number;
}

const SETS: readonly LineSet[] = [
  { points: 3, classes: 2 },
  { points: 10, classes: 2 },
];
const TABLE = { alphas: [1, 32, 128, 1024], epsilons: [0.01, 0.05, 0.1, 0.15, 0.25, 0.5] };
const ERROR_EPSILON = 0.2;
const FLIP_ALPHAS = [1, 2, 4, 8, 16, 32, 64, 128, 512, 1024];
const FLIP_EPSILONS = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5];
/** The diagram's range: from alphas that hardly concentrate to the paper's largest, with some room. */
const RANGE = { alpha: [0.5, 2048], epsilon: [0.005, 1] } as const;

/**
 * Computes the whole experiment; the trainer only lends its name.
 * @throws AbortError (the signal's reason) when stopped.
 */
export async function runTheory(
  trainer: Pick<Trainer, "backend" | "adapter">,
  options: Partial<TheoryOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<TheoryResults> {
  const settled = { ...THEORY_DEFAULTS, ...options };
  const started = performance.now();
  const lines: LineFlips[] = [];
  for (const [i, set] of SETS.entries()) {
    const report = async (part: number) => {
      onProgress({ label: setName(set), step: 0, steps: 0, fraction: (i + part) / SETS.length });
      await breathe(signal);
    };
    lines.push(await lineFlips(set, settled, report));
  }
  onProgress({ label: "compared", step: 0, steps: 0, fraction: 1 });
  return {
    experiment: "theory",
    version: VERSION,
    config: { sets: SETS, table: TABLE, flipAlphas: FLIP_ALPHAS, flipEpsilons: FLIP_EPSILONS, ...settled },
    backend: trainer.backend,
    adapter: trainer.adapter,
    lines,
    references: theoryChecks(lines),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

async function lineFlips(
  set: LineSet,
  { columns, rows }: TheoryOptions,
  report: (part: number) => Promise<void>,
): Promise<LineFlips> {
  const data = alternatingLine(set);
  await report(0);
  const table = probabilityRows(set, TABLE.alphas, TABLE.epsilons).map(({ alpha, epsilon, rows }) => ({
    alpha,
    epsilon,
    probability: rows.map((row) => row[0]),
  }));
  const finite = (values: Float64Array) =>
    Array.from(values, (value) => (Number.isFinite(value) ? value : null));
  await report(0.1);
  const flipEpsilon = FLIP_ALPHAS.map((alpha) => ({
    alpha,
    perPoint: finite(flipEpsilons({ data, law: beta(alpha) })),
  }));
  await report(0.3);
  const flipAlpha = FLIP_EPSILONS.map((epsilon) => ({
    epsilon,
    perPoint: finite(flipAlphas({ data, epsilon })),
  }));
  await report(0.5);
  const errors = probabilityRows(set, TABLE.alphas, [ERROR_EPSILON]).map(({ alpha, rows }) => ({
    alpha,
    error: failingPoints(set, rows).length / set.points,
  }));
  const diagram = await flipDiagram(set, columns, rows, (part) => report(0.5 + 0.5 * part));
  return { ...set, table, flipEpsilon, flipAlpha, errors, diagram };
}

async function flipDiagram(
  set: LineSet,
  columns: number,
  rows: number,
  report: (part: number) => Promise<void>,
): Promise<FlipDiagram> {
  const alphas = geometric(RANGE.alpha, columns);
  const epsilons = geometric(RANGE.epsilon, rows);
  const failing: number[] = Array(columns * rows).fill(0);
  for (const [column, alpha] of alphas.entries()) {
    for (const [row, { rows: perPoint }] of probabilityRows(set, [alpha], epsilons).entries()) {
      for (const n of failingPoints(set, perPoint)) failing[row * columns + column] += 2 ** n;
    }
    await report(column / columns);
  }
  return { alphas, epsilons, failing };
}

/** Points to which another class gets more. Ties are no failures, also when rounding breaks them. */
function failingPoints({ classes }: LineSet, rows: readonly number[][]): number[] {
  return rows.flatMap((row, n) => (row.some((other) => other > row[n % classes] + 1e-12) ? [n] : []));
}

/** h_eps at the training points, for each alpha and of each for each epsilon. */
function probabilityRows(set: LineSet, alphas: readonly number[], epsilons: readonly number[]) {
  const data = alternatingLine(set);
  const plan = planClassifier({
    data,
    laws: alphas.map((alpha) => beta(alpha)),
    epsilons,
    queries: data.points,
  });
  const result = evaluateClassifier(plan);
  return alphas.flatMap((alpha, law) =>
    epsilons.map((epsilon, e) => ({
      alpha,
      epsilon,
      rows: Array.from({ length: data.size }, (_, query) =>
        Array.from(probabilitiesAt(plan, result, { law, epsilon: e, query })),
      ),
    })),
  );
}

/** Centres of `count` cells that divide a range in equal ratios. */
function geometric([low, high]: readonly [number, number], count: number): number[] {
  return Array.from({ length: count }, (_, i) => low * (high / low) ** ((i + 0.5) / count));
}

const THEORY_DEFAULTS: TheoryOptions = { columns: 96, rows: 64 };

/** The experiment as the command line knows it. */
export const theoryExperiment = defineExperiment<TheoryOptions, TheoryResults>({
  name: "theory",
  summary: "the Mixup-optimal classifier on lines: which points fail at which alpha and epsilon",
  title: "Theory: where the Mixup-optimal classifier fails",
  trains: false,
  compares: "expected",
  takes: [],
  defaults: THEORY_DEFAULTS,
  run: runTheory,
  report: async () => (await import("./report.ts")).theoryReport,
});
