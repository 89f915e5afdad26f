/**
 * What the C-Mixup experiment trains: the arms that its options ask for, in stages of arms that share their data.
 *
 * Not here: training them (`experiment.ts`).
 */

import type { ImageSplits } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import { beta } from "../../mixing/laws.ts";
import { erm, type Mixing, mixup } from "../../mixing/mixing.ts";
import { spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { ExperimentOptions } from "../experiment.ts";
import type { SplitData } from "../splits.ts";
import { friedman, rotatedDigits, withLabelNoise } from "./data.ts";
import { cMixup } from "./loops.ts";
import type { Arm, DataSummary, LawName } from "./results.ts";

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

/** s of C-Mixup on the digits; on Friedman's function, whose labels have a deviation of 1, four times that. */
const BANDWIDTH = 0.1;
const FRIEDMAN_BANDWIDTH = 0.4;
export const VALIDATION = 200;
/** tau, the share of noisy labels, and their noise. */
export const SHARE = 0.3;
export const DEVIATION = 0.5;
export const FIRST_BANDWIDTH = 0.4;

type Part = "training" | "validation" | "test";

/** Arms that train together, on the same sets. */
export interface Stage {
  readonly label: string;
  readonly draws: (SplitData<Part> & { readonly noisy?: Uint32Array })[];
  readonly arms: readonly Arm[];
}

/** The populations of these options, one after the other. */
export function stagesOf({
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

export function mixingOf({ law, bandwidth }: Arm): Mixing {
  if (law === "erm") return erm();
  return law === "mixup" ? mixup(beta(2)) : cMixup(bandwidth!);
}

/** How many of these rows have noisy labels: `noisy` are rows of the set, the first of which is row `first` of all. */
export function noisyShare(kept: Uint32Array, first: number, noisy: Uint32Array): number {
  const known = new Set(noisy);
  return kept.filter((row) => known.has(row - first)).length / kept.length;
}

/** How many labels a stage trains on, and their deviation. */
export function labelsOf({ draws }: Stage): Pick<DataSummary, "points" | "labelDeviation"> {
  const deviations = draws.map(
    ({ data, splits }) => spread(Array.from(splits.training, (row) => data.targets[row])).std!,
  );
  return { points: draws[0].splits.training.length, labelDeviation: spread(deviations).mean! };
}
