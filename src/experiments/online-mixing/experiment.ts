/**
 * Online Data Mixing (arXiv 2312.02406), in small: a bandit draws each step's domain, its reward the training loss. Three forms of the
 * reward beside equal shares, with a last domain that is noisy, and with one whose labels are random: what cannot be learnt has the
 * largest loss.
 *
 * Not here: the domains (`data.ts`), what is expected (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkInteger } from "../../check.ts";
import type { ImageSplits } from "../../data/imageSplits.ts";
import { domainBandit } from "../../mixing/bandit.ts";
import { erm } from "../../mixing/mixing.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { finiteOrNull, spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { PopulationHandle } from "../../training/openPopulation.ts";
import { VERSION } from "../../version.ts";
import { digitsDataset } from "../digits.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import type { Trainer } from "../trainer.ts";
import { onlineMixingChecks } from "./checks.ts";
import { bandedDigits, DOMAINS, type MixingSets } from "./data.ts";
import type { LastDomain, MixedArm, OnlineMixingResults, PolicyName } from "./results.ts";

export interface OnlineMixingOptions extends Pick<ExperimentOptions, "seeds" | "steps"> {
  /** Which draw of images, permutations and noise. `seeds` are those of the nets. */
  readonly draw: number;
  /** Training images; all others are for validation. */
  readonly training: number;
  /** Whether a last domain of noisy inputs is tried, too; one of random labels always is. */
  readonly withNoise: boolean;
  /** The digits; the command line reads them. */
  readonly digits?: ImageSplits;
}

export const ONLINE_MIXING_DEFAULTS: OnlineMixingOptions = {
  draw: 0,
  seeds: 6,
  steps: 1200,
  training: 1200,
  withNoise: true,
};

const HIDDEN = 64;
const BATCH = 32;
const LEARNING_RATE = 1e-3;
/** Policies are told at so many points of the training. */
const POINTS = 24;

export const LASTS: readonly LastDomain[] = ["noisy inputs", "random labels"];
export const POLICIES: readonly PolicyName[] = ["uniform", "exp3", "ema", "cumulative"];

function checkedOptions(options: Partial<OnlineMixingOptions>) {
  const settled = { ...ONLINE_MIXING_DEFAULTS, ...options };
  checkInteger("seeds", settled.seeds, 1, 1000, "a number of seeds");
  checkInteger("steps", settled.steps, 2, 1e6, "a number of steps");
  return { ...settled, digits: digitsDataset(settled.digits) };
}

/**
 * Trains the whole experiment: one population for each kind of last domain, of all ways to draw and all seeds.
 * @throws ConfigError without digits; AbortError (the signal's reason) when stopped; the trainer's errors as they are.
 */
export async function runOnlineMixing(
  trainer: Pick<Trainer, "backend" | "adapter" | "open">,
  options: Partial<OnlineMixingOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<OnlineMixingResults> {
  const { draw, seeds, steps, training, withNoise, digits } = checkedOptions(options);
  const lasts = LASTS.filter((last) => withNoise || last === "random labels");
  const started = performance.now();
  const piece = Math.ceil(steps / POINTS);
  const told = range(Math.ceil(steps / piece)).map((i) => Math.min((i + 1) * piece, steps));
  const arms: MixedArm[] = [];
  for (const [i, last] of lasts.entries()) {
    const report = (step: number) =>
      onProgress({
        label: `a last domain with ${last}`,
        step,
        steps,
        fraction: (i + step / steps) / lasts.length,
      });
    const sets = bandedDigits(digits, draw, training, last);
    arms.push(...(await trainArms(trainer, sets, last, seeds, told, report, signal)));
  }
  const results = { domains: [...DOMAINS], steps: told, arms };
  return {
    experiment: "online-mixing",
    version: VERSION,
    config: {
      data: `digits under ${DOMAINS.length} permutations of pixels: two classes only; as they are; as they are; noise N(0, 0.5²) on pixels, or random labels; ${training} images for training, ${digits.size - training} for validation; draw ${draw}`,
      model: [digits.dimensions, HIDDEN, digits.targetSize],
      activation: "relu",
      loss: "softmax-cross-entropy",
      optimizer: `Adam, learning rate ${LEARNING_RATE}`,
      batch: BATCH,
      bandit: "smoothing 0.9, no warm-up",
      steps,
      seeds: range(seeds),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    ...results,
    references: onlineMixingChecks(results, steps),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** All ways to draw with one kind of last domain, in one population. */
async function trainArms(
  trainer: Pick<Trainer, "open">,
  { training, validation }: MixingSets,
  last: LastDomain,
  seeds: number,
  told: readonly number[],
  report: (step: number) => void,
  signal: AbortSignal | undefined,
): Promise<MixedArm[]> {
  const K = DOMAINS.length;
  const members = POLICIES.flatMap((policy) => range(seeds).map((seed) => ({ policy, seed })));
  const population = trainer.open({
    data: training,
    model: mlp([training.dimensions, HIDDEN, training.targetSize]),
    optimizer: adam({ learningRate: LEARNING_RATE }),
    batch: BATCH,
    runs: members.map(({ policy, seed }) => ({
      seed,
      mixing: erm(),
      // Equal shares draw a domain a step as well: a bandit that never ends its warm-up.
      bandit: policy === "uniform" ? domainBandit({ warm: 0x7fffffff }) : domainBandit({ reward: policy }),
    })),
  });
  try {
    report(0);
    const policies = await policiesAlong(population, told, report, signal);
    const evaluations = await population.evaluate(validation);
    // Random labels can't be predicted: what is asked for are the domains that can be learnt.
    const counted = range(last === "random labels" ? K - 1 : K);
    const steps = told[told.length - 1];
    return POLICIES.map((policy, p): MixedArm => {
      const own = range(seeds).map((seed) => p * seeds + seed);
      const losses = own.map((r) => {
        const byDomain = counted.map((k) => evaluations[r].domains![k].loss ?? Number.NaN);
        return finiteOrNull(byDomain.reduce((sum, loss) => sum + loss, 0) / counted.length);
      });
      const over = policies.map((at) =>
        range(K).map((k) => own.reduce((sum, r) => sum + at[r][k], 0) / own.length),
      );
      const later = over.filter((_, i) => told[i] > steps / 2);
      const shares = range(K).map((k) => later.reduce((sum, at) => sum + at[k], 0) / later.length);
      return { last, policy, losses, loss: spread(losses), shares, policies: over };
    });
  } finally {
    population.destroy();
  }
}

/** Of all runs the policies at some steps, `[steps][R][K]`. */
async function policiesAlong(
  population: PopulationHandle,
  told: readonly number[],
  report: (step: number) => void,
  signal: AbortSignal | undefined,
): Promise<number[][][]> {
  const policies: number[][][] = [];
  for (const [i, until] of told.entries()) {
    signal?.throwIfAborted();
    await population.train(until - (told[i - 1] ?? 0), { signal });
    signal?.throwIfAborted();
    policies.push((await population.policies()).map((policy) => policy!));
    report(until);
  }
  return policies;
}

/** The experiment as the command line knows it. */
export const onlineMixingExperiment = defineExperiment<OnlineMixingOptions, OnlineMixingResults>({
  name: "online-mixing",
  summary: "a bandit draws the domain of each step by the training loss, and goes wrong on junk",
  title: "Online data mixing: a bandit over domains, and junk among them",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  usesDigits: true,
  defaults: ONLINE_MIXING_DEFAULTS,
  brief: { withNoise: false },
  full: { seeds: 12 },
  check: checkedOptions,
  run: runOnlineMixing,
  report: async () => (await import("./report.ts")).onlineMixingReport,
});
