/** The static site: the lab, the comparison page and the sweep page, to be hosted from any path. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin, UserConfig } from "vite";
import { entryFileNames, offlinePlugin } from "./offline.ts";
import { shaderPlugin } from "./shaderPlugin.ts";

const ROOT = join(import.meta.dirname, "..");

/** Links to what only a build makes, and the address of the picture for links, which has to be a whole one: `SITE_URL` says where. */
const builtLinks: Plugin = {
  name: "mixup-webgpu:links",
  apply: "build",
  transformIndexHtml: (html) =>
    html
      .replace(
        "<!-- built -->",
        ' <a href="./api/index.html">Documentation</a>. <a href="./licences.txt">Licences of what is bundled here</a>.',
      )
      .replace(
        'property="og:image" content="./',
        `property="og:image" content="${process.env.SITE_URL?.replace(/\/?$/, "/") ?? "./"}`,
      ),
};

/** On the development server, where no documentation is built, the lab's links to it lead to the text that it is built from. */
const unbuiltDocuments: Plugin = {
  name: "mixup-webgpu:documents",
  apply: "serve",
  configureServer({ middlewares }) {
    middlewares.use("/api/documents", ({ url }, response, next) => {
      const name = /^\/([\w-]+)\.html\b/.exec(url ?? "")?.[1];
      if (name === undefined) return next();
      readFile(join(ROOT, "docs", `${name}.md`), "utf8").then(
        (text) => {
          response.setHeader("Content-Type", "text/plain; charset=utf-8");
          response.end(text);
        },
        () => next(),
      );
    });
  },
};

/** Vite's configuration of these pages, built into a folder. */
export function siteConfig(
  pages: readonly string[] = ["index.html", "lab.html", "compare.html", "sweep.html"],
  outDir = join(ROOT, "dist/site"),
): UserConfig {
  const inputs = pages.map((page) => join(ROOT, "demo", page));
  const isWhole = pages.includes("index.html");
  if (isWhole) inputs.push(join(ROOT, "demo/offline/serviceWorker.ts"));
  return {
    root: join(ROOT, "demo"),
    base: "./",
    plugins: [shaderPlugin(), builtLinks, unbuiltDocuments, ...(isWhole ? [offlinePlugin()] : [])],
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
      rolldownOptions: { input: inputs, output: { entryFileNames } },
    },
  };
}
