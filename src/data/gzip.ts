/** Files packed by gzip, unpacked by the platform. Not here: archives. */

import { ConfigError } from "../errors.ts";

/**
 * The bytes without their compression; as they are where there is none.
 * @throws ConfigError where it is broken or truncated.
 */
export async function gunzip(bytes: Uint8Array, path: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    // A fresh copy: a Blob does not take views of shared memory.
    const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw new ConfigError(path, "its gzip compression is broken or truncated. Download it again.", { cause });
  }
}
