/**
 * What must come out, as inequalities between means, from a repetition in PyTorch on other draws (16 splits, 8 draws; twice). No value
 * is published: the paper's figures are of large image nets.
 */

import { bounded, type Reference, showSpread } from "../../report/references.ts";
import {
  type DigitsGroup,
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
  return [
    ...digitsChecks(digits, digitsDifferences),
    ...rare.flatMap((group) => rareChecks(group, size?.above ?? STUCK[0].above, differences)),
  ];
}

/** Nothing where fewer than two mixed laws were trained on digits. */
function digitsChecks(digits: readonly DigitsGroup[], differences: readonly string[]): Reference[] {
  const mixed = digits.filter(({ law }) => law !== "ERM");
  if (mixed.length < 2) return [];
  const means = mixed.map(({ accuracy }) => accuracy.mean);
  const isWhole = means.every((mean) => mean !== null);
  const distance = isWhole ? Math.max(...(means as number[])) - Math.min(...(means as number[])) : null;
  const listed = mixed.map(({ law, accuracy }) => `${LAW_TITLES[law]} ${showSpread(accuracy)}`).join(", ");
  return [
    bounded({
      heading: DIGITS,
      what: `distance of the mixed laws' accuracies (${listed}; ${mixed[0].accuracies.length} splits)`,
      relation: "at most",
      bound: TOGETHER,
      measured: distance,
      basis: "repeated",
      source: `${SOURCE}: .917 to .924`,
      differences,
    }),
  ];
}

function rareChecks(group: RareGroup, above: number, differences: readonly string[]): Reference[] {
  const { law, until, rare, common, rareTraining, runs } = group;
  const shared = {
    heading: RARE,
    source: SOURCE,
    basis: "repeated",
    differences: [...differences, ...diverged(group)],
  } as const;
  const name = groupTitle(group);
  const count = `${runs.length} runs`;
  const isErm = law === "ERM";
  return [
    bounded({
      ...shared,
      what: `${name}: rare test error (${showSpread(rare)}, ${count})`,
      relation: isErm ? "at least" : "at most",
      bound: isErm ? above : LEARNT,
      measured: rare.mean,
    }),
    ...(until === null
      ? [
          bounded({
            ...shared,
            what: `${name}: common test error (${showSpread(common)}, ${count})`,
            relation: "at most",
            bound: COMMON,
            measured: common.mean,
          }),
        ]
      : []),
    ...(isErm
      ? [
          bounded({
            ...shared,
            what: `${name}: error on its own rare training points (${showSpread(rareTraining)}, ${count})`,
            relation: "at most",
            bound: 0,
            measured: rareTraining.mean,
          }),
        ]
      : []),
  ];
}

function diverged({ runs }: RareGroup): string[] {
  const count = runs.filter(({ failure }) => failure !== null).length;
  return count === 0 ? [] : [`${count} of ${runs.length} runs diverged`];
}
