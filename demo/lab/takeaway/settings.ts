/** What was set, in words for captions: data, net, training, mixing, seeds. Whoever reads them can train it again. */

import { FIELDS, type LabConfig } from "../state/fields.ts";
import { type Experiment, lawText } from "../training/experiment.ts";
import type { Frame } from "../training/protocol.ts";

/** All of the settings, in sentences. */
export function settingsText(config: LabConfig, experiment: Experiment): string {
  const { seeds, of } = seedsOf(config, experiment);
  return [
    `Data: ${dataText(config, experiment)}.`,
    `Net: ${netText(config, experiment)}.`,
    `${word("optimizer", config.optimizer)}, learning rate ${config.rate}, ${
      config.batch === 0 ? "full batch" : `batches of ${config.batch}`
    }, ${config.steps.toLocaleString("en-US")} steps.`,
    `Mixup: ${mixingText(config, experiment)}.`,
    `Seeds ${seeds}${of}.`,
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
    case "own":
      return `own, ${N} points ${data.dimensions === 1 ? "on a line" : "in the plane"}, classes ${classNames.join(", ")}`;
  }
}

function netText({ layers, activation }: LabConfig, { train: { model } }: Experiment): string {
  const sizes = model.sizes.join("–");
  return layers === 0 ? `${sizes}, linear, no bias` : `${sizes}, ${word("activation", activation)}`;
}

function mixingText({ view, pairing, granularity }: LabConfig, { law }: Experiment): string {
  const drawn = view === "sweep" ? "λ ~ Beta(α, α)" : lawText(law);
  return `${drawn.replaceAll(" ", "\u00a0")}, one λ per ${granularity}, partner: ${word("pairing", pairing)}`;
}

function seedsOf({ firstSeed }: LabConfig, { groups }: Experiment): { seeds: string; of: string } {
  const last = firstSeed + groups[0].runs - 1;
  const seeds = last === firstSeed ? String(firstSeed) : `${firstSeed} to ${last}`;
  return { seeds, of: groups[0].alpha === undefined ? ", the same for both" : ", the same for every α" };
}

/** How a choice is called in the controls. */
function word(field: "optimizer" | "activation" | "pairing", value: string): string {
  const known = FIELDS[field];
  return known.kind === "choice" ? known.options[value] : value;
}

/** `8 nets`, `one net`. */
export function netCount(count: number): string {
  return count === 1 ? "one net" : `${count} nets`;
}

/** `step 60 of 5,000`. */
export function stepText(step: number, steps: number): string {
  const shown = step.toLocaleString("en-US");
  return step === steps ? `step ${shown}` : `step ${shown} of ${steps.toLocaleString("en-US")}`;
}

/** What is missing because nets diverged; empty if none did. */
export function failedText({ failed }: Frame, kept: string): string {
  if (failed.length === 0) return "";
  return ` ${failed.length === 1 ? "One net" : `${failed.length} nets`} diverged and ${kept}.`;
}
