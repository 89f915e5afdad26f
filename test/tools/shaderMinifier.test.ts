/**
 * Minified WGSL is the same program: names are exchanged one for one, the language's and the host's stay, and nothing but
 * blanks is gone. That it also runs is tested where the packed library does (`test/pages/package.test.ts`).
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { stdEnumerants, stdFns, stdTypes } from "wesl";
import { unrollLoops } from "../../src/gpu/unroll.ts";
import { shaderMinifier } from "../../tools/shaderMinifier.ts";
import { linkShader } from "../../tools/shaderPlugin.ts";

const ROOT = join(import.meta.dirname, "../..");
const kernels = ["shaders", "demo/lab/scene/shaders"].map((root) =>
  readdirSync(join(ROOT, root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".wgsl"))
    .map((file) => join(ROOT, root, file))
    .filter((file) => /@(compute|vertex)\b/.test(readFileSync(file, "utf8"))),
);

/** Numbers, names with what is before them, and every other sign alone. */
function tokens(code: string): string[] {
  return code.match(/\d[\w.]*(?:(?<=[ep])[-+]\d+f?)?|@?[A-Za-z_]\w*|\S/g) ?? [];
}

const isName = (token: string) => /^[A-Za-z_]/.test(token);

describe.each([
  ["the library's", kernels[0]],
  ["the lab's", kernels[1]],
])("%s shaders", (_, files) => {
  let texts: string[];
  let minified: string[];
  const hostNames = new Set<string>();

  beforeAll(async () => {
    const linked = await Promise.all(files.map(linkShader));
    for (const { prelude } of linked) for (const name of prelude) hostNames.add(name);
    texts = linked.flatMap(({ code, subgroupCode }) => [code, subgroupCode ?? ""]);
    minified = texts.map(shaderMinifier(texts, hostNames));
  });

  it("names are exchanged one for one, and nothing else", () => {
    const there = new Map<string, string>();
    const back = new Map<string, string>();
    for (const [i, text] of texts.entries()) {
      const before = tokens(text);
      const after = tokens(minified[i]);
      expect(after.length).toBe(before.length);
      for (const [at, token] of before.entries()) {
        if (!isName(token) || before[at - 2] === "@builtin") {
          expect(after[at]).toBe(token);
          continue;
        }
        expect(isName(after[at])).toBe(true);
        if (!there.has(token)) there.set(token, after[at]);
        if (!back.has(after[at])) back.set(after[at], token);
        expect([after[at], token]).toEqual([there.get(token), back.get(after[at])]);
      }
    }
    const exchanged = [...there].filter(([before, after]) => before !== after);
    expect(exchanged.length).toBeGreaterThan(20);
    const ownOf = texts.flatMap((text) => [...text.matchAll(/override (\w+)|\bfn (main)\b/g)]);
    const kept = new Set<string>([
      ...[...stdFns, ...stdTypes, ...stdEnumerants, ...hostNames],
      ...ownOf.map(([, override, entry]) => override ?? entry),
      ...["if", "for", "fn", "as", "do", "of", "x", "y", "z", "w", "r", "g", "b", "a", "xy", "rgb"],
    ]);
    expect(exchanged.filter((pair) => pair.some((name) => kept.has(name)))).toEqual([]);
  });

  it("lines stay", () => {
    for (const [i, text] of texts.entries())
      expect(minified[i].split("\n").length).toBe(text.split("\n").length);
  });

  it("as many loops are unrolled", () => {
    const constants = Object.fromEntries([...hostNames].map((name) => [name, 2]));
    for (const [i, text] of texts.entries()) {
      const unrolled = tokens(unrollLoops(text, constants));
      expect(tokens(unrollLoops(minified[i], constants)).length).toBe(unrolled.length);
    }
  });
});

describe("a small shader", () => {
  const minify = (code: string) => shaderMinifier([code], ["HOST"])(code);

  it("keeps what TypeScript and WGSL know", () => {
    const code = `override SIZE: u32;
@compute @workgroup_size(SIZE) fn main(@builtin(workgroup_id) workgroup_id: vec3u) {
let length = workgroup_id.x + HOST;
}
`;
    expect(minify(code)).toBe(`override SIZE:u32;
@compute @workgroup_size(SIZE)fn main(@builtin(workgroup_id)c:vec3u){
let length=c.x+HOST;
}
`);
  });

  it("shadows what was shadowed", () => {
    expect(minify("fn twice(value: f32) -> f32 {\nlet twice = value * 2.0;\nreturn twice;\n}\n")).toBe(
      "fn c(d:f32)->f32{\nlet c=d*2.0;\nreturn c;\n}\n",
    );
  });

  it("keeps operators apart, and numbers whole", () => {
    expect(minify("const one = 1.0e-3f - -0x1p-23f;\nconst other: array<f32, 2> = one;\n")).toBe(
      "const c=1.0e-3f- -0x1p-23f;\nconst d:array<f32,2> =c;\n",
    );
  });
});
