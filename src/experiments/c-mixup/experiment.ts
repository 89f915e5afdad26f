/**
 * Mixup for regression: partners with near labels (C-Mixup, Yao et al., NeurIPS 2022, arXiv 2210.05775) on turned digits whose
 * angle is to be told; the same with noise on some labels, where points of large loss are left out and the bandwidth is searched
 * for on the way (RC-Mixup, KDD 2024, arXiv 2405.17938); and Friedman's function, where near labels do not mean like inputs.
 *
 * Not here: data (`data.ts`), loops (`loops.ts`), what must come out (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkInteger } from "../../check.ts";
import type { ImageSplits } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import { beta } from "../../mixing/laws.ts";
import { erm, type Mixing, mixup } from "../../mixing/mixing.ts";
import { rootMeanSquaredError } from "../../model/metrics/regression.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { OpenConfig, PopulationHandle } from "../../training/openPopulation.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { type SplitData, stacked } from "../splits.ts";
import type { Trainer } from "../trainer.ts";
import { cMixupChecks } from "./checks.ts";
import { friedman, rotatedDigits, withLabelNoise } from "./data.ts";
import { cMixup, trainSearching, trainTo, trainTrimmed } from "./loops.ts";
import type { Arm, ArmGroup, CMixupResults, DataSummary, ForkRound, LawName } from "./results.ts";

/** An arm on noisy labels: a law, with or without trimming. */
export type NoisyArm = LawName | `trimmed ${LawName}`;

/** What may be varied: `seeds` are sets of points, drawn anew for each. */
export interface CMixupOptions extends Pick<ExperimentOptions, "seeds" | "steps"> {
  /** Laws on digits with clean labels. */
  readonly clean: readonly LawName[];
  /** Bandwidths of C-Mixup there, beside {@link BANDWIDTH}. */
  readonly bandwidths: readonly number[];
  /** Arms on digits with noisy labels. */
  readonly noisy: readonly NoisyArm[];
  /** Whether the bandwidth is searched for, too. */
  readonly forks: boolean;
  /** Laws on Friedman's function. */
  readonly friedman: readonly LawName[];
  /** The digits; the command line reads them. */
  readonly digits?: ImageSplits;
}

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

/** s of C-Mixup on the digits; on Friedman's function, whose labels have a deviation of 1, four times that. */
const BANDWIDTH = 0.1;
const FRIEDMAN_BANDWIDTH = 0.4;
const BATCH = 64;
const OPTIMIZER = adam({ learningRate: 1e-3 });
const HIDDEN = [128, 64];
const VALIDATION = 200;
/** tau, the share of noisy labels, and their noise. */
const SHARE = 0.3;
const DEVIATION = 0.5;
/** The first decision, and steps from one to the next. */
const WARM = 300;
const EVERY = 25;
const SEARCH = { candidates: [0.05, 0.1, 0.2, 0.4], every: 300, steps: 100 };
const FIRST_BANDWIDTH = 0.4;

type Part = "training" | "validation" | "test";

/** Arms that train together, on the same sets. */
interface Stage {
  readonly label: string;
  readonly draws: (SplitData<Part> & { readonly noisy?: Uint32Array })[];
  readonly arms: readonly Arm[];
}

/** The populations of these options, one after the other. */
function stagesOf({
  seeds,
  clean,
  bandwidths,
  noisy,
  forks,
  friedman: laws,
  digits,
}: CMixupOptions): Stage[] {
  const arm = (data: Arm["data"], law: LawName, more: Partial<Arm> = {}): Arm => {
    const bandwidth = law !== "c-mixup" ? null : data === "digits" ? BANDWIDTH : FRIEDMAN_BANDWIDTH;
    return { data, noisy: false, law, bandwidth, trimmed: false, forked: false, ...more };
  };
  const cleanArms = [
    ...clean.map((law) => arm("digits", law)),
    ...bandwidths.map((bandwidth) => arm("digits", "c-mixup", { bandwidth })),
  ];
  const noisyArms = noisy.map((name) => {
    const trimmed = name.startsWith("trimmed ");
    return arm("digits", (trimmed ? name.slice("trimmed ".length) : name) as LawName, {
      noisy: true,
      trimmed,
    });
  });
  const forked = { noisy: true, trimmed: true, forked: true, bandwidth: FIRST_BANDWIDTH };
  const turned = () =>
    range(seeds).map((seed) => rotatedDigits({ seed, digits: givenDigits(digits), validation: VALIDATION }));
  const withNoise = () =>
    turned().map((draw, seed) => withLabelNoise(draw, { seed, share: SHARE, deviation: DEVIATION }));
  const stages: [string, () => Stage["draws"], Arm[]][] = [
    ["turned digits", turned, cleanArms],
    ["turned digits, noisy labels", withNoise, noisyArms],
    ["bandwidths searched by forks", withNoise, forks ? [arm("digits", "c-mixup", forked)] : []],
    [
      "Friedman's function",
      () => range(seeds).map((seed) => friedman({ seed })),
      laws.map((law) => arm("friedman", law)),
    ],
  ];
  return stages
    .filter(([, , arms]) => arms.length > 0)
    .map(([label, draws, arms]) => ({ label, draws: draws(), arms }));
}

function givenDigits(digits: ImageSplits | undefined): ImageSplits {
  if (digits === undefined) throw new ConfigError("digits", "missing: this experiment needs the digits.");
  return digits;
}

function mixingOf({ law, bandwidth }: Arm): Mixing {
  if (law === "erm") return erm();
  return law === "mixup" ? mixup(beta(2)) : cMixup(bandwidth!);
}

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

/** How many of these rows have noisy labels: `noisy` are rows of the set, the first of which is row `first` of all. */
function noisyShare(kept: Uint32Array, first: number, noisy: Uint32Array): number {
  const known = new Set(noisy);
  return kept.filter((row) => known.has(row - first)).length / kept.length;
}

function labelsOf({ draws }: Stage): Pick<DataSummary, "points" | "labelDeviation"> {
  const deviations = draws.map(
    ({ data, splits }) => spread(Array.from(splits.training, (row) => data.targets[row])).std!,
  );
  return { points: draws[0].splits.training.length, labelDeviation: spread(deviations).mean! };
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
  brief: { seeds: 3, clean: ["erm", "c-mixup"], noisy: [] },
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
