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
    return `${code.replace(/\n{3,}/g, "\n\n").trim()}\n`;
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

/** The Vite plugin. */
export function shaderPlugin(): Plugin {
  return {
    name: "mixup-webgpu:shaders",
    enforce: "pre",
    async load(id) {
      const [path] = id.split("?");
      if (!path.endsWith(".wgsl")) return null;
      for (const file of shaderFiles(shaderRoot(path))) this.addWatchFile(file);
      const shader = { name: basename(path, ".wgsl"), ...(await linkShader(path)) };
      return `export default ${JSON.stringify(shader)};`;
    },
  };
}
