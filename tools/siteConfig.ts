/** The static site: the lab, the comparison page and the sweep page, to be hosted from any path. */

import { join } from "node:path";
import type { Plugin, UserConfig } from "vite";
import { shaderPlugin } from "./shaderPlugin.ts";

const ROOT = join(import.meta.dirname, "..");

/** Links to what only a build makes. */
const builtLinks: Plugin = {
  name: "mixup-webgpu:links",
  apply: "build",
  transformIndexHtml: (html) =>
    html.replace(
      "<!-- built -->",
      ' <a href="./api/index.html">API</a>. <a href="./licences.txt">Licences of what is bundled here</a>.',
    ),
};

/** Vite's configuration of these pages, built into a folder. */
export function siteConfig(
  pages: readonly string[] = ["index.html", "compare.html", "sweep.html"],
  outDir = join(ROOT, "dist/site"),
): UserConfig {
  return {
    root: join(ROOT, "demo"),
    base: "./",
    plugins: [shaderPlugin(), builtLinks],
    worker: { format: "es", plugins: () => [shaderPlugin()] },
    // Loaded by a worker or when they are first needed, which the development server's scan does not see.
    optimizeDeps: {
      include: [
        "@observablehq/plot",
        "@tensorflow/tfjs-core",
        "@tensorflow/tfjs-core/dist/register_all_gradients",
        "@tensorflow/tfjs-backend-webgpu",
        "@tensorflow/tfjs-backend-webgl",
        "@tensorflow/tfjs-backend-wasm",
        "@jax-js/jax",
      ],
    },
    server: { fs: { allow: [ROOT] } },
    build: {
      target: "es2022",
      outDir,
      emptyOutDir: true,
      // Inlined modules and assets would be data: addresses, which the pages' policy refuses.
      assetsInlineLimit: 0,
      // The peers are large, and loaded only when they are compared.
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: pages.map((page) => join(ROOT, "demo", page)) },
    },
  };
}
