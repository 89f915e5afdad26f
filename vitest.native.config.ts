import { defineConfig } from "vitest/config";
import { shaderPlugin } from "./tools/shaderPlugin.ts";

/** Mesa's llvmpipe ends the process where memory runs out, and the command line does not take OpenGL ES. */
const NOT_ON_GLES = ["test/gpu/memory.test.ts", "test/cli/**"];

/**
 * The tests that need a WebGPU device, in Node: on whatever adapter Dawn finds, without a browser.
 * NATIVE_FLAGS are its options, such as "backend=opengles".
 */
export default defineConfig({
  plugins: [shaderPlugin()],
  test: {
    name: "native",
    include: ["test/gpu/**/*.test.ts", "test/kernels/**/*.test.ts", "test/**/*.{gpu,native}.test.ts"],
    // Canvases and a page's files, which Node has not.
    exclude: [
      ...["test/demo/**", "test/data/**"],
      ...(process.env.NATIVE_FLAGS?.includes("opengles") ? NOT_ON_GLES : []),
    ],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // One process for all: what is compiled once is not compiled again.
    pool: "forks",
    maxWorkers: 1,
    isolate: false,
    setupFiles: ["test/native.setup.ts"],
  },
});
