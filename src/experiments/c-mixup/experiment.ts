/**
 * Mixup for regression: partners with near labels (C-Mixup, Yao et al., NeurIPS 2022, arXiv 2210.05775) on turned digits whose
 * angle is to be told; the same with noise on some labels, where points of large loss are left out and the bandwidth is searched
 * for on the way (RC-Mixup, KDD 2024, arXiv 2405.17938); and Friedman's function, where near labels do not mean like inputs.
 *
 * Not here: data (`data.ts`), arms (`stages.ts`), loops (`loops.ts`), what must come out (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkInteger } from "../../check.ts";
import { rootMeanSquaredError } from "../../model/metrics/regression.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { OpenConfig, PopulationHandle } from "../../training/openPopulation.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type OnProgress } from "../experiment.ts";
import { stacked } from "../splits.ts";
import type { Trainer } from "../trainer.ts";
import { cMixupChecks } from "./checks.ts";
import { trainSearching, trainTo, trainTrimmed } from "./loops.ts";
import type { ArmGroup, CMixupResults, DataSummary, ForkRound } from "./results.ts";
import {
  type CMixupOptions,
  DEVIATION,
  FIRST_BANDWIDTH,
  labelsOf,
  mixingOf,
  noisyShare,
  SHARE,
  type Stage,
  stagesOf,
  VALIDATION,
} from "./stages.ts";

/** Six sets on two cores without a GPU in five minutes: what does not fit is in `full`. */
export const C_MIXUP_DEFAULTS: CMixupOptions = {
  seeds: 6,
  steps: 1500,
  clean: ["erm", "mixup", "c-mixup"],
  bandwidths: [],
  noisy: ["c-mixup", "trimmed erm", "trimmed c-mixup"],
  forks: false,
  friedman: [],
};

const BATCH = 64;
const OPTIMIZER = adam({ learningRate: 1e-3 });
const HIDDEN = [128, 64];
/** The first decision, and steps from one to the next. */
const WARM = 300;
const EVERY = 25;
const SEARCH = { candidates: [0.05, 0.1, 0.2, 0.4], every: 300, steps: 100 };
/** How much of the work a stage is, up to a factor. */
function workOf({ draws, arms }: Stage): number {
  const searched = arms.some(({ forked }) => forked) ? 1.8 : 1;
  return searched * arms.length * draws.length * (draws[0].data.dimensions + HIDDEN[1] + 1);
}

function checkCMixup({ seeds, steps }: Partial<CMixupOptions>): void {
  if (seeds !== undefined) checkInteger("seeds", seeds, 1, 1000, "a number of sets");
  if (steps !== undefined) checkInteger("steps", steps, 1, 1e6, "a number of steps");
}

/**
 * Trains the whole experiment.
 * @throws ConfigError for numbers of sets and steps that are none, or without the digits; AbortError (the signal's reason) when
 * stopped; the trainer's errors as they are.
 */
export async function runCMixup(
  trainer: Trainer,
  options: Partial<CMixupOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<CMixupResults> {
  const settled = { ...C_MIXUP_DEFAULTS, ...options };
  checkCMixup(settled);
  const { seeds, steps, digits: _, ...asked } = settled;
  const started = performance.now();
  const stages = stagesOf(settled);
  const total = stages.reduce((sum, stage) => sum + workOf(stage), 0);
  const groups: ArmGroup[] = [];
  const summaries: DataSummary[] = [];
  const rounds: ForkRound[] = [];
  let done = 0;
  for (const stage of stages) {
    const report = (step: number) =>
      onProgress({
        label: stage.label,
        step,
        steps,
        fraction: (done + (workOf(stage) * step) / steps) / total,
      });
    report(0);
    const outcome = await trainStage(trainer, stage, steps, { report, signal });
    groups.push(...outcome.groups);
    rounds.push(...outcome.rounds);
    const { data, noisy } = stage.arms[0];
    if (!summaries.some((one) => one.data === data && one.noisy === noisy))
      summaries.push({ data, noisy, ...labelsOf(stage) });
    done += workOf(stage);
  }
  const results = { groups, summaries, rounds, sets: seeds, steps };
  return {
    experiment: "c-mixup",
    version: VERSION,
    config: {
      model: `inputs-${HIDDEN.join("-")}-1`,
      activation: "relu",
      loss: "squared-error",
      optimizer: OPTIMIZER,
      batch: BATCH,
      law: "Beta(2, 2), one lambda a batch",
      noise: { share: SHARE, deviation: DEVIATION },
      trimming: { share: SHARE, warm: WARM, every: EVERY },
      search: { ...SEARCH, first: FIRST_BANDWIDTH, validation: VALIDATION },
      ...asked,
      sets: range(seeds),
      steps,
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    ...results,
    references: cMixupChecks(results),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** One population: all arms of all sets, each run on the rows of its own set. */
async function trainStage(
  trainer: Trainer,
  { draws, arms }: Stage,
  steps: number,
  watch: { report(step: number): void; signal?: AbortSignal },
): Promise<{ groups: ArmGroup[]; rounds: ForkRound[] }> {
  const { data, splits } = stacked(draws);
  // Run by run: the arms of the first set, then of the second.
  const members = draws.flatMap((_, set) => arms.map((arm) => ({ set, arm })));
  const rows = members.map(({ set }) => splits[set].training);
  const runs: OpenConfig["runs"] = members.map(({ set, arm }, r) => ({
    seed: set,
    mixing: mixingOf(arm),
    train: rows[r],
  }));
  const handle = trainer.open({
    data,
    model: mlp([data.dimensions, ...HIDDEN, 1]),
    optimizer: OPTIMIZER,
    batch: BATCH,
    runs,
  });
  try {
    const trimmed = range(members.length).filter((r) => members[r].arm.trimmed);
    const trimming = { data, rows, runs: trimmed, share: SHARE, warm: WARM, every: EVERY };
    let rounds: ForkRound[] = [];
    if (arms.some(({ forked }) => forked)) {
      const validation = members.map(({ set }) => splits[set].validation);
      rounds = await trainSearching(handle, steps, trimming, { ...SEARCH, validation }, watch);
    } else if (trimmed.length > 0) await trainTrimmed(handle, steps, trimming, watch);
    else await trainTo(handle, steps, watch);
    const errors = await testErrors(
      handle,
      data,
      members.map(({ set }) => splits[set].test),
    );
    const groups = arms.map((arm, a): ArmGroup => {
      const own = range(draws.length).map((set) => set * arms.length + a);
      const found = own.map((r) => errors[r]);
      return {
        ...arm,
        errors: found,
        error: spread(found),
        diverged: found.filter((error) => error === null).length,
        keptNoisy: arm.trimmed
          ? own.map((r, set) => noisyShare(handle.runs[r].train!, rows[r][0], draws[set].noisy!))
          : [],
      };
    });
    return { groups, rounds };
  } finally {
    handle.destroy();
  }
}

/** Of each run on its set's test points; null where it diverged. */
async function testErrors(
  handle: PopulationHandle,
  data: OpenConfig["data"],
  points: readonly Uint32Array[],
): Promise<(number | null)[]> {
  const found = await handle.evaluate(data, { points });
  return found.map(({ loss, logits }, r) =>
    Number.isFinite(loss)
      ? rootMeanSquaredError(
          logits,
          Array.from(points[r], (row) => data.targets[row]),
        )
      : null,
  );
}

/** The experiment as the command line knows it. */
export const cMixupExperiment = defineExperiment<CMixupOptions, CMixupResults>({
  name: "c-mixup",
  summary: "regression: partners with near labels, noisy labels trimmed, and where it does not help",
  title: "Mixup for regression: partners with near labels",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  usesDigits: true,
  defaults: C_MIXUP_DEFAULTS,
  brief: { seeds: 2, clean: ["erm", "c-mixup"], noisy: [] },
  full: {
    bandwidths: [0.02, 0.05, 0.2, 0.4],
    noisy: ["erm", "mixup", "c-mixup", "trimmed erm", "trimmed mixup", "trimmed c-mixup"],
    forks: true,
    friedman: ["erm", "mixup", "c-mixup"],
  },
  check: checkCMixup,
  run: runCMixup,
  report: async () => (await import("./report.ts")).cMixupReport,
});
