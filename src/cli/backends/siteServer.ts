/**
 * Serves a folder of built files on this machine, on a free port, below a path. Isolated from other origins, so that
 * pages get shared memory and clocks of full resolution. For `bench` and for the tests of the built site.
 */

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** Both are needed for `crossOriginIsolated`; everything is our own, so nothing is lost. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** The server and the address of the folder, with a slash at its end. `path` is where on the server it is. */
export async function serveFolder(folder: string, path = "/"): Promise<{ server: Server; url: string }> {
  const server = createServer(async (request, response) => {
    try {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const name = pathname.startsWith(path) ? pathname.slice(path.length) || "index.html" : "";
      const file = normalize(join(folder, decodeURIComponent(name)));
      if (name === "" || !file.startsWith(normalize(folder) + sep)) throw new Error("outside");
      const bytes = await readFile(file);
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, ...ISOLATION }).end(bytes);
    } catch {
      response.writeHead(404, ISOLATION).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}` };
}
