/** What was set, in words for captions: data, net, training, mixing, seeds. Whoever reads them can train it again. */

import { perceptron } from "../../../src/model/perceptron.ts";
import { tickFormat } from "../../../src/report/panels.ts";
import { FIELDS, type LabConfig } from "../state/fields.ts";
import { type Experiment, lawText } from "../training/experiment.ts";
import { netText } from "../training/netRows.ts";

/** All of the settings, in sentences. */
export function settingsText(config: LabConfig, experiment: Experiment): string {
  return [
    `Data: ${dataText(config, experiment)}.`,
    `Net: ${modelText(config, experiment)}.`,
    `${word("optimizer", config.optimizer)}, learning rate ${config.rate}, ${
      config.batch === 0 ? "full batch" : `batches of ${config.batch}`
    }, ${tickFormat(config.steps)} steps.`,
    `Mixup: ${mixingText(config, experiment)}.`,
    `${seedsText(config, experiment)}.`,
  ].join(" ");
}

function dataText(config: LabConfig, { train: { data }, classNames }: Experiment): string {
  const { separation, noise, dataSeed } = config;
  const N = data.size;
  switch (config.preset) {
    case "line":
      return `${N} points at 0 to ${N - 1} on a line, ${data.targetSize} classes in turn`;
    case "moons":
      return `two moons, ${N} points, separation ${separation}, noise ${noise}, seed ${dataSeed}`;
    case "linear":
      return `two parallel lines, ${N} points, separation ${separation}, spread ${noise}, seed ${dataSeed}`;
    case "digits":
      return `the first ${N} images of handwritten digits, 8×8, ${data.targetSize} classes (Alpaydin and Kaynak, UCI Machine Learning Repository, doi 10.24432/C50P49, CC BY 4.0)`;
    case "own":
      return `own, ${N} points ${data.dimensions === 1 ? "on a line" : "in the plane"}, classes ${classNames.join(", ")}`;
  }
}

function modelText({ layers, activation }: LabConfig, { train: { model } }: Experiment): string {
  const known = perceptron(model);
  if (known === undefined) return netText(model);
  const sizes = known.sizes.join("–");
  return layers === 0 ? `${sizes}, linear, no bias` : `${sizes}, ${word("activation", activation)}`;
}

function mixingText({ view, pairing, granularity }: LabConfig, { law }: Experiment): string {
  const drawn = view === "sweep" ? "λ ~ Beta(α, α)" : lawText(law);
  return `${drawn.replaceAll(" ", "\u00a0")}, one λ per ${granularity}, partner: ${word("pairing", pairing)}`;
}

function seedsText({ firstSeed }: LabConfig, { groups: [group] }: Experiment): string {
  const last = firstSeed + group.runs - 1;
  const seeds = group.runs === 1 ? `Seed ${firstSeed}` : `Seeds ${firstSeed} to ${last}`;
  return `${seeds}, the same for ${group.alpha === undefined ? "both" : "every α"}`;
}

/** How a choice is called in the controls. */
function word(field: "optimizer" | "activation" | "pairing", value: string): string {
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
