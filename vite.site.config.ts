import { resolve } from "node:path";
import { defineConfig } from "vite";
import { shaderPlugin } from "./tools/shaderPlugin.ts";

/** The static site: the lab and the comparison page, to be hosted from any path. */
export default defineConfig({
  root: resolve(import.meta.dirname, "demo"),
  base: "./",
  plugins: [shaderPlugin()],
  worker: { format: "es", plugins: () => [shaderPlugin()] },
  // The peers' chunks are loaded by a worker, which the development server's scan does not see.
  optimizeDeps: {
    include: [
      "@tensorflow/tfjs-core",
      "@tensorflow/tfjs-core/dist/register_all_gradients",
      "@tensorflow/tfjs-backend-webgpu",
      "@tensorflow/tfjs-backend-webgl",
      "@tensorflow/tfjs-backend-wasm",
      "@jax-js/jax",
    ],
  },
  server: { fs: { allow: [import.meta.dirname] } },
  build: {
    target: "es2022",
    outDir: resolve(import.meta.dirname, "dist/site"),
    emptyOutDir: true,
    // Inlined modules and assets would be data: addresses, which the pages' policy refuses.
    assetsInlineLimit: 0,
    // The peers are large, and loaded only when they are compared.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: ["index.html", "compare.html"].map((page) => resolve(import.meta.dirname, "demo", page)),
    },
  },
});
