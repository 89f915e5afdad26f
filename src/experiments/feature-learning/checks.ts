/**
 * What must come out, as inequalities between means, from a repetition in PyTorch on other draws (16 splits, 8 draws; twice). No value
 * is published: the paper's figures are of large image nets.
 */

import type { Reference } from "../../report/references.ts";
import { below, claim, meanText, showDigits } from "../claims.ts";
import {
  type DigitsSetting,
  type FeatureLearningResults,
  groupTitle,
  LAW_TITLES,
  type RareGroup,
} from "./results.ts";

const SOURCE = "a repetition on other draws (PyTorch)";
const DIGITS = "Digits";
const RARE = "Rare features";

/** Runs of a law that the inequalities need. */
const LEAST_RUNS = 8;
/** Distance of means on digits. */
const TOGETHER = 0.01;
const LEARNT = 0.05;
const COMMON = 0.01;

/** How many steps the two sizes were specified for, and what ERM's error is above then. */
const STUCK: readonly { points: number; steps: number; above: number }[] = [
  { points: 150, steps: 800, above: 0.25 },
  { points: 80, steps: 400, above: 0.15 },
];

/** All claims. */
export function featureLearningChecks(
  { digits, rare, rareSetting }: Pick<FeatureLearningResults, "digits" | "rare" | "rareSetting">,
  digitsSetting: DigitsSetting,
): Reference[] {
  const size = STUCK.find(({ points }) => points === rareSetting.points);
  const runs = rare[0].runs.length;
  const fewer = runs < LEAST_RUNS ? [`${runs} of ${LEAST_RUNS} runs a law`] : [];
  const differences = [
    ...fewer,
    ...(size?.steps === rareSetting.steps
      ? []
      : [`${rareSetting.steps} steps, not ${size?.steps ?? "as specified"}`]),
  ];
  const specified = digitsSetting.hidden[0] === 128 ? 600 : 400;
  const digitsDifferences = [
    ...fewer,
    ...(digitsSetting.steps === specified ? [] : [`digits: ${digitsSetting.steps} steps, not ${specified}`]),
  ];
  const mixed = digits.filter(({ law }) => law !== "ERM");
  const means = mixed.map(({ accuracy }) => accuracy.mean);
  const isWhole = means.every((mean) => mean !== null);
  const distance = isWhole ? Math.max(...(means as number[])) - Math.min(...(means as number[])) : null;
  const listed = mixed.map(({ law, accuracy }) => `${LAW_TITLES[law]} ${meanText(accuracy)}`).join(", ");
  return [
    claim({
      heading: DIGITS,
      what: `accuracies of the mixed laws within ${TOGETHER}: ${showDigits(distance, 4)} apart (${listed}; ${mixed[0].accuracies.length} splits)`,
      holds: distance === null ? undefined : distance <= TOGETHER,
      source: `${SOURCE}: .917 to .924`,
      differences: digitsDifferences,
    }),
    ...rare.flatMap((group) => rareChecks(group, size?.above ?? STUCK[0].above, differences)),
  ];
}

function rareChecks(group: RareGroup, above: number, differences: readonly string[]): Reference[] {
  const { law, until, rare, common, rareTraining, runs } = group;
  const shared = { heading: RARE, source: SOURCE, differences: [...differences, ...diverged(group)] };
  const name = groupTitle(group);
  const count = `${runs.length} runs`;
  const isErm = law === "ERM";
  return [
    claim({
      ...shared,
      what: isErm
        ? `${name}: rare test error above ${above} (${meanText(rare)}, ${count})`
        : `${name}: rare test error below ${LEARNT} (${meanText(rare)}, ${count})`,
      holds: isErm ? below(above, rare.mean) : below(rare.mean, LEARNT),
    }),
    ...(until === null
      ? [
          claim({
            ...shared,
            what: `${name}: common test error below ${COMMON} (${meanText(common)}, ${count})`,
            holds: below(common.mean, COMMON),
          }),
        ]
      : []),
    ...(isErm
      ? [
          claim({
            ...shared,
            what: `${name}: error on its own rare training points 0 (${meanText(rareTraining)}, ${count})`,
            holds: rareTraining.mean === null ? undefined : rareTraining.mean === 0,
          }),
        ]
      : []),
  ];
}

function diverged({ runs }: RareGroup): string[] {
  const count = runs.filter(({ failure }) => failure !== null).length;
  return count === 0 ? [] : [`${count} of ${runs.length} runs diverged`];
}
