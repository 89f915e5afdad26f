/**
 * Everything that is shipped, into `dist/`: the library with one file of declarations, the command line with the page it
 * computes in, the static site with the API pages, the licences of what is bundled. Says what a user pays in bytes.
 *
 * Not here: the development server (`vite.site.config.ts`).
 */

import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { bundledPackages, licenceText } from "./licences.mjs";
import { measureSizes } from "./sizes.mjs";
import { openSources, ROOT } from "./sources.mjs";

const only = process.argv[2];
const wants = (part) => only === undefined || only === part;
const dist = join(ROOT, "dist");
const sources = await openSources();
const { shaderPlugin, shaderParts } = sources;
const entry = join(ROOT, "src/index.ts");
const node = (script, ...args) =>
  execFileSync(process.execPath, [join(ROOT, "node_modules", script), ...args], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
const licensed = new Map();
/** Remembers the packages that went into a bundle. */
const recorder = (into) => ({
  name: "mixup-webgpu:licences",
  generateBundle(_, bundle) {
    licensed.set(into, [...(licensed.get(into) ?? []), ...bundledPackages(bundle)]);
  },
});
/**
 * Of d3-dsv, `parseRows` alone: each of its readers and writers would be kept, for they are made by one function, and
 * those for commas and tabs as it is loaded.
 */
const dsvShaken = {
  name: "mixup-webgpu:d3-dsv",
  transform: (code, id) =>
    /[\\/]d3-dsv[\\/]/.test(id)
      ? {
          code: code
            .replace(/^ +return \{\s+parse: [^}]*\};$/m, "return { parseRows };")
            .replace(/^(var \w+ = )(dsv\()/gm, "$1/* @__PURE__ */ $2")
            .replace(/^const fixtz = (.*);$/m, "const fixtz = /* @__PURE__ */ (() => $1)();"),
          map: null,
        }
      : undefined,
};
/** WGSL stands before all JavaScript: in its midst it would keep one half out of gzip's sight of the other. */
const shadersFirst = {
  name: "mixup-webgpu:shaders-first",
  transform: (code, id) =>
    id === entry
      ? { code: `import ${JSON.stringify(shaderParts(join(ROOT, "shaders")))}; ${code}`, map: null }
      : undefined,
};
const common = { root: ROOT, configFile: false, logLevel: "warn", publicDir: false };

try {
  if (wants("library")) {
    await build({
      ...common,
      plugins: [shaderPlugin(), shadersFirst, dsvShaken, recorder("library")],
      build: {
        target: "es2022",
        outDir: dist,
        sourcemap: true,
        rolldownOptions: {
          // A library's white space stays, otherwise.
          output: { minify: true },
          treeshake: { propertyReadSideEffects: false },
        },
        lib: { entry, formats: ["es"], fileName: "mixup-webgpu" },
      },
    });
    await declarations();
    for (const [what, { bytes, packed }] of Object.entries(await measureSizes(join(dist, "mixup-webgpu.js"))))
      process.stdout.write(`${what.padEnd(34)}${kilobytes(bytes)}, ${kilobytes(packed)} gzipped\n`);
  }
  if (wants("cli")) await commandLine();
  if (wants("site")) await site();
  for (const [into, packages] of licensed) {
    if (packages.length === 0) continue;
    const folder = { library: dist, cli: join(dist, "cli"), site: join(dist, "site") }[into];
    await writeFile(join(folder, "licences.txt"), await licenceText(packages));
  }
} finally {
  await sources.close();
}

/** One file that names nothing a consumer lacks: the compiler's declarations, rolled up. */
async function declarations() {
  const folder = await mkdtemp(join(tmpdir(), "mixup-webgpu-"));
  try {
    node("typescript/lib/tsc.js", "-p", "tsconfig.build.json", "--outDir", folder);
    node(
      "dts-bundle-generator/dist/bin/dts-bundle-generator.js",
      "--silent",
      "--no-check",
      "--no-banner",
      "--project",
      "tsconfig.build.json",
      "-o",
      join(dist, "mixup-webgpu.d.ts"),
      join(folder, "index.d.ts"),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The Node half, its pages for a browser, the font of its pictures. */
async function commandLine() {
  const outDir = join(dist, "cli");
  await build({
    ...common,
    plugins: [shaderPlugin(), recorder("cli")],
    ssr: { noExternal: true, external: ["playwright", "@resvg/resvg-js"] },
    build: {
      target: "node20",
      outDir,
      emptyOutDir: true,
      ssr: join(ROOT, "src/cli/packaged.ts"),
      rolldownOptions: {
        output: { entryFileNames: "mixup-webgpu.mjs", chunkFileNames: "[name]-[hash].mjs" },
      },
    },
  });
  await build({
    ...common,
    root: join(ROOT, "src/cli"),
    base: "./",
    plugins: [pageOnly(), shaderPlugin(), recorder("cli")],
    build: {
      target: "es2022",
      outDir: join(outDir, "page"),
      emptyOutDir: true,
      rolldownOptions: { input: ["page.html", "sweepPage.html"].map((page) => join(ROOT, "src/cli", page)) },
    },
  });
  const fonts = join(outDir, "fonts");
  await mkdir(fonts, { recursive: true });
  for (const file of ["ttf/DejaVuSans.ttf", "ttf/DejaVuSans-Bold.ttf", "LICENSE"])
    await cp(join(ROOT, "node_modules/dejavu-fonts-ttf", file), join(fonts, file.replace("ttf/", "")));
}

/** The pages compute and show nothing: they find their scripts beside them, and reports stay in Node. */
function pageOnly() {
  return {
    name: "mixup-webgpu:page",
    enforce: "pre",
    transformIndexHtml: { order: "pre", handler: (html) => html.replace("/src/cli/", "./") },
    resolveId: (id, importer) =>
      id === "./report.ts" && importer?.includes("/experiments/") ? "\0no-report" : null,
    load: (id) => (id === "\0no-report" ? "export default undefined;" : null),
  };
}

async function site() {
  const { siteConfig } = await sources.vite.ssrLoadModule("/tools/siteConfig.ts");
  const config = siteConfig();
  await build({
    ...config,
    configFile: false,
    logLevel: "warn",
    plugins: [...config.plugins, recorder("site")],
    worker: { ...config.worker, plugins: () => [shaderPlugin(), recorder("site")] },
  });
  node("typedoc/bin/typedoc", "--options", "tools/typedoc.json", "--out", join(dist, "site/api"));
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
