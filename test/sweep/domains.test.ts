/** Sweeps over mixtures of domains, on the CPU: proportions as an axis of the grid, other data to be evaluated on, losses by domain. */

import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readMergedSweep } from "../../demo/sweep/mergedSweep.ts";
import {
  classDataset,
  decodeSafetensors,
  encodeSafetensors,
  erm,
  mlp,
  openDevice,
  openPopulation,
  sgd,
  withDomains,
} from "../../src/index.ts";
import { folderIn, merged, newFolder, sweep, written } from "./sweeps.ts";

/** Points of two domains, one of which no line divides by class; the fifth point of training is of none. */
const SETS = {
  training: { points: [-2, -1, 1, 2, 3, 1.5], labels: [0, 0, 1, 1, 0, 0], domains: [0, 0, 1, 1, -1, 1] },
  validation: { points: [-3, 4, 5], labels: [0, 1, 1], domains: [0, 1, 1] },
};
const PROPORTIONS = [
  [0.8, 0.2],
  [0, 3],
];
const DESCRIPTION = {
  format: "mixup-webgpu sweep 1",
  data: Object.keys(SETS).map((name) => ({
    name,
    file: `${name}.safetensors`,
    domains: ["left", 'right, "far"'] as unknown,
  })) as Record<string, unknown>[],
  model: { sizes: [1, 3, 2], activation: "identity" },
  steps: 7,
  batch: 4,
  evaluateEvery: 7,
  evaluateOn: "validation" as unknown,
  grid: {
    seed: { from: 5, count: 2 },
    mixing: [{ kind: "erm" }],
    proportions: PROPORTIONS as unknown,
    optimizer: [
      { kind: "sgd", learningRate: 0.5 },
      { kind: "sgd", learningRate: 1e30 },
    ],
  },
  keep: ["final", "domains"],
};

function tensorsOf({ points, labels, domains }: (typeof SETS)["training"]): Uint8Array {
  return encodeSafetensors({
    points: { shape: [points.length, 1], data: Float32Array.from(points) },
    labels: { shape: [labels.length], data: Uint32Array.from(labels) },
    domains: { shape: [domains.length], data: Float32Array.from(domains) },
  });
}

async function described(change: object = {}): Promise<string> {
  const file = await written({ ...DESCRIPTION, ...change });
  for (const [name, set] of Object.entries(SETS))
    await writeFile(join(dirname(file), `${name}.safetensors`), tensorsOf(set));
  return file;
}

const dataset = ({ points, labels, domains }: (typeof SETS)["training"]) =>
  withDomains(
    classDataset({ points: Float64Array.from(points), labels: Uint32Array.from(labels), dimensions: 1 }),
    Object.fromEntries(
      [0, 1].map((k) => [String(k), domains.flatMap((domain, n) => (domain === k ? [n] : []))]),
    ),
  );

test("every run is what a population with its proportions gives, measured by domain; any slicing gives the same bytes", async () => {
  const file = await described();
  const [whole, cut] = [await newFolder(), await newFolder()];
  expect(await sweep(file, "--out", whole)).toMatchObject({ code: 0 });
  expect(await sweep(file, "--out", cut, "--shard-size", "3")).toMatchObject({ code: 0 });
  expect(await merged(cut)).toBe(await merged(whole));

  const folder = await folderIn(whole);
  const bytes = await readFile(join(folder, "merged.safetensors"));
  const { tensors } = decodeSafetensors(bytes);
  expect(tensors["domains.loss"].shape).toEqual([8, 2]);
  const runs = [0.5, 1e30].flatMap((learningRate) =>
    PROPORTIONS.flatMap((proportions) =>
      [5, 6].map((seed) => ({ seed, mixing: erm(), proportions, optimizer: sgd({ learningRate }) })),
    ),
  );
  const population = openPopulation(await openDevice({ backend: "cpu" }), {
    data: dataset(SETS.training),
    model: mlp([1, 3, 2], { activation: "identity" }),
    optimizer: runs[0].optimizer,
    batch: 4,
    runs,
  });
  await population.train(7);
  const expected = await population.evaluate(dataset(SETS.validation));
  const table = (name: string) => Array.from(tensors[name].data as Float64Array);
  const measured = (of: "loss" | "error") =>
    expected.flatMap((evaluation) =>
      evaluation.domains!.map((domain) => (Number.isNaN(evaluation.loss) ? Number.NaN : domain[of])),
    );
  expect(table("domains.loss")).toEqual(measured("loss"));
  expect(table("domains.error")).toEqual(measured("error"));
  // The second rate is too much for anybody.
  expect(table("domains.loss").map(Number.isFinite)).toEqual([
    ...new Array(8).fill(true),
    ...new Array(8).fill(false),
  ]);
  expect(table("final.loss").slice(0, 4)).toEqual(expected.slice(0, 4).map(({ loss }) => loss));
  expect(new Set(table("domains.loss").slice(0, 8)).size).toBe(8);

  const [head, first, , third] = (await readFile(join(folder, "runs.csv"), "utf8")).split("\n");
  const added = 'proportion left,"proportion right, ""far""",loss left,"loss right, ""far"""';
  expect(head.endsWith(added)).toBe(true);
  expect(first).toContain(`,0.8,0.2,${measured("loss")[0]},${measured("loss")[1]}`);
  expect(third).toContain(",0,3,");
  const { groups } = JSON.parse(await readFile(join(folder, "summary.json"), "utf8"));
  expect(groups).toHaveLength(4);
  expect(groups[0]).toMatchObject({ data: "training", proportions: [0.8, 0.2], runs: 2, failed: 0 });
  const losses = measured("loss") as number[];
  expect(groups[0].domains[1]).toMatchObject({ name: 'right, "far"' });
  expect(groups[0].domains[1].loss.mean).toBeCloseTo((losses[1] + losses[3]) / 2, 12);
  expect(groups[2].failed).toBe(2);

  // The page knows each domain's proportion as an axis.
  const { axes } = readMergedSweep(Uint8Array.from(bytes).buffer);
  expect(axes.map(({ name, values }) => [name, values])).toEqual([
    ["learning rate", ["0.5", "1e+30"]],
    ["proportion of left", ["0", "0.8"]],
    ['proportion of right, "far"', ["0.2", "3"]],
    ["seed", ["5", "6"]],
  ]);
  expect(Array.from(axes[1].ofRun)).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
});

describe("refused, with the place", () => {
  const grid = (change: object) => ({ grid: { ...DESCRIPTION.grid, ...change } });
  const data = (change: object) => ({ data: DESCRIPTION.data.map((entry) => ({ ...entry, ...change })) });
  test.each([
    ["no list", grid({ proportions: [0.5] }), /^error: grid\.proportions\[0\]: /],
    [
      "no proportion",
      grid({ proportions: [[1, -1]] }),
      /^error: grid\.proportions\[0\]\[1\]: -1 is no proportion/,
    ],
    ["too many", grid({ proportions: [[1, 1, 1]] }), /proportions: 3 proportions for 2 domains/],
    ["nothing to draw", grid({ proportions: [[0, 0]] }), /^error: .*proportions/],
    [
      "data without domains",
      data({ domains: undefined }),
      /^error: keep: "domains", but the data set validation has none/,
    ],
    [
      "names that are one",
      data({ domains: ["left", "left"] }),
      /^error: data\[0\]\.domains: give a list of names/,
    ],
    [
      "too few names",
      data({ domains: ["left"] }),
      /^error: data\[0\]\.file: point 2 is of domain 1; 1 are named/,
    ],
    ["other data", { evaluateOn: "test" }, /^error: evaluateOn: /],
  ])("%s", async (_, change, message) => {
    const out = join(await newFolder(), "out");
    const { code, stderr } = await sweep(await described(change), "--out", out);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
