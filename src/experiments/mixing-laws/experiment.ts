/**
 * Data Mixing Laws (arXiv 2403.16952), in small: nets trained on 36 mixtures of three domains, all in one population; the law of their
 * losses fitted to two thirds of the mixtures and judged by the rest; then the mixture that the laws name best is trained, beside
 * equal shares and the weights of the loss themselves.
 *
 * Not here: the domains (`data.ts`), the laws (`law.ts`, `fit.ts`), what is expected (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkInteger } from "../../check.ts";
import type { ImageSplits } from "../../data/imageSplits.ts";
import { erm } from "../../mixing/mixing.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { finiteOrNull, spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import { VERSION } from "../../version.ts";
import { digitsDataset } from "../digits.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { trainStretch } from "../stretch.ts";
import type { Trainer } from "../trainer.ts";
import { mixingLawChecks } from "./checks.ts";
import { DOMAINS, type DomainSets, dirichletMixtures, permutedDigits } from "./data.ts";
import { explained, fitLaw, fitPlane } from "./fit.ts";
import { bestMixture, lawLoss, type MixingLaw, weightedLoss } from "./law.ts";
import type { ChosenMixture, DomainLaw, MeasuredMixture, MixingLawResults } from "./results.ts";

export interface MixingLawOptions extends Pick<ExperimentOptions, "seeds" | "steps"> {
  /** Which draw of images, permutations and mixtures. `seeds` are those of each mixture's nets. */
  readonly draw: number;
  readonly mixtures: number;
  /** Mixtures that the laws are fitted to; the others judge them. */
  readonly fitted: number;
  /** Nets of each mixture that is trained in the end. */
  readonly chosenSeeds: number;
  /** Training images; all others are for validation. */
  readonly training: number;
  /** The digits; the command line reads them. */
  readonly digits?: ImageSplits;
}

export const MIXING_LAW_DEFAULTS: MixingLawOptions = {
  draw: 0,
  mixtures: 36,
  fitted: 24,
  seeds: 4,
  chosenSeeds: 8,
  steps: 300,
  training: 1200,
};

const HIDDEN = 48;
const BATCH = 64;
const LEARNING_RATE = 1e-3;
/** Of each domain in the loss that the best mixture is to make small. */
const WEIGHTS = [0.2, 0.5, 0.3];

function checkedOptions(options: Partial<MixingLawOptions>) {
  const settled = { ...MIXING_LAW_DEFAULTS, ...options };
  const { mixtures, fitted } = settled;
  checkInteger("seeds", settled.seeds, 1, 1000, "a number of seeds");
  checkInteger("chosenSeeds", settled.chosenSeeds, 1, 1000, "a number of seeds");
  checkInteger("steps", settled.steps, 1, 1e6, "a number of steps");
  checkInteger("fitted", fitted, DOMAINS.length + 2, 1e5, "enough mixtures to fit a law to");
  checkInteger("mixtures", mixtures, fitted + 2, 1e5, "two mixtures more than laws are fitted to");
  return { ...settled, digits: digitsDataset(settled.digits) };
}

/**
 * Trains the whole experiment: one population for the laws, one for the mixtures that they name.
 * @throws ConfigError without digits, for fewer mixtures than laws can be fitted to; AbortError (the signal's reason) when stopped;
 * the trainer's errors as they are.
 */
export async function runMixingLaws(
  trainer: Pick<Trainer, "backend" | "adapter" | "open">,
  options: Partial<MixingLawOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<MixingLawResults> {
  const { draw, seeds, chosenSeeds, steps, fitted, training, digits, ...rest } = checkedOptions(options);
  const started = performance.now();
  const sets = permutedDigits(digits, draw, training);
  const asked = dirichletMixtures(draw, rest.mixtures);
  const first = rest.mixtures * seeds;
  const total = first + 3 * chosenSeeds;
  const label = (count: number) => `${count} mixtures`;
  const mixtures = (
    await trainMixtures(trainer, sets, asked, range(seeds), steps, signal, (step) =>
      onProgress({ label: label(asked.length), step, steps, fraction: (first * step) / (steps * total) }),
    )
  ).map((losses, m): MeasuredMixture => {
    const { byDomain, diverged } = losses;
    return { proportions: asked[m], isFitted: m < fitted, losses: byDomain.map(spread), diverged };
  });

  const laws = fittedLaws(mixtures, draw);
  const best = bestMixture(laws, WEIGHTS);
  const named: Pick<ChosenMixture, "name" | "proportions">[] = [
    { name: "best", proportions: best.proportions },
    { name: "uniform", proportions: DOMAINS.map(() => 1 / DOMAINS.length) },
    { name: "weights", proportions: WEIGHTS },
  ];
  // Seeds that the laws have not seen.
  const fresh = range(chosenSeeds).map((seed) => seeds + seed);
  const trained = await trainMixtures(
    trainer,
    sets,
    named.map(({ proportions }) => proportions),
    fresh,
    steps,
    signal,
    (step) =>
      onProgress({
        label: "the mixtures they name",
        step,
        steps,
        fraction: (first + (3 * chosenSeeds * step) / steps) / total,
      }),
  );
  const chosen = named.map((mixture, m): ChosenMixture => {
    const weighted = range(chosenSeeds).map((s) =>
      trained[m].byDomain.reduce<number | null>((sum, losses, i) => {
        const loss = losses[s];
        return sum === null || loss === null ? null : sum + WEIGHTS[i] * loss;
      }, 0),
    );
    return {
      ...mixture,
      predicted: weightedLoss(laws, WEIGHTS, mixture.proportions),
      measured: spread(weighted),
    };
  });
  const results = {
    domains: [...DOMAINS],
    weights: WEIGHTS,
    mixtures,
    laws: laws.map((law, i) => judged(law, i, mixtures)),
    chosen,
  };
  return {
    experiment: "mixing-laws",
    version: VERSION,
    config: {
      data: `digits under ${DOMAINS.length} permutations of pixels, the first none; ${training} images for training, ${digits.size - training} for validation; draw ${draw}`,
      model: [digits.dimensions, HIDDEN, digits.targetSize],
      activation: "relu",
      loss: "softmax-cross-entropy",
      optimizer: `Adam, learning rate ${LEARNING_RATE}`,
      batch: BATCH,
      mixtures: `${rest.mixtures}, Dirichlet(1, 1, 1); ${fitted} for the fit`,
      fit: "Huber’s loss (0.05), Levenberg and Marquardt’s method (ml-levenberg-marquardt), 60 starts",
      weights: WEIGHTS,
      chosenSeeds,
      steps,
      seeds: range(seeds),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    ...results,
    references: mixingLawChecks(results, steps),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** Nets of all seeds on all mixtures, in one population: losses by domain and seed, of each mixture. */
async function trainMixtures(
  trainer: Pick<Trainer, "open">,
  { training, validation }: DomainSets,
  mixtures: readonly (readonly number[])[],
  seeds: readonly number[],
  steps: number,
  signal: AbortSignal | undefined,
  report: (step: number) => void,
): Promise<{ byDomain: (number | null)[][]; diverged: number }[]> {
  const population = trainer.open({
    data: training,
    model: mlp([training.dimensions, HIDDEN, training.targetSize]),
    optimizer: adam({ learningRate: LEARNING_RATE }),
    batch: BATCH,
    runs: mixtures.flatMap((proportions) => seeds.map((seed) => ({ seed, mixing: erm(), proportions }))),
  });
  try {
    report(0);
    await trainStretch(population, steps, report, signal);
    const evaluations = await population.evaluate(validation);
    return mixtures.map((_, m) => {
      const own = evaluations.slice(m * seeds.length, (m + 1) * seeds.length);
      return {
        byDomain: DOMAINS.map((_, k) =>
          own.map(({ domains }) => finiteOrNull(domains![k].loss ?? undefined)),
        ),
        diverged: own.filter(({ loss }) => !Number.isFinite(loss)).length,
      };
    });
  } finally {
    population.destroy();
  }
}

/** Mean losses of a domain at mixtures; those whose nets have all diverged say nothing. */
function meansOf(mixtures: readonly MeasuredMixture[], domain: number, isFitted: boolean) {
  const own = mixtures.filter(
    (mixture) => mixture.isFitted === isFitted && mixture.losses[domain].mean !== null,
  );
  return {
    at: own.map(({ proportions }) => proportions),
    losses: own.map(({ losses }) => losses[domain].mean!),
  };
}

/** The law of each domain. */
function fittedLaws(mixtures: readonly MeasuredMixture[], seed: number): MixingLaw[] {
  return DOMAINS.map((_, i) => {
    const { at, losses } = meansOf(mixtures, i, true);
    return fitLaw(at, losses, i, { seed });
  });
}

/** A law at the mixtures that it was not fitted to. */
function judged(law: MixingLaw, i: number, mixtures: readonly MeasuredMixture[]): DomainLaw {
  const [fitted, held] = [meansOf(mixtures, i, true), meansOf(mixtures, i, false)];
  const plane = fitPlane(fitted.at, fitted.losses);
  const byLaw = held.at.map((proportions) => lawLoss(law, proportions));
  const byPlane = held.at.map((proportions) =>
    proportions.reduce((sum, share, j) => sum + share * plane[j], 0),
  );
  const mean = law.t.reduce((sum, slope) => sum + slope, 0) / law.t.length;
  return {
    domain: DOMAINS[i],
    c: law.c,
    k: law.k * Math.exp(mean),
    slopes: law.t.map((slope) => slope - mean),
    explained: explained(held.losses, byLaw),
    explainedByPlane: explained(held.losses, byPlane),
    error: held.losses.reduce((sum, loss, n) => sum + Math.abs(loss - byLaw[n]), 0) / held.losses.length,
  };
}

/** The experiment as the command line knows it. */
export const mixingLawsExperiment = defineExperiment<MixingLawOptions, MixingLawResults>({
  name: "mixing-laws",
  summary: "losses over mixtures of domains follow a law, which names a good mixture",
  title: "Data mixing laws: what a mixture of domains will cost, from other mixtures",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  usesDigits: true,
  defaults: MIXING_LAW_DEFAULTS,
  brief: { seeds: 3, chosenSeeds: 4 },
  full: { seeds: 8, chosenSeeds: 16 },
  check: checkedOptions,
  run: runMixingLaws,
  report: async () => (await import("./report.ts")).mixingLawsReport,
});
