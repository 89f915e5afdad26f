/**
 * The build step of the shaders: a Vite plugin that makes `import shader from "../shaders/x.wgsl"` give the WGSL of that kernel
 * with its imports linked in and everything unused left out (WESL). Linking happens here, at build time, so the
 * library ships plain WGSL and no linker.
 *
 * Constants of `prelude.wgsl` size private arrays, which `override` can't do. They are taken out of the linked text and
 * listed as `prelude`; whoever makes a pipeline puts their values in front (`src/gpu/kernel.ts`).
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Plugin } from "vite";
import { link } from "wesl";

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

const PART = "\0wgsl:";

/**
 * The Vite plugin. In a build every declaration is a module of its own, so that kernels and variants that share one share
 * its text; a development server sends each shader whole.
 */
export function shaderPlugin(): Plugin {
  const parts = new Map<string, string>();
  let building = false;
  const asImports = (name: string, { code, subgroupCode, prelude }: LinkedShader): string => {
    const imports = new Map<string, string>();
    const sum = (text: string) =>
      declarations(text)
        .map((part) => {
          const id = PART + createHash("sha256").update(part).digest("hex").slice(0, 16);
          parts.set(id, part);
          if (!imports.has(id)) imports.set(id, `part${imports.size}`);
          return imports.get(id);
        })
        .join(" + ");
    const fields = [
      `name: ${JSON.stringify(name)}`,
      `code: ${sum(code)}`,
      `prelude: ${JSON.stringify(prelude)}`,
    ];
    if (subgroupCode !== undefined) fields.push(`subgroupCode: ${sum(subgroupCode)}`);
    const lines = [...imports].map(([id, local]) => `import ${local} from ${JSON.stringify(id)};`);
    return `${lines.join("\n")}\nexport default { ${fields.join(", ")} };`;
  };
  return {
    name: "mixup-webgpu:shaders",
    enforce: "pre",
    config(_, { command }) {
      building = command === "build";
    },
    resolveId: (id) => (id.startsWith(PART) ? id : null),
    async load(id) {
      if (id.startsWith(PART)) return `export default ${JSON.stringify(parts.get(id))};`;
      const [path] = id.split("?");
      if (!path.endsWith(".wgsl")) return null;
      for (const file of shaderFiles(shaderRoot(path))) this.addWatchFile(file);
      const name = basename(path, ".wgsl");
      const linked = await linkShader(path);
      return building ? asImports(name, linked) : `export default ${JSON.stringify({ name, ...linked })};`;
    },
  };
}
