/**
 * Safetensors files that tell when they are not any more what was written: the SHA-256 of the whole file, header and data, stands
 * in the metadata. It is that of the file with 64 zeros where it stands.
 *
 * Not here: the format (`safetensors.ts`).
 */

import { checkObject } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { Sha256 } from "../numeric/sha256.ts";
import { encodeSafetensors, type Safetensors, type SafetensorsTensor } from "./safetensors.ts";

/** The key in the metadata; that of others would be of something else. */
export const DIGEST_KEY = "mixup-webgpu.sha256";

const ZEROS = "0".repeat(64);

/**
 * A safetensors file with its digest.
 * @throws ConfigError as `encodeSafetensors`
 */
export function encodeSealed(
  tensors: Record<string, SafetensorsTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  checkObject("safetensors.__metadata__", metadata, "Give an object of strings.");
  return seal(encodeSafetensors(tensors, { ...metadata, [DIGEST_KEY]: ZEROS }));
}

/** Writes the digest of a file to where it stands, in place. */
export function seal(bytes: Uint8Array): Uint8Array {
  const at = placeOf(bytes);
  if (at !== undefined) bytes.set(new TextEncoder().encode(digestOf(bytes, at)), at);
  return bytes;
}

/**
 * Whether a file is what was written.
 * @param path of the file, for the error
 * @throws ConfigError with path `<path>.sha256` where it is not, or where a digest is `required` and there is none.
 */
export function checkSeal(
  path: string,
  bytes: Uint8Array,
  metadata: Safetensors["metadata"],
  required: boolean,
): void {
  const written = metadata[DIGEST_KEY];
  if (written === undefined) {
    if (required) throw new ConfigError(`${path}.sha256`, "missing: the file was changed.");
    return;
  }
  const at = placeOf(bytes);
  if (at === undefined || digestOf(bytes, at) !== written) {
    throw new ConfigError(
      `${path}.sha256`,
      "the file is not what was written: it was damaged or changed since.",
    );
  }
}

/** Where the digest's 64 digits stand in the header. */
function placeOf(bytes: Uint8Array): number | undefined {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  // A byte a character, so that places are the file's. Within a string of the header the quotes would be escaped.
  const header = new TextDecoder("latin1").decode(bytes.subarray(8, 8 + length));
  const key = `"${DIGEST_KEY}":"`;
  const found = header.indexOf(key);
  const at = 8 + found + key.length;
  return found < 0 || at + ZEROS.length > 8 + length ? undefined : at;
}

function digestOf(bytes: Uint8Array, at: number): string {
  return new Sha256()
    .update(bytes.subarray(0, at))
    .update(new TextEncoder().encode(ZEROS))
    .update(bytes.subarray(at + ZEROS.length))
    .digest();
}
