/**
 * What WGSL allows and not every compiler takes: naga, that of Firefox and Deno, dies of lengths that are expressions of overrides,
 * and holds uniforms to the layout that WGSL's first version asks for.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../shaders");
const SHADERS = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".wgsl"))
  .map((name) => ({ name, text: readFileSync(join(ROOT, name), "utf8").replace(/\/\/.*$/gm, "") }));
const OVERRIDES = new Set(
  SHADERS.flatMap(({ text }) => [...text.matchAll(/\boverride (\w+)/g)].map(([, name]) => name)),
);

test("there are shaders with overrides and workgroup memory", () => {
  expect(SHADERS.length).toBeGreaterThan(50);
  expect(OVERRIDES.size).toBeGreaterThan(20);
  expect(SHADERS.some(({ text }) => text.includes("var<workgroup>"))).toBe(true);
});

test.each(SHADERS)("$name: lengths in workgroup memory are names where overrides are in them", ({ text }) => {
  for (const [, length] of text.matchAll(/var<workgroup> \w+: array<[^;]*,\s*([^,;]+)>;/g)) {
    const names = length.match(/[A-Za-z_]\w*/g) ?? [];
    if (names.some((name) => OVERRIDES.has(name))) expect(length).toMatch(/^\w+$/);
  }
});

test.each(SHADERS)("$name: uniforms have no structures or arrays within", ({ text }) => {
  for (const [, type] of text.matchAll(/var<uniform> \w+: (\w+);/g)) {
    const body = SHADERS.map(
      (other) => other.text.match(new RegExp(`struct ${type} \\{([^}]*)\\}`))?.[1],
    ).find((found) => found !== undefined);
    if (body === undefined) continue;
    const members = [...body.matchAll(/\w+:\s*([^,]+),/g)].map(([, member]) => member.trim());
    expect(members.length).toBeGreaterThan(0);
    for (const member of members) expect(member).toMatch(/^(u32|i32|f32|vec[234][uif])$/);
  }
});
