/**
 * The TypeScript of this checkout, loaded by Vite without a build step and without a configuration file, which Vite would
 * bundle into `node_modules`. Its caches go into the system's folder for temporary files.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "vite";

export const ROOT = join(import.meta.dirname, "..");

/** A server in memory; `close` also takes its folder away. */
export async function openSources() {
  const cacheDir = await mkdtemp(join(tmpdir(), "mixup-webgpu-"));
  const open = (plugins) =>
    createServer({
      root: ROOT,
      configFile: false,
      cacheDir,
      plugins,
      appType: "custom",
      logLevel: "error",
      clearScreen: false,
      // One load and no more: nothing to watch, nothing to reload, and of dependencies only what is not made for pages is bundled.
      server: { middlewareMode: true, hmr: false, ws: false, watch: null },
      optimizeDeps: { noDiscovery: true, include: ["ml-levenberg-marquardt"] },
    });
  // The plugin is TypeScript, too: one server loads it, another uses it.
  const bare = await open([]);
  const { shaderPlugin, shaderParts } = await bare.ssrLoadModule("/tools/shaderPlugin.ts");
  await bare.close();
  const vite = await open([shaderPlugin()]);
  const close = async () => {
    await vite.close();
    await rm(cacheDir, { recursive: true, force: true });
  };
  return { vite, shaderPlugin, shaderParts, close };
}
