import { defineConfig } from "vitest/config";

/**
 * The kernels under naga, the compiler of Firefox's WebGPU, in Deno: what pipelines were made of in `npm run test:native` with
 * RECORDED_PIPELINES naming a folder, and trainings of the built library. DENO names the program; without, npm's is fetched.
 */
export default defineConfig({
  test: { name: "naga", include: ["test/naga/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 300_000 },
});
