import { resolve } from "node:path";
import { defineConfig } from "vite";
import { shaderPlugin } from "./tools/shaderPlugin.ts";

/** The library build: one ES module, shaders linked in. Declarations come from `tsc -p tsconfig.build.json`. */
export default defineConfig({
  plugins: [shaderPlugin()],
  build: {
    target: "es2022",
    minify: true,
    sourcemap: true,
    lib: { entry: resolve(import.meta.dirname, "src/index.ts"), formats: ["es"], fileName: "mixup-webgpu" },
  },
});
