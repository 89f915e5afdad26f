import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { shaderPlugin } from "./shaders/link.ts";

/**
 * What the pages may do: run their own scripts and WebAssembly, and nothing from anywhere else. The built site only; the
 * development server injects styles and opens sockets.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "img-src 'self' data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function policyPlugin(): Plugin {
  return {
    name: "mixup-webgpu:policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** The static site: the lab and the comparison page, to be hosted from any path. */
export default defineConfig({
  root: resolve(import.meta.dirname, "demo"),
  base: "./",
  plugins: [shaderPlugin(), policyPlugin()],
  worker: { format: "es", plugins: () => [shaderPlugin()] },
  // The peers' chunks are loaded by a worker, which the development server's scan does not see.
  optimizeDeps: {
    include: [
      "@tensorflow/tfjs-core",
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
    // Inlined modules and assets would be data: addresses, which the policy refuses.
    assetsInlineLimit: 0,
    // The peers are large, and loaded only when they are compared.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: ["index.html", "compare.html"].map((page) => resolve(import.meta.dirname, "demo", page)),
    },
  },
});
