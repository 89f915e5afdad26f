/**
 * Starts a command from a checkout, without a build step: Vite loads the TypeScript and links the shaders,
 * and serves the page in which a command computes. The commands themselves are TypeScript (`reproduce.ts`).
 */

import { join } from "node:path";
import { createServer } from "vite";

const root = join(import.meta.dirname, "../..");
const COMMANDS = { reproduce: "/src/cli/reproduce.ts", bench: "/src/cli/bench.ts" };

const [name, ...commandLine] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, name)) {
  process.stderr.write(`Unknown command "${name ?? ""}". Known: ${Object.keys(COMMANDS).join(", ")}.\n`);
  process.exit(2);
}
const vite = await createServer({
  root,
  configFile: join(root, "vite.config.ts"),
  appType: "custom",
  logLevel: "error",
  clearScreen: false,
  // One load and no more: nothing to watch, nothing to reload, no dependencies to bundle for the page.
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: [] },
});
try {
  const { main } = await vite.ssrLoadModule(COMMANDS[name]);
  process.exitCode = await main(commandLine, vite);
} finally {
  await vite.close();
}
