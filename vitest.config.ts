import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { ensureBrowser, launchOptions } from "./src/cli/browser.ts";
import { shaderPlugin } from "./tools/shaderPlugin.ts";

/** Rooms that need a WebGPU device: their tests run inside a page. All other tests run in Node. */
const GPU_TESTS = ["test/gpu/**/*.test.ts", "test/kernels/**/*.test.ts", "test/**/*.gpu.test.ts"];

export default defineConfig({
  plugins: [shaderPlugin()],
  test: {
    projects: [
      {
        extends: true,
        test: { name: "node", include: ["test/**/*.test.ts"], exclude: GPU_TESTS, testTimeout: 120_000 },
      },
      {
        extends: true,
        test: {
          name: "gpu",
          include: GPU_TESTS,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            isolate: false,
            provider: playwright({ launchOptions: launchOptions(ensureBrowser()) }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
