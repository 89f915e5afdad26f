/** What a user pays: the whole library, `train` alone after tree shaking, and the shaders in them. */

import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "vite";

/** Bytes, plain and gzipped, of the library in this file and of parts of it. */
export async function measureSizes(file) {
  const whole = await readFile(file, "utf8");
  const entry = "virtual:train";
  const bundle = await build({
    configFile: false,
    logLevel: "silent",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? `export { openDevice, train } from ${JSON.stringify(file)};` : null),
      },
    ],
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: { input: entry, preserveEntrySignatures: "strict", output: { minify: true } },
    },
  });
  const [{ output }] = [bundle].flat();
  return {
    "the whole library": size(whole),
    "openDevice and train alone": size(output[0].code),
    "the shaders in the whole": size(shaders(whole)),
  };
}

function size(text) {
  return { bytes: Buffer.byteLength(text), packed: gzipSync(text, { level: 9 }).length };
}

/** All texts of WGSL. */
function shaders(code) {
  return [...code.matchAll(/`((?:[^`\\]|\\.)*)`/g)]
    .map(([, text]) => text)
    .filter((text) => /^(?:@|fn |const |struct |override |var<|enable )/.test(text))
    .join("");
}
