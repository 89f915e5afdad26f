/**
 * The rooms of the house: a file imports from rooms above its own in this list, never from below, and no files import
 * each other in a circle. Type imports count: a type that two files need stands in a third.
 *
 * Not here: what is exported and never used (`knip`).
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

/** Where the rooms stand, from the ground up; a folder within a room belongs to it. */
const ROOMS = [
  "src/errors.ts",
  "src/check.ts",
  "src/version.ts",
  "shaders/parts",
  "shaders",
  "src/numeric",
  "src/data",
  "src/model",
  "src/mixing",
  "src/population",
  "src/reference",
  "src/gpu",
  "src/kernels",
  "src/training",
  "src/theory",
  "src/report",
  "src/experiments",
  "src/sweep",
  "src/bench",
  "src/cli",
  "src/index.ts",
  "demo/lab/page",
  "demo/lab/data",
  "demo/lab/state",
  "demo/lab/training",
  "demo/lab/recording",
  "demo/lab/pictures",
  "demo/lab/scene",
  "demo/lab/charts",
  "demo/lab/controls",
  "demo/lab/worker.ts",
  "demo/lab/display.ts",
  "demo/lab/takeaway",
  "demo/lab",
  "demo",
];

/** Rooms that must not be known, though they stand above. */
const UNKNOWN: readonly [room: string, mustNotKnow: readonly string[]][] = [
  ["src/reference", ["src/gpu", "src/kernels", "src/training", "shaders"]],
  ["src/report", ["src/training", "src/theory"]],
];

const IMPORT = /^(?:import|export)\b[^"']*?["'](\.{1,2}\/[^"'?]+)|\bimport\(\s*["'](\.{1,2}\/[^"'?]+)/gm;
const SHADER_IMPORT = /^import package::([\w:]+?)::(?:\w+;|\{|\*)/gm;

/** What a file imports, as paths from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  if (file.endsWith(".wgsl")) {
    const root = file.startsWith("shaders/") ? "shaders" : dirname(file);
    return [...text.matchAll(SHADER_IMPORT)].map(([, path]) => `${join(root, ...path.split("::"))}.wgsl`);
  }
  return [...text.matchAll(IMPORT)]
    .map((match) => join(dirname(file), match[1] ?? match[2]))
    .filter((path) => /\.(ts|wgsl)$/.test(path));
}

const files = ["src", "demo", "shaders"]
  .flatMap((room) => readdirSync(room, { recursive: true, encoding: "utf8" }).map((file) => join(room, file)))
  .filter((file) => /\.(ts|wgsl)$/.test(file) && !file.endsWith(".d.ts"));
const graph = new Map(files.map((file) => [file, importsOf(file)]));
const inRoom = (file: string, room: string) => file === room || file.startsWith(`${room}/`);
const floor = (file: string) => ROOMS.findIndex((room) => inRoom(file, room));

test("every file stands in a room, and every import is a file", () => {
  expect(files.length).toBeGreaterThan(200);
  expect(files.filter((file) => floor(file) < 0)).toEqual([]);
  const broken = [...graph].flatMap(([file, imports]) =>
    imports.filter((path) => !existsSync(path)).map((path) => `${file} -> ${path}`),
  );
  expect(broken).toEqual([]);
});

test("imports run one way", () => {
  const against = [...graph].flatMap(([file, imports]) =>
    imports
      .filter((path) => {
        const forbidden = UNKNOWN.find(([room]) => inRoom(file, room))?.[1] ?? [];
        return floor(path) > floor(file) || forbidden.some((room) => inRoom(path, room));
      })
      .map((path) => `${file} -> ${path}`),
  );
  expect(against).toEqual([]);
});

test("no circles, type imports included", () => {
  expect(circles(graph)).toEqual([]);
});

test("a circle would be found", () => {
  const drawn = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["b"]],
  ]);
  expect(circles(drawn)).toEqual([["b", "c"]]);
});

test("a kernel has shader, host file and test by one name", () => {
  const kernels = files.filter(
    (file) => file.startsWith("shaders/") && /@compute/.test(readFileSync(file, "utf8")),
  );
  expect(kernels.length).toBeGreaterThan(10);
  const missing = kernels
    .map((file) => file.slice("shaders/".length, -".wgsl".length))
    .flatMap((stem) => [`src/kernels/${stem}.ts`, `test/kernels/${stem}.test.ts`])
    .filter((path) => !existsSync(path));
  expect(missing).toEqual([]);
});

test("files that comments and pages name are there", () => {
  const under = (room: string) =>
    readdirSync(room, { recursive: true, encoding: "utf8" }).map((file) => join(room, file));
  const there = ["src", "demo", "shaders", "test", "tools", "docs"].flatMap(under);
  const own = [...there, ...readdirSync(".")].filter((file) => /\.(ts|wgsl|mjs|md)$/.test(file));
  const gone = own.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/`([\w./-]+\.(?:ts|wgsl|mjs))`/g)]
      .map(([, name]) => name)
      .filter((name) => ![...there, ...own].some((path) => `/${path}`.endsWith(`/${name}`)))
      .map((name) => `${file}: ${name}`),
  );
  expect(gone).toEqual([]);
});

/** Groups of files that reach each other, by depth-first search from every file (Tarjan). */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string) => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    stack.push(file);
    for (const next of imports.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const members = stack.splice(stack.indexOf(file));
    if (members.length > 1 || imports.get(file)?.includes(file)) found.push(members.sort());
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return found;
}

test.each([
  ["src/cli/page.ts", "src/experiments/rate/checks.ts"],
  ["src/cli/sweepPage.ts", "src/sweep/computer.ts"],
])(
  "a page that computes loads nothing that draws, reports are loaded by who shows them: %s",
  (page, part) => {
    const known = new Set<string>();
    const visit = (file: string) => {
      if (known.has(file)) return;
      known.add(file);
      const text = readFileSync(file, "utf8");
      for (const [, path] of text.matchAll(
        /^(?:import|export)\b(?! type)[^"']*?["'](\.{1,2}\/[^"'?]+\.ts)["']/gm,
      ))
        visit(join(dirname(file), path));
    };
    visit(page);
    expect(known).toContain(part);
    expect([...known].filter((file) => /\/(?:figures?|draw|reportParts|report)\.ts$/.test(file))).toEqual([]);
  },
);
