/** What the original's runs cost on the device at hand: measured with a few steps of the same net, before hours are begun. */

import { erm } from "../../mixing/mixing.ts";
import { adam } from "../../model/optimizer.ts";
import type { Trainer } from "../trainer.ts";
import { type Setting, subsetOf } from "./settings.ts";

/** Steps that are timed, after one that compiles. */
const STEPS = 3;
/** A batch whose steps are at least this long says enough, in ms. */
const LONG = 500;

/** Measured seconds of training on one image, forward and backward, and the batch it was measured with. */
export interface Cost {
  readonly secondsPerImage: number;
  readonly batch: number;
  readonly device: string;
}

/**
 * Times steps of the setting's net, with larger and larger batches until they take long enough.
 * @throws the trainer's errors as they are.
 */
export async function costOf(trainer: Trainer, setting: Setting, signal?: AbortSignal): Promise<Cost> {
  const { description, vendor, architecture } = trainer.adapter;
  const device = description || `${vendor} ${architecture}`.trim() || trainer.backend;
  for (const batch of [1, 16, setting.batch]) {
    const ms = await stepTime(trainer, setting, Math.min(batch, setting.data.size), signal);
    if (ms >= LONG || batch === setting.batch) return { secondsPerImage: ms / 1000 / batch, batch, device };
  }
  throw new Error("There is always a last batch.");
}

/** Milliseconds of a step, the mean of {@link STEPS}. */
async function stepTime(
  trainer: Trainer,
  { model, data }: Setting,
  batch: number,
  signal?: AbortSignal,
): Promise<number> {
  const some = subsetOf(data, Math.max(batch, 2));
  const config = {
    data: some,
    evaluationData: subsetOf(data, 2),
    model,
    optimizer: adam(),
    batch,
    steps: STEPS + 1,
    runs: [{ seed: 0, mixing: erm() }],
  };
  const training = trainer.train(config, { signal, stepsPerSubmit: 1 });
  try {
    let started = performance.now();
    for await (const { step } of training) if (step === 1) started = performance.now();
    await training.result;
    return (performance.now() - started) / STEPS;
  } finally {
    training.destroy();
  }
}

/** An evaluation of an image is a forward pass, a third of a step's work. */
const EVALUATION = 1 / 3;

/** A line for the person who waits. */
export function costInWords(
  { secondsPerImage, batch, device }: Cost,
  { data }: Setting,
  epochs: number,
  runs: number,
  kept: number,
): string {
  const one = secondsPerImage * data.size * epochs * (1 + EVALUATION);
  const before = kept === 0 ? "" : ` ${kept} are done already.`;
  return (
    `ResNet-18 on ${data.size.toLocaleString("en-US")} images of ${data.shape!.join(" x ")}, ${epochs} epochs: about ` +
    `${duration(one)} a run on ${device} (measured with batches of ${batch}), ${duration(one * runs)} for the ${runs} to come.` +
    `${before} Stop at any time: the same command goes on.`
  );
}

/** `40 seconds`, `28 minutes`, `5.2 hours`, `48 days`. */
export function duration(seconds: number): string {
  const units = [
    ["days", 86_400],
    ["hours", 3600],
    ["minutes", 60],
    ["seconds", 1],
  ] as const;
  const [unit, length] = units.find(([, length]) => seconds >= 2 * length) ?? units[3];
  const value = seconds / length;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}
