/** What was set, in words for captions: data, net, training, mixing, seeds. Whoever reads them can train it again. */

import { FLIPPED, SHIFT } from "../../../src/experiments/fair-weights/data.ts";
import { RATES } from "../../../src/experiments/fair-weights/problem.ts";
import { perceptron } from "../../../src/model/perceptron.ts";
import { tickFormat } from "../../../src/report/panels.ts";
import { FIELDS, type LabConfig } from "../state/fields.ts";
import { shownView } from "../state/presets.ts";
import { MERGING_RATES } from "../training/domains/merging.ts";
import type { Experiment } from "../training/experiment.ts";
import { netText } from "../training/measured/netRows.ts";
import { labelText, lawText, shortNumber } from "../training/mixings.ts";

/** All of the settings, in sentences. */
export function settingsText(config: LabConfig, experiment: Experiment): string {
  const { preset, steps, retrain, rate, batch, way } = config;
  const data = `Data: ${dataText(config, experiment)}.`;
  const net = `Net: ${modelText(config, experiment)}.`;
  const seeds = `${seedsText(config, experiment)}.`;
  if (preset === "over-training") {
    const rates = "gradient descent at the rate 1 / largest eigenvalue of its own design";
    return `${data} ${net} ${capital(rates)}, ${tickFormat(steps)} steps of nets. Mixup: λ = 0.5, all pairs in one batch. ${seeds}`;
  }
  if (preset === "long-tail") {
    const optimizer = way === "slow" ? "SGD, learning rate 0.01" : "SGD, learning rate 0.05, momentum 0.9";
    const after = `then the last layer alone, ${optimizer}, ${tickFormat(retrain)} steps`;
    return `${data} ${net} Adam, learning rate 0.001, full batch, ${tickFormat(steps)} steps; ${after}. ${seeds}`;
  }
  if (preset === "merging") {
    const [first, second] = MERGING_RATES;
    return `${data} ${net} Adam, batches of ${experiment.train.batch}: ${tickFormat(steps)} steps at learning rate ${first} on plain digits, then ${tickFormat(retrain)} steps of a fresh Adam at ${second} on one domain. ${seeds}`;
  }
  if (preset === "mixing" || preset === "policies") {
    const size = experiment.train.batch;
    return `${data} ${net} Adam, learning rate 0.001, batches of ${size}, ${tickFormat(steps)} steps. ${seeds}`;
  }
  if (preset === "fair-weights") {
    const { learningRate, weightRate, utility } = RATES;
    const learnt = `after each, Adam, rate ${weightRate}, on the weights of the training points, from 1, not negative, as many in all as points, utility ${utility}`;
    return `${data} ${net} Gradient descent from 0, learning rate ${learningRate}, full batch, ${tickFormat(steps)} rounds of one step; ${learnt}. ${seeds}`;
  }
  return [
    data,
    net,
    `${word("optimizer", config.optimizer)}, learning rate ${rate}, ${
      batch === 0 ? "full batch" : `batches of ${batch}`
    }, ${tickFormat(steps)} steps.`,
    `Mixup: ${mixingText(config, experiment)}.`,
    ...labelsText(config),
    seeds,
  ].join(" ");
}

function capital(words: string): string {
  return words[0].toUpperCase() + words.slice(1);
}

const DIGITS = "(Alpaydin and Kaynak, UCI Machine Learning Repository, doi 10.24432/C50P49, CC BY 4.0)";

function dataText(
  config: LabConfig,
  { train: { data }, classNames, longTail, policies, fairWeights, merging }: Experiment,
): string {
  const { separation, noise, dataSeed, curve, largest, imbalance } = config;
  const N = data.size;
  switch (config.preset) {
    case "line":
      return `${N} points at 0 to ${N - 1} on a line, ${data.targetSize} classes in turn`;
    case "moons":
    case "two-lambdas":
      return `two moons${config.preset === "moons" ? "" : " that overlap"}, ${N} points, separation ${separation}, noise ${noise}, seed ${dataSeed}`;
    case "linear":
      return `two parallel lines, ${N} points, separation ${separation}, spread ${noise}, seed ${dataSeed}`;
    case "digits":
      return `the first ${N} images of handwritten digits, 8×8, ${data.targetSize} classes ${DIGITS}`;
    case "c-mixup":
      return `${N} points around a curve, ${word("curve", curve)}, noise ${noise}, seed ${dataSeed}`;
    case "over-training":
      return `${config.points} points from N(0, I) in 5 dimensions, labels of a teacher in the span of 100 random features, seed ${dataSeed}`;
    case "long-tail":
      return `handwritten digits, ${largest} images of the most frequent class down to ${Math.min(...longTail!.splits[0].counts)} of the rarest, imbalance ${imbalance} ${DIGITS}`;
    case "mixing":
      return `handwritten digits under three permutations of their pixels, the first none, 1200 images for training in each domain and the others for validation, seed ${dataSeed} ${DIGITS}`;
    case "policies":
      return `handwritten digits under four permutations of their pixels, two classes alone in the first domain, ${policies!.last} in the last, 1200 images for training in each and the others for validation, seed ${dataSeed} ${DIGITS}`;
    case "fair-weights": {
      const [{ parts }] = fairWeights!.draws;
      const [clean, test] = [parts.grouped, parts.test].map(({ labels }) => tickFormat(labels.length));
      const { positive, negative } = FLIPPED;
      return `${config.points} points of two groups from N(0, I) in the plane, those of group 1 shifted by ${SHIFT} along x, labelled by a line with noise; in training ${100 * positive} % of the positives of group 0 and ${100 * negative} % of the negatives of group 1 have the wrong label. ${clean} points with known groups, by which weights are learnt, and ${test} for tests have right ones`;
    }
    case "merging": {
      const { domains, draws } = merging!;
      const [{ training, validation }] = draws;
      return `handwritten digits in ${domains.length} domains (${domains.join(", ")}), ${training[0].length} images for training in each and ${validation[0].length} others for validation, drawn by the seed ${DIGITS}`;
    }
    case "own": {
      const where = data.dimensions === 1 ? "on a line" : "in the plane";
      return `own, ${N} points ${where}, ${data.labels === undefined ? "labels are numbers" : `classes ${classNames.join(", ")}`}`;
    }
  }
}

function modelText({ layers, activation, preset }: LabConfig, { train: { model } }: Experiment): string {
  const known = perceptron(model);
  if (known === undefined) return netText(model);
  const sizes = known.sizes.join("–");
  if (preset === "over-training") return `${sizes}, ReLU, no bias, first layer frozen`;
  if (layers > 0 || preset === "long-tail") return `${sizes}, ${word("activation", activation)}`;
  return `${sizes}, linear${known.bias ? "" : ", no bias"}`;
}

function mixingText(config: LabConfig, { law }: Experiment): string {
  const { pairing, granularity, bandwidth, probability, geometry, eta, labelLaw, switchAt } = config;
  const drawn = shownView(config) === "sweep" ? "λ ~ Beta(α, α)" : lawText(law);
  const near = pairing === "label-kernel" ? `, bandwidth ${shortNumber(bandwidth)}` : "";
  const more = [
    ...(labelLaw === "tied" ? [] : [`labels: ${labelText(config)}`]),
    ...(geometry === "blend" ? [] : [`mixed: ${word("geometry", geometry)}`]),
    ...(probability === 1 ? [] : [`mixed with probability ${probability}`]),
    ...(eta === 0 ? [] : [`beside the clean batch with weight ${eta}`]),
    ...(switchAt === 0 ? [] : [`ERM from step ${tickFormat(switchAt)}`]),
  ];
  const parts = [
    drawn.replaceAll(" ", "\u00a0"),
    `one λ per ${granularity}`,
    `partner: ${word("pairing", pairing)}${near}`,
    ...more,
  ];
  return parts.join(", ");
}

/** What is done to the labels of all nets. */
function labelsText({ smoothing, distillation }: LabConfig): string[] {
  const parts = [
    ...(smoothing === 0 ? [] : [`smoothed by ${smoothing}`]),
    ...(distillation === 0 ? [] : [`${distillation} of them the net’s own predictions`]),
  ];
  return parts.length === 0 ? [] : [`Labels of all nets: ${parts.join(", ")}.`];
}

function seedsText({ firstSeed, seeds: draws }: LabConfig, { groups, overTraining }: Experiment): string {
  const [group] = groups;
  const runs = overTraining === undefined ? group.runs : draws;
  const last = firstSeed + runs - 1;
  const seeds = runs === 1 ? `Seed ${firstSeed}` : `Seeds ${firstSeed} to ${last}`;
  const all = group.alpha !== undefined ? "every α" : groups.length === 2 ? "both" : "all";
  return `${seeds}, the same for ${all}`;
}

/** `ERM and Mixup`: what is compared. */
export function comparedText({ groups }: Experiment): string {
  const names = groups.map(({ short }) => short);
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** How a choice is called in the controls. */
function word(field: "optimizer" | "activation" | "pairing" | "geometry" | "curve", value: string): string {
  const known = FIELDS[field];
  return known.kind === "choice" ? known.options[value] : value;
}

/** `mean of 8 nets`, `one net`. */
export function meanOf(count: number): string {
  return count === 1 ? "one net" : `mean of ${count} nets`;
}

/** `step 60 of 5000`. */
export function stepText(step: number, steps: number): string {
  return step === steps ? `step ${tickFormat(step)}` : `step ${tickFormat(step)} of ${tickFormat(steps)}`;
}

/** What is said of nets that diverged, and what became of them; empty if none did. */
export function failedText({ length }: readonly number[], fate: string): string {
  return length === 0 ? "" : ` ${length === 1 ? "One net" : `${length} nets`} diverged: ${fate}.`;
}
