/**
 * The build step of the shaders: a Vite plugin that makes `import shader from "../shaders/x.wgsl"` give the WGSL of that kernel
 * with its imports linked in and everything unused left out (WESL). Linking happens here, at build time, so the
 * library ships plain WGSL and no linker.
 *
 * Constants of `prelude.wgsl` size private arrays, which `override` can't do. They are taken out of the linked text and
 * listed as `prelude`; whoever makes a pipeline puts their values in front (`src/gpu/kernel.ts`).
 */

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Plugin } from "vite";
import { link } from "wesl";
import { shaderMinifier } from "./shaderMinifier.ts";

/** A linked kernel. */
export interface LinkedShader {
  readonly code: string;
  /** The same with subgroup operations (`@if(subgroups)`), if that makes a difference. */
  readonly subgroupCode?: string;
  readonly prelude: readonly string[];
}

/**
 * Links one kernel. Its imports name files from their root: the nearest folder above it that is called `shaders`, else
 * its own folder.
 */
export async function linkShader(path: string): Promise<LinkedShader> {
  const root = shaderRoot(path);
  const weslSrc: Record<string, string> = {};
  for (const file of shaderFiles(root)) weslSrc[relative(root, file)] = readFileSync(file, "utf8");
  const rootModuleName = relative(root, path);
  const prelude = new Set<string>();
  const linkWith = async (subgroups: boolean) => {
    const conditions = { subgroups };
    const linked = await link({ weslSrc, rootModuleName, conditions });
    let code = linked.dest;
    for (const [, name] of (weslSrc["parts/prelude.wgsl"] ?? "").matchAll(/^const (\w+):/gm)) {
      const without = code.replace(new RegExp(`^const ${name}: u32 = [^;]*;\\n?`, "m"), "");
      if (without !== code) prelude.add(name);
      code = without;
    }
    return compact(code);
  };
  const code = await linkWith(false);
  const subgroupCode = await linkWith(true);
  return { code, ...(subgroupCode === code ? {} : { subgroupCode }), prelude: [...prelude] };
}

function shaderRoot(path: string): string {
  const folder = dirname(path);
  const parts = folder.split(sep);
  const at = parts.lastIndexOf("shaders");
  return at < 0 ? folder : parts.slice(0, at + 1).join(sep);
}

/** All WGSL files under a root. */
function shaderFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".wgsl"))
    .map((file) => join(root, file));
}

/** Without comments, indentation and blank lines: what a browser compiles, and its errors count, are these lines. */
function compact(code: string): string {
  const lines = code.split("\n").map((line) => line.replace(/\/\/.*$/, "").trim());
  return `${lines.filter((line) => line !== "").join("\n")}\n`;
}

/** Top-level declarations, each with its line end. */
function declarations(code: string): string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  for (const line of code.split(/(?<=\n)/)) {
    part += line;
    depth += line.split("{").length - line.split("}").length;
    if (depth === 0 && /[};]\s*$/.test(line)) {
      parts.push(part);
      part = "";
    }
  }
  return part === "" ? parts : [...parts, part];
}

/** All kernels under a root. */
function kernelFiles(root: string): string[] {
  return shaderFiles(root).filter((file) =>
    /@(?:compute|vertex|fragment)\b/.test(readFileSync(file, "utf8")),
  );
}

const PARTS = "\0wgsl:";

/** The module, in a build, that holds all text of the shaders under this root. */
export function shaderParts(root: string): string {
  return PARTS + root;
}

/**
 * The Vite plugin. In a build, shaders are minified, and one module holds every declaration once, so that kernels and
 * variants share text, and gzip finds what is alike near. A development server sends each shader whole, as it is written.
 * Text stays in parts, which make no sum: bundlers take one for work, and keep it where nobody wants the shader.
 */
export function shaderPlugin(): Plugin {
  const roots = new Map<string, ReturnType<typeof linkAll>>();
  let building = false;
  const linkedAll = (root: string) => {
    if (!roots.has(root)) roots.set(root, linkAll(root));
    return roots.get(root)!;
  };
  return {
    name: "mixup-webgpu:shaders",
    enforce: "pre",
    config(_, { command }) {
      building = command === "build";
    },
    buildStart: () => roots.clear(),
    resolveId: (id) => (id.startsWith(PARTS) ? id : null),
    async load(id) {
      if (id.startsWith(PARTS)) {
        const { parts } = await linkedAll(id.slice(PARTS.length));
        return parts.map((part, i) => `export const part${i} = ${JSON.stringify(part)};`).join("\n");
      }
      const [path] = id.split("?");
      if (!path.endsWith(".wgsl")) return null;
      const root = shaderRoot(path);
      for (const file of shaderFiles(root)) this.addWatchFile(file);
      const name = basename(path, ".wgsl");
      if (!building) {
        const { code, subgroupCode, prelude } = await linkShader(path);
        const whole = { name, code: [code], subgroupCode: subgroupCode && [subgroupCode], prelude };
        return `export default ${JSON.stringify(whole)};`;
      }
      const { shaders } = await linkedAll(root);
      const { code, subgroupCode, prelude } = shaders.get(path)!;
      const list = (numbers: readonly number[]) =>
        `[${numbers.map((number) => `parts.part${number}`).join(", ")}]`;
      const fields = [
        `name: ${JSON.stringify(name)}`,
        `code: ${list(code)}`,
        `prelude: ${JSON.stringify(prelude)}`,
      ];
      if (subgroupCode) fields.push(`subgroupCode: ${list(subgroupCode)}`);
      return `import * as parts from ${JSON.stringify(shaderParts(root))};\nexport default { ${fields.join(", ")} };`;
    },
  };
}

/** The kernels under a root as they are shipped: a part is all that the same texts declare, a text a list of parts. */
async function linkAll(root: string) {
  const files = kernelFiles(root);
  const linked = await Promise.all(files.map(linkShader));
  const texts = linked.flatMap(({ code, subgroupCode }) => [code, subgroupCode ?? ""]);
  const hostNames = linked.flatMap(({ prelude }) => prelude);
  const minify = shaderMinifier(texts, hostNames);
  const users = new Map<string, number[]>();
  for (const [i, text] of texts.entries())
    for (const declaration of declarations(minify(text)))
      users.set(declaration, [...(users.get(declaration) ?? []), i]);
  const parts = new Map<string, string>();
  for (const [declaration, its] of users) parts.set(`${its}`, (parts.get(`${its}`) ?? "") + declaration);
  const partsOf = (text: number) =>
    [...parts.keys()].flatMap((its, part) => (its.split(",").includes(`${text}`) ? [part] : []));
  const shaders = new Map(
    linked.map(({ subgroupCode, prelude }, i) => {
      const code = partsOf(2 * i);
      return [files[i], { code, subgroupCode: subgroupCode && partsOf(2 * i + 1), prelude }];
    }),
  );
  return { shaders, parts: [...parts.values()] };
}
