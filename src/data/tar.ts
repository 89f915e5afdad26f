/** The files in a tar archive, read by nanotar. Not here: compression (`gzip.ts`). */

import { parseTar } from "nanotar";
import { ConfigError } from "../errors.ts";

/** What ustar and GNU write into the first header, and where. */
const [MAGIC, MAGIC_AT] = ["ustar", 257];

export function isTar(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(MAGIC_AT, MAGIC_AT + MAGIC.length)) === MAGIC;
}

/**
 * All plain files of an archive.
 * @throws ConfigError where it is truncated, or a file's size is no number.
 */
export function readTar(bytes: Uint8Array, path: string): { path: string; bytes: Uint8Array }[] {
  // nanotar reads a view's whole buffer.
  const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
  try {
    return parseTar(whole, {
      filter: ({ type, size }) => {
        // It would go on anywhere, or round and round.
        if (!(size >= 0)) throw new RangeError("a size that is no number");
        return type === "file";
      },
    }).map(({ name, data }) => ({ path: name, bytes: data ?? new Uint8Array() }));
  } catch (cause) {
    throw new ConfigError(path, "a tar archive that is truncated or damaged. Download it again.", { cause });
  }
}

/** A path's last name. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
