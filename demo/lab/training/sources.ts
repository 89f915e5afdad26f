/**
 * Images that an experiment trains on, fetched from where the page itself came from, once, when they are first needed.
 *
 * Not here: what is made of them (`experiment.ts`).
 */

import digitImages from "../../../data/digits/images-idx3-ubyte.gz?url";
import digitLabels from "../../../data/digits/labels-idx1-ubyte.gz?url";
import { type NamedFile, readDigitSplits } from "../../../src/data/imageSplits.ts";
import { MixupError } from "../../../src/errors.ts";
import type { ImageSources } from "../../../src/experiments/images/settings.ts";
import type { LabConfig, PresetName } from "../state/fields.ts";

/** Presets that need the digits. */
const ON_DIGITS: readonly PresetName[] = ["digits", "long-tail", "mixing", "policies", "merging"];
const NOTHING: ImageSources = {};
let digits: ImageSources | undefined;

/** What a state needs, if it is there. */
export function knownSources({ preset }: LabConfig): ImageSources | undefined {
  return ON_DIGITS.includes(preset) ? digits : NOTHING;
}

/**
 * What a state needs.
 * @throws MixupError if it can't be had.
 */
export async function fetchSources(config: LabConfig): Promise<ImageSources> {
  const known = knownSources(config);
  if (known !== undefined) return known;
  const [images, labels] = await Promise.all([fetched(digitImages), fetched(digitLabels)]);
  digits = { digits: await readDigitSplits(images, labels) };
  return digits;
}

async function fetched(url: string): Promise<NamedFile> {
  const path = url.split("/").at(-1)!;
  const response = await fetch(url).catch((cause) => {
    throw new MixupError(`${path} could not be fetched: ${(cause as Error).message}`, { cause });
  });
  if (!response.ok) throw new MixupError(`${path} could not be fetched: status ${response.status}.`);
  return { path, bytes: new Uint8Array(await response.arrayBuffer()) };
}
