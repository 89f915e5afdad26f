/**
 * SREM (arXiv 2312.16478) in small: two towers learn which halves of digits belong together from pairs of which a part does not match.
 * Now and then all training pairs are scored by the towers themselves, and those of the lowest scores are left out until the next time.
 * Formulas are rebuilt from the abstract: neither code nor full text was to be had.
 *
 * Not here: pairs (`data.ts`), filters (`filters.ts`), what is expected (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkInteger } from "../../check.ts";
import type { ImageSplits } from "../../data/imageSplits.ts";
import { erm } from "../../mixing/mixing.ts";
import { contrastive } from "../../model/loss.ts";
import { pairMeasures } from "../../model/metrics/pairs.ts";
import { twoTowers } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { finiteOrNull, spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { PopulationHandle } from "../../training/openPopulation.ts";
import { VERSION } from "../../version.ts";
import { digitsDataset } from "../digits.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import type { Trainer } from "../trainer.ts";
import { noisyPairsChecks } from "./checks.ts";
import { type NoisyPairs, noisyPairs } from "./data.ts";
import { isFiltered, keptPairs } from "./filters.ts";
import { ARMS, type ArmName, type NoisyPairsResults, type PairArm, type ScoreCounts } from "./results.ts";

export interface NoisyPairsOptions extends Pick<ExperimentOptions, "seeds" | "steps"> {
  /** Which draw of images and wrong partners. `seeds` are those of the nets. */
  readonly draw: number;
  /** Training pairs; all others are for tests. */
  readonly training: number;
  /** Whether other filters, weights and the complementary loss are tried, too. */
  readonly withOthers: boolean;
  /** The digits; the command line reads them. */
  readonly digits?: ImageSplits;
}

export const NOISY_PAIRS_DEFAULTS: NoisyPairsOptions = {
  draw: 0,
  seeds: 4,
  steps: 1200,
  training: 1297,
  withOthers: true,
};

const TOWER = [32, 64, 16];
const OUTPUTS = 2 * TOWER[TOWER.length - 1];
const TEMPERATURE = 0.1;
const BATCH = 128;
const LEARNING_RATE = 1e-3;
/** Share of the training pairs that do not match, and of those that filters keep. */
const MISMATCHED = 0.4;
const KEPT = 0.6;
/** Pairs are filtered every so many steps, and the first time after a quarter of them. */
const FILTERINGS = 12;
const WARM_PARTS = 3;
/** Test pairs among which a second half is looked for. */
const POOL = 100;
const SCORE_BINS = 40;

function checkedOptions(options: Partial<NoisyPairsOptions>) {
  const settled = { ...NOISY_PAIRS_DEFAULTS, ...options };
  checkInteger("seeds", settled.seeds, 1, 1000, "a number of seeds");
  checkInteger("steps", settled.steps, FILTERINGS, 1e6, "a number of steps");
  return { ...settled, digits: digitsDataset(settled.digits) };
}

/** What one population has come to. */
interface Trained {
  readonly arms: PairArm[];
  readonly scores?: ScoreCounts;
}

/**
 * Trains the whole experiment: one population of all ways with the plain loss, one with the complementary loss.
 * @throws ConfigError without digits; AbortError (the signal's reason) when stopped; the trainer's errors as they are.
 */
export async function runNoisyPairs(
  trainer: Pick<Trainer, "backend" | "adapter" | "open">,
  options: Partial<NoisyPairsOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<NoisyPairsResults> {
  const { draw, seeds, steps, training, withOthers, digits } = checkedOptions(options);
  const started = performance.now();
  const pairs = noisyPairs(digits, draw, training, MISMATCHED);
  // No more than what filters keep.
  const batch = Math.min(BATCH, Math.floor(training / 2));
  const told = range(FILTERINGS).map((i) => Math.round(((i + 1) * steps) / FILTERINGS));
  const populations: { arms: ArmName[]; complementary: number }[] = [
    {
      arms: ARMS.slice(0, withOthers ? 5 : 3),
      complementary: 0,
    },
    ...(withOthers ? [{ arms: ["complementary" as const], complementary: 1 }] : []),
  ];
  const runsIn = (count: number) =>
    populations.slice(0, count).reduce((sum, { arms }) => sum + arms.length, 0);
  const all: Trained[] = [];
  for (const [i, { arms, complementary }] of populations.entries()) {
    const report = (step: number) =>
      onProgress({
        label: complementary > 0 ? "with the complementary loss" : "two towers",
        step,
        steps,
        fraction: (runsIn(i) + (arms.length * step) / steps) / runsIn(populations.length),
      });
    const population = trainer.open({
      data: pairs.data,
      model: twoTowers(TOWER),
      loss: contrastive({ temperature: TEMPERATURE, complementary }),
      optimizer: adam({ learningRate: LEARNING_RATE }),
      batch,
      // No pair twice in a batch: it would be a mismatch of itself.
      lastBatch: "drop",
      runs: startsOf(arms).flatMap((start) =>
        range(seeds).map((seed) => ({ seed, mixing: erm(), train: pairs.splits[start] })),
      ),
    });
    try {
      all.push(await trainArms(population, pairs, arms, told, report, signal));
    } finally {
      population.destroy();
    }
  }
  const results = {
    steps: told,
    filterSteps: told.slice(WARM_PARTS - 1, -1),
    arms: all.flatMap(({ arms }) => arms),
    scores: all[0].scores,
  };
  return {
    experiment: "noisy-pairs",
    version: VERSION,
    config: {
      data: `left and right halves of digits: ${training} pairs for training, ${digits.size - training} for tests; ${100 * MISMATCHED} % of the noisy training pairs mismatched; draw ${draw}`,
      model: `two towers ${TOWER.join("-")}`,
      activation: "relu",
      loss: `contrastive, temperature ${TEMPERATURE}`,
      optimizer: `Adam, learning rate ${LEARNING_RATE}`,
      batch,
      steps,
      filter: `keeps ${100 * KEPT} % after steps ${results.filterSteps.join(", ")}`,
      pool: POOL,
      seeds: range(seeds),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    ...results,
    references: noisyPairsChecks(results, steps),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** What arms begin as: until the first filter all but one are the same runs. */
function startsOf(arms: readonly ArmName[]): readonly ("clean" | "noisy")[] {
  return arms.includes("clean") ? ["clean", "noisy"] : ["noisy"];
}

/** All arms of one population, in stretches from filter to filter. */
async function trainArms(
  population: PopulationHandle,
  pairs: NoisyPairs,
  arms: readonly ArmName[],
  told: readonly number[],
  report: (step: number) => void,
  signal: AbortSignal | undefined,
): Promise<Trained> {
  const starts = startsOf(arms);
  const seeds = population.size / starts.length;
  const runs = range(arms.length * seeds);
  const armOf = (r: number) => arms[Math.floor(r / seeds)];
  const sources = runs.map(
    (r) => starts.indexOf(armOf(r) === "clean" ? "clean" : "noisy") * seeds + (r % seeds),
  );
  const recalls: (number | null)[][] = [];
  const precisions: number[][] = [];
  let scores: ScoreCounts | undefined;
  report(0);
  for (const [i, until] of told.entries()) {
    signal?.throwIfAborted();
    await population.train(until - (told[i - 1] ?? 0), { signal });
    signal?.throwIfAborted();
    if (i === WARM_PARTS - 1) await population.fork(sources);
    const own = await recallsOf(population, pairs.splits.test);
    recalls.push(i < WARM_PARTS - 1 ? sources.map((source) => own[source]) : own);
    if (i >= WARM_PARTS - 1 && i < told.length - 1) {
      const filtered = await filterPairs(population, pairs, armOf);
      precisions.push(filtered.precisions);
      scores = filtered.scores;
    }
    report(until);
  }
  const runsOf = (a: number) => range(seeds).map((seed) => a * seeds + seed);
  const mean = (values: (number | null)[]) => spread(values).mean;
  return {
    scores,
    arms: arms.map((name, a): PairArm => {
      const own = runsOf(a);
      const last = own.map((r) => recalls[recalls.length - 1][r]);
      const lastPrecisions = own.map((r) => finiteOrNull(precisions.at(-1)?.[r]));
      return {
        name,
        recalls: last,
        recall: spread(last),
        curve: recalls.map((at) => mean(own.map((r) => at[r]))),
        ...(isFiltered(name) && {
          precisions: lastPrecisions,
          precision: spread(lastPrecisions),
          precisionCurve: precisions.map((at) => mean(own.map((r) => at[r]))),
        }),
      };
    }),
  };
}

/** Of each run the share of test pairs whose first half finds its own second half, in pools one after the other; null where it diverged. */
async function recallsOf(population: PopulationHandle, test: Uint32Array): Promise<(number | null)[]> {
  const evaluations = await population.evaluate(undefined, { points: test });
  return evaluations.map(({ logits }) => {
    if (!logits.every(Number.isFinite)) return null;
    let found = 0;
    for (let first = 0; first < test.length; first += POOL) {
      const embeddings = logits.subarray(first * OUTPUTS, (first + POOL) * OUTPUTS);
      const { nearest } = pairMeasures({ embeddings, outputs: OUTPUTS, temperature: TEMPERATURE });
      nearest.forEach((second, n) => {
        if (second === n) found++;
      });
    }
    return finiteOrNull(found / test.length);
  });
}

/** Scores all noisy pairs by the towers as they are, and trains arms with a filter on what it keeps. */
async function filterPairs(
  population: PopulationHandle,
  { splits, mismatched }: NoisyPairs,
  armOf: (r: number) => ArmName,
): Promise<{ precisions: number[]; scores: ScoreCounts }> {
  const runs = range(population.size);
  // Who does not ask gets a point that costs nothing.
  const points = runs.map((r) => (isFiltered(armOf(r)) ? splits.noisy : splits.noisy.subarray(0, 1)));
  const evaluations = await population.evaluate(undefined, { points });
  const precisions: number[] = new Array(population.size).fill(Number.NaN);
  const changes = new Map<number, { train: Uint32Array; weights?: Float32Array }>();
  const [matches, others]: number[][] = [[], []];
  for (const r of runs) {
    const arm = armOf(r);
    const { logits, losses } = evaluations[r];
    if (!isFiltered(arm) || !logits.every(Number.isFinite)) continue;
    const measure = () => pairMeasures({ embeddings: logits, outputs: OUTPUTS, temperature: TEMPERATURE });
    const { kept, weights } = keptPairs(arm, losses, measure, KEPT);
    changes.set(r, { train: kept.map((n) => splits.noisy[n]), ...(weights && { weights }) });
    const isKept = new Uint8Array(mismatched.length);
    for (const n of kept) isKept[n] = 1;
    const dropped = range(mismatched.length).filter((n) => isKept[n] === 0);
    precisions[r] = dropped.filter((n) => mismatched[n] === 1).length / dropped.length;
    if (arm !== "filtered") continue;
    losses.forEach((loss, n) => {
      (mismatched[n] === 1 ? others : matches).push(-2 * loss);
    });
  }
  if (changes.size > 0) await population.set([...changes.keys()], (r) => changes.get(r)!);
  return { precisions, scores: scoreCounts(matches, others) };
}

const lower = (a: number, b: number) => Math.min(a, b);

/** Both kinds of scores in bins of one width. */
function scoreCounts(matched: readonly number[], mismatched: readonly number[]): ScoreCounts {
  const least = Math.floor(Math.min(-1, ...[matched, mismatched].map((own) => own.reduce(lower, 0))));
  const edges = range(SCORE_BINS + 1).map((k) => least - (least * k) / SCORE_BINS);
  const counts = (scores: readonly number[]) => {
    const own = new Array<number>(SCORE_BINS).fill(0);
    for (const score of scores)
      own[Math.min(SCORE_BINS - 1, Math.floor(((score - least) / -least) * SCORE_BINS))]++;
    return own;
  };
  return { edges, matched: counts(matched), mismatched: counts(mismatched) };
}

/** The experiment as the command line knows it. */
export const noisyPairsExperiment = defineExperiment<NoisyPairsOptions, NoisyPairsResults>({
  name: "noisy-pairs",
  summary: "two towers filter mismatched pairs by their own scores, and match better for it",
  title: "Noisy pairs: two towers that leave out what does not match",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  usesDigits: true,
  defaults: NOISY_PAIRS_DEFAULTS,
  // Within a minute on two cores; that few runs prove nothing, which the report says.
  brief: { seeds: 2, withOthers: false },
  full: { seeds: 12 },
  check: checkedOptions,
  run: runNoisyPairs,
  report: async () => (await import("./report.ts")).noisyPairsReport,
});
