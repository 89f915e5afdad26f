/**
 * The build step of the shaders: a Vite plugin that makes `import shader from "./x.wgsl"` give the WGSL of that kernel
 * with its imports linked in and everything unused left out (WESL). Linking happens here, at build time, so the
 * library ships plain WGSL and no linker.
 *
 * Constants of `prelude.wgsl` size private arrays, which `override` can't do. They are taken out of the linked text and
 * listed as `prelude`; whoever makes a pipeline puts their values in front (`src/gpu/kernel.ts`).
 */

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Plugin } from "vite";
import { link } from "wesl";

/** A linked kernel. */
export interface LinkedShader {
  readonly code: string;
  /** The same with subgroup operations (`@if(subgroups)`), if that makes a difference. */
  readonly subgroupCode?: string;
  readonly prelude: readonly string[];
}

/** Links one kernel of a folder of shaders. */
export async function linkShader(path: string): Promise<LinkedShader> {
  const folder = dirname(path);
  const weslSrc: Record<string, string> = {};
  for (const file of readdirSync(folder)) {
    if (file.endsWith(".wgsl")) weslSrc[file] = readFileSync(join(folder, file), "utf8");
  }
  const prelude = new Set<string>();
  const linkWith = async (subgroups: boolean) => {
    const conditions = { subgroups };
    const linked = await link({ weslSrc, rootModuleName: basename(path, ".wgsl"), conditions });
    let code = linked.dest;
    for (const [, name] of (weslSrc["prelude.wgsl"] ?? "").matchAll(/^const (\w+):/gm)) {
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

/** The Vite plugin. */
export function shaderPlugin(): Plugin {
  return {
    name: "mixup-webgpu:shaders",
    enforce: "pre",
    async load(id) {
      const [path] = id.split("?");
      if (!path.endsWith(".wgsl")) return null;
      for (const file of readdirSync(dirname(path))) {
        if (file.endsWith(".wgsl")) this.addWatchFile(join(dirname(path), file));
      }
      const shader = { name: basename(path, ".wgsl"), ...(await linkShader(path)) };
      return `export default ${JSON.stringify(shader)};`;
    },
  };
}
