/**
 * Bytes between Node and a page: the many that messages are too slow for. A server on this machine, at an address that nobody
 * guesses; the page takes what it was sent, and reads and writes what an experiment keeps.
 *
 * Not here: the page's half (`exchanged.ts`).
 */

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Store } from "../../experiments/store.ts";

/** Bytes of this length and more are sent through the exchange. */
const MANY = 1 << 16;

/** Something with bytes at some places, as a page gets it: see `attach` of `exchanged.ts`. */
export interface Detached {
  readonly value: unknown;
  readonly bytes: readonly Uint8Array[];
}

/** Takes larger arrays of bytes out of plain data. */
export function detach(value: unknown): Detached {
  const bytes: Uint8Array[] = [];
  const walk = (value: unknown): unknown => {
    if (value instanceof Uint8Array && value.length >= MANY) return { $bytes: bytes.push(value) - 1 };
    if (ArrayBuffer.isView(value) || typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(walk);
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, walk(entry)]));
  };
  return { value: walk(value), bytes };
}

export interface Exchange {
  readonly url: string;
  close(): void;
}

/** Serves `bytes` at `url/0`, `url/1`, ..., and the store at `url/kept/name`. */
export async function openExchange(bytes: readonly Uint8Array[], store: Store): Promise<Exchange> {
  const secret = randomUUID();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Methods", "GET, PUT");
    response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
    const [, token, first = "", name = ""] = (request.url ?? "").split("/").map(decodeURIComponent);
    if (token !== secret) return response.writeHead(404).end();
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    if (first === "kept" && request.method === "PUT") {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      await store.write(name, Buffer.concat(parts));
      return response.writeHead(204).end();
    }
    const found = first === "kept" ? await store.read(name) : bytes[Number(first)];
    return found === undefined ? response.writeHead(404).end() : response.writeHead(200).end(found);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${secret}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
