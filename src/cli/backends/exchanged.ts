/** The page's half of the exchange of bytes with Node (`exchange.ts`). */

import type { Store } from "../../experiments/store.ts";

/** Puts bytes back to where they were taken out. */
export async function attach(value: unknown, url: string): Promise<unknown> {
  if (ArrayBuffer.isView(value) || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Promise.all(value.map((entry) => attach(entry, url)));
  const { $bytes } = value as { $bytes?: number };
  if ($bytes !== undefined) return take(`${url}/${$bytes}`);
  const entries = Object.entries(value).map(async ([key, entry]) => [key, await attach(entry, url)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Node's store. */
export function remoteStore(url: string): Store {
  const at = (name: string) => `${url}/kept/${encodeURIComponent(name)}`;
  return {
    read: (name) => take(at(name)),
    async write(name, bytes) {
      // A view of a buffer that is not shared, as all of ours are.
      const response = await fetch(at(name), { method: "PUT", body: bytes as Uint8Array<ArrayBuffer> });
      if (!response.ok) throw new Error(`${name} could not be kept: ${await response.text()}`);
    },
  };
}

async function take(url: string): Promise<Uint8Array | undefined> {
  const response = await fetch(url);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`The command does not answer: ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}
