import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { ensureBrowser, launchOptions } from "./src/cli/backends/browser.ts";
import { shaderPlugin } from "./tools/shaderPlugin.ts";

/** Tests that need a WebGPU device run inside a page. */
const GPU_TESTS = ["test/gpu/**/*.test.ts", "test/kernels/**/*.test.ts", "test/**/*.gpu.test.ts"];
/** Tests that open pages in a browser, from Node. */
const PAGE_TESTS = ["test/pages/**/*.test.ts"];
/** Tests of WebGPU without a browser: `vitest.native.config.ts` and `vitest.naga.config.ts`. */
const NATIVE_TESTS = ["test/**/*.native.test.ts", "test/naga/**"];

const shared = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  plugins: [shaderPlugin()],
  test: {
    projects: [
      // Node and the device side by side, a worker each; then the pages, which bring their own browsers.
      {
        extends: true,
        test: {
          ...shared,
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: [...GPU_TESTS, ...PAGE_TESTS, ...NATIVE_TESTS],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: "gpu",
          include: GPU_TESTS,
          exclude: NATIVE_TESTS,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
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
      {
        extends: true,
        test: {
          ...shared,
          name: "pages",
          include: PAGE_TESTS,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
