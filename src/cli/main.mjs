/**
 * Starts a command from a checkout, without a build step: Vite loads the TypeScript and links the shaders,
 * and serves the page in which a command computes. The commands themselves are TypeScript (`reproduce/`, `sweep/`, `work/`, `bench/`).
 * Nothing is written but where a command is told to, and in the system's folder for temporary files.
 */

import { readFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { join } from "node:path";
import { openSources } from "../../tools/sources.mjs";

const COMMANDS = {
  reproduce: "/src/cli/reproduce/reproduce.ts",
  sweep: "/src/cli/sweep/sweep.ts",
  work: "/src/cli/work/work.ts",
  "work-thread": "/src/cli/work/thread.ts",
  bench: "/src/cli/bench/bench.ts",
};

const [name, ...commandLine] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, name)) {
  process.stderr.write(`Unknown command "${name ?? ""}". Known: ${Object.keys(COMMANDS).join(", ")}.\n`);
  process.exit(2);
}
const sources = await openSources();

/** The page at `/`, everything else from Vite; on this machine only, on a free port. */
async function host(page) {
  const html = await readFile(join(import.meta.dirname, `${page}.html`));
  const server = createHttpServer((request, response) => {
    if (request.url === "/") response.setHeader("content-type", "text/html; charset=utf-8").end(html);
    else sources.vite.middlewares(request, response);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return { server, url: `http://127.0.0.1:${server.address().port}/` };
}

try {
  const { main } = await sources.vite.ssrLoadModule(COMMANDS[name]);
  process.exitCode = await main(commandLine, host);
} finally {
  await sources.close();
}
