/**
 * The command `sweep` on plain files: any slicing gives the bytes of the unsplit run; what is damaged, of another engine or wrong is
 * noticed; what is no description is refused. SCALE_RUNS raises the number of random sweeps (`npm run test:scale`).
 */

import { readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../src/index.ts";
import { encodeSealed, seal } from "../../src/model/digest.ts";
import { engineHash } from "../../src/sweep/results.ts";
import { DESCRIPTION, folderIn, merged, namesBelow, newFolder, sweep, written } from "./sweeps.ts";

const RUNS = Number(process.env.SCALE_RUNS ?? 4);
const COUNT = 2 * 3 * 3 * 4;

const file = await written(DESCRIPTION);
const unsplit = await newFolder();
expect(await sweep(file, "--out", unsplit, "--shard-size", "1000")).toMatchObject({ code: 0 });
const EXPECTED = await merged(unsplit);

describe("any slicing gives the same bytes", () => {
  test.each([1, 3, 7, 1000])("shards of %i runs", async (size) => {
    const out = await newFolder();
    expect((await sweep(file, "--out", out, "--shard-size", String(size))).code).toBe(0);
    expect(await merged(out)).toBe(EXPECTED);
  });

  test("in parts, computed in any order, some twice, cut anew on the way", async () => {
    const out = await newFolder();
    const last = await sweep(file, "--out", out, "--shard-size", "2", "--shard", "3/3");
    expect(last).toMatchObject({ code: 0, stderr: expect.stringContaining("Part 3 of 3 is done.") });
    expect(await sweep(file, "--out", out, "--merge")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`of ${COUNT} runs are not done yet`),
    });
    expect((await sweep(file, "--out", out, "--shard", "2/5")).code).toBe(0);
    expect(await sweep(file, "--out", out, "--shard-size", "4")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--reshard"),
    });
    expect((await sweep(file, "--out", out, "--shard-size", "4", "--reshard", "--shard", "1/2")).code).toBe(
      0,
    );
    expect(await sweep(file, "--out", out, "--status")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: \d+ of 72 runs done/),
    });
    const all = await sweep(file, "--out", out, "--shard", "2/2");
    expect(all.stderr).toContain("All are: --merge brings them together.");
    expect((await sweep(file, "--out", out, "--merge")).code).toBe(0);
    expect(await merged(out)).toBe(EXPECTED);
  });

  test("random descriptions, random slicings", async () => {
    const law = fc.oneof(
      fc.constant({ kind: "erm" }),
      fc.record({
        kind: fc.constant("mixup"),
        law: fc.record({ kind: fc.constant("beta"), a: fc.constantFrom(0.5, 1, 8) }),
      }),
      fc.record({
        kind: fc.constant("mixup"),
        law: fc.constant({ kind: "constant", value: 0.3 }),
        pairing: fc.constantFrom("uniform", "other", "permutation", "all-pairs"),
        granularity: fc.constantFrom("batch", "sample"),
      }),
    );
    const optimizer = fc.record({
      kind: fc.constantFrom("sgd", "adam", "adamw"),
      learningRate: fc.constantFrom(1e-3, 0.1, 1e25),
      weightDecay: fc.constantFrom(0, 0.01),
      gradients: fc.constantFrom("cleared", "accumulated"),
    });
    const random = fc.record({
      steps: fc.integer({ min: 1, max: 9 }),
      evaluateEvery: fc.integer({ min: 1, max: 9 }),
      seeds: fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 6 }),
      mixing: fc.array(law, { minLength: 1, maxLength: 3 }),
      optimizer: fc.array(optimizer, { minLength: 1, maxLength: 3 }),
      labelSmoothing: fc.constantFrom([0], [0, 0.1]),
      size: fc.integer({ min: 1, max: 20 }),
      parts: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(random, async ({ steps, evaluateEvery, seeds, size, parts, ...grid }) => {
        const described = { ...DESCRIPTION, steps, evaluateEvery, grid: { ...grid, seed: seeds } };
        const file = await written(described);
        const [whole, cut] = [await newFolder(), await newFolder()];
        expect(await sweep(file, "--out", whole, "--shard-size", "10000")).toMatchObject({ code: 0 });
        for (let part = parts; part >= 1; part--)
          expect(
            (await sweep(file, "--out", cut, "--shard-size", `${size}`, "--shard", `${part}/${parts}`)).code,
          ).toBe(0);
        expect((await sweep(file, "--out", cut)).code).toBe(0);
        expect(await merged(cut)).toBe(await merged(whole));
        for (const folder of [whole, cut]) await rm(folder, { recursive: true });
      }),
      { seed: 17, numRuns: RUNS },
    );
  });

  test("a row a run: seeds and laws as described, failures named, and the whole sealed", async () => {
    const folder = await folderIn(unsplit);
    const bytes = await readFile(join(folder, "merged.safetensors"));
    const { tensors, metadata } = decodeSafetensors(bytes);
    expect(JSON.parse(metadata.description).steps).toBe(12);
    expect(tensors["curves.loss"].shape).toEqual([COUNT, 3]);
    expect(tensors["parameters.layers.0.weight"].shape).toEqual([COUNT, 4, 1]);
    expect(tensors["final.probabilities"].shape).toEqual([COUNT, 4]);
    expect(Buffer.from(seal(Uint8Array.from(bytes))).equals(bytes)).toBe(true);
    const rows = (await readFile(join(folder, "runs.csv"), "utf8"))
      .trim()
      .split("\n")
      .map((row) => row.split(","));
    expect(rows.length).toBe(1 + COUNT);
    expect(rows[1].slice(0, 8)).toEqual(["0", "three", "3", "erm", "uniform", "batch", "0", "0"]);
    expect(rows[1 + 36 + 12 + 6].slice(0, 8)).toEqual([
      "54",
      "five",
      "5",
      "beta(2)",
      "other",
      "sample",
      "0",
      "1",
    ]);
    const diverged = rows.slice(1).filter((row) => row.at(-1) !== "");
    expect(diverged.length).toBeGreaterThan(10);
    for (const row of diverged) expect([row[7], row[9]]).toEqual(["2", ""]);
    const summary = JSON.parse(await readFile(join(folder, "summary.json"), "utf8"));
    expect([summary.failed, summary.groups.length]).toEqual([diverged.length, 18]);
  });
});

describe("what is damaged", () => {
  test("what a process was writing when it was killed is taken away when all is merged", async () => {
    const out = await newFolder();
    await sweep(file, "--out", out, "--shard-size", "9", "--shard", "1/2");
    const shards = join(await folderIn(out), "shards");
    await writeFile(join(shards, "000000000-000000009.safetensors.0123.unfinished"), "half of it");
    expect((await sweep(file, "--out", out)).code).toBe(0);
    expect((await readdir(shards)).filter((name) => name.endsWith(".unfinished"))).toEqual([]);
    expect(await merged(out)).toBe(EXPECTED);
  });

  test("is computed again: a shard with a flipped bit, one that was cut", async () => {
    const out = await newFolder();
    await sweep(file, "--out", out, "--shard-size", "9");
    const folder = await folderIn(out);
    const names = await readdir(join(folder, "shards"));
    const change = async (name: string, to: (bytes: Buffer) => Uint8Array) => {
      const path = join(folder, "shards", name);
      await writeFile(path, to(await readFile(path)));
    };
    await change(names[1], (bytes) => bytes.map((byte, i) => (i === bytes.length - 5 ? byte ^ 16 : byte)));
    await change(names[4], (bytes) => bytes.subarray(0, 100));
    const again = await sweep(file, "--out", out);
    expect(again.stderr.match(/A shard is damaged and is computed again/g)?.length).toBe(2);
    expect(again.code).toBe(0);
    expect(await merged(out)).toBe(EXPECTED);
    expect(await namesBelow(folder)).toEqual(
      [
        "layout.json",
        "merged.safetensors",
        "runs.csv",
        "shards",
        "summary.json",
        "sweep.json",
        ...names.map((name) => `shards/${name}`),
      ].sort(),
    );
  });
});

/** A file of a shard with other metadata or numbers, sealed again. */
function altered(
  bytes: Uint8Array,
  change: (file: ReturnType<typeof decodeSafetensors>) => void,
): Uint8Array {
  const read = decodeSafetensors(bytes);
  change(read);
  return encodeSealed(read.tensors, read.metadata);
}

describe("several engines", () => {
  test("are refused, and merged with a column that says which", async () => {
    const out = await newFolder();
    await sweep(file, "--out", out, "--shard-size", "18");
    const shards = join(await folderIn(out), "shards");
    const [, second] = await readdir(shards);
    const bytes = await readFile(join(shards, second));
    await writeFile(
      join(shards, second),
      altered(bytes, ({ metadata }) => {
        metadata.engine = JSON.stringify({ ...JSON.parse(metadata.engine), adapter: "another" });
        metadata.engineHash = engineHash(JSON.parse(metadata.engine));
      }),
    );
    const refused = await sweep(file, "--out", out, "--merge");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("--mixed-engines") });
    expect((await sweep(file, "--out", out, "--merge", "--mixed-engines")).code).toBe(0);
    const { tensors } = decodeSafetensors(await readFile(join(shards, "../merged.safetensors")));
    expect(new Set(Array.from(tensors.engine.data as Uint32Array))).toEqual(new Set([0, 1]));
    const rows = (await readFile(join(shards, "../runs.csv"), "utf8")).split("\n");
    expect(rows[0]).toMatch(/,engine$/);
  });

  test("a result that differs from the first of the same engine is kept apart, loudly", async () => {
    const out = await newFolder();
    await sweep(file, "--out", out, "--shard-size", "1000");
    const shards = join(await folderIn(out), "shards");
    const [first] = await readdir(shards);
    const path = join(shards, first);
    const right = await readFile(path);
    const wrong = altered(right, ({ tensors }) => {
      (tensors["final.loss"].data as Float64Array)[0] += 1e-12;
    });
    await rm(path);
    // Another process is faster, and wrong: its file is there when this one has computed.
    const { SweepFolder } = await import("../../src/cli/sweep/folder.ts");
    const { place } = SweepFolder.prototype;
    SweepFolder.prototype.place = async function (range, bytes) {
      await writeFile(path, wrong);
      return place.call(this, range, bytes);
    };
    try {
      const { code, stderr } = await sweep(file, "--out", out);
      expect(stderr).toContain("1 results differ from those that were there before, of the same engine.");
      expect(code).toBe(1);
    } finally {
      SweepFolder.prototype.place = place;
    }
    expect((await readFile(path)).equals(wrong)).toBe(true);
    const [conflict] = await readdir(join(shards, "../conflicts"));
    expect((await readFile(join(shards, "../conflicts", conflict))).equals(right)).toBe(true);
    expect(await sweep(file, "--out", out, "--status")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(conflict),
    });
  });
});

describe("where files can't be written", () => {
  test("an error of one sentence, and earlier shards stay", async () => {
    const blocked = join(await newFolder(), "file");
    await writeFile(blocked, "");
    expect(await sweep(file, "--out", blocked)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: --out: can't write to/),
    });
    const out = await newFolder();
    await sweep(file, "--out", out, "--shard-size", "9", "--shard", "1/2");
    const folder = await folderIn(out);
    const before = await readdir(join(folder, "shards"));
    // A device that is always full stands for the disk.
    await symlink("/dev/full", join(folder, "merged.safetensors.unfinished"));
    await sweep(file, "--out", out, "--shard", "2/2");
    const { code, stderr } = await sweep(file, "--out", out);
    expect([code, stderr]).toEqual([1, expect.stringContaining("no room is left on its disk")]);
    expect(await readdir(join(folder, "shards"))).toEqual(expect.arrayContaining(before));
    expect((await sweep(file, "--out", out)).code).toBe(0);
    expect(await merged(out)).toBe(EXPECTED);
  });
});

describe("data from files", () => {
  test("are read beside the description, by digest, and from nowhere else", async () => {
    const csv = "x,kind\n0,a\n1,b\n2,a\n";
    const withFile = (entry: object) => ({ ...DESCRIPTION, data: [{ name: "own", ...entry }] });
    const described = await written(withFile({ file: "own.csv", label: "kind" }));
    await writeFile(join(dirname(described), "own.csv"), csv);
    const tensors = await written(withFile({ file: "own.safetensors" }));
    await writeFile(
      join(dirname(tensors), "own.safetensors"),
      encodeSafetensors({
        points: { shape: [3, 1], data: Float32Array.of(0, 1, 2) },
        labels: { shape: [3], data: BigInt64Array.of(0n, 1n, 0n) },
      }),
    );
    const rows = async (file: string) => {
      const out = await newFolder();
      expect(await sweep(file, "--out", out, "--shard-size", "50")).toMatchObject({ code: 0 });
      return readFile(join(await folderIn(out), "runs.csv"), "utf8");
    };
    expect(await rows(described)).toBe(await rows(tensors));
    const wrong = await written(withFile({ file: "own.csv", sha256: "0".repeat(64) }));
    await writeFile(join(dirname(wrong), "own.csv"), csv);
    expect(await sweep(wrong)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: data\[0\]\.sha256: is not the file's/),
    });
    for (const outside of ["../own.csv", "/etc/passwd", "a/../../own.csv", ""]) {
      const { code, stderr } = await sweep(await written(withFile({ file: outside })));
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: data\[0\]\.file: /)]);
    }
  });
});

describe("what is no sweep is refused, with its place, and writes nothing", () => {
  const base = DESCRIPTION;
  const grid = (more: object) => ({ ...base, grid: { ...base.grid, ...more } });
  test.each<[string, unknown, RegExp]>([
    ["no JSON", "{", /sweep\.json: is no JSON/],
    ["a list", [], /possible here/],
    ["another format", { ...base, format: "x" }, /^error: format: unknown format "x"/],
    ["an unknown key", { ...base, stepz: 3 }, /^error: stepz: unknown. Did you mean steps\?/],
    ["a prototype", `{"__proto__": 1, ${JSON.stringify(base).slice(1)}`, /^error: __proto__: unknown/],
    ["no data", { ...base, data: [] }, /^error: data: /],
    ["pairs", { ...base, loss: { kind: "contrastive" } }, /^error: loss: pairs are measured/],
    [
      "a generator that is none",
      { ...base, data: [{ name: "a", generator: "constructor" }] },
      /^error: data\[0\]\.generator: /,
    ],
    [
      "a name that is a path",
      { ...base, data: [{ name: "../a", generator: "alternatingLine" }] },
      /^error: data\[0\]\.name: /,
    ],
    [
      "an option of a generator",
      { ...base, data: [{ ...base.data[0], classes: 9 }] },
      /^error: data\[0\]\.classes: /,
    ],
    [
      "the same name twice",
      { ...base, data: [base.data[0], base.data[0]] },
      /^error: data: two have the same name/,
    ],
    ["a data set that there is not", grid({ data: ["four"] }), /^error: grid\.data\[0\]: /],
    ["no seeds", grid({ seed: { count: 0 } }), /^error: grid\.seed\.count: /],
    ["seeds beyond all", grid({ seed: { from: 5, count: 2 ** 32 } }), /^error: grid\.seed\.count: /],
    ["a seed", grid({ seed: [1, -1] }), /^error: grid\.seed\[1\]: /],
    [
      "a law",
      grid({ mixing: [{ kind: "erm" }, { kind: "mixup", law: { kind: "beta", a: "1" } }] }),
      /^error: grid\.mixing\[1\]\.law\.a: /,
    ],
    [
      "an option of a mixing",
      grid({ mixing: [{ kind: "mixup", law: { kind: "beta", a: 1 }, paring: "other" }] }),
      /^error: grid\.mixing\[0\]\.paring: unknown/,
    ],
    [
      "an optimizer",
      grid({ optimizer: [{ kind: "adam", lr: 1 }] }),
      /^error: grid\.optimizer\[0\]\.lr: unknown/,
    ],
    [
      "a kind of optimizer",
      grid({ optimizer: [{ kind: "toString" }] }),
      /^error: grid\.optimizer\[0\]\.kind: /,
    ],
    ["a smoothing", grid({ labelSmoothing: [2] }), /labelSmoothing: 2 is not a share/],
    ["too many runs", grid({ seed: { count: 2 ** 31 } }), /^error: grid: \d+ runs\. At most 1000000000/],
    ["a batch that no data set has", { ...base, batch: 9 }, /^error: batch: batches of 9 out of 3 points/],
    ["nothing to keep", { ...base, keep: ["all"] }, /^error: keep\[0\]: /],
    ["a net that does not fit", { ...base, model: { sizes: [2, 2] } }, /^error: model\.inputShape: /],
  ])("%s", async (_, described, message) => {
    const out = join(await newFolder(), "out");
    const { code, stderr } = await sweep(await written(described), "--out", out);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(code).toBe(2);
    await expect(readdir(out)).rejects.toThrow("no such file");
  });

  test.each([
    [["--shard", "0/3"], "--shard"],
    [["--shard", "4/3"], "--shard"],
    [["--shard-size", "0"], "--shard-size"],
    [["--reshard"], "--reshard"],
    [["--workers", "many"], "--workers"],
    [["--status", "--merge"], "--merge"],
    [["--sharrd", "1/2"], "--sharrd"],
    [["--out"], "--out"],
    [["--backend", "gpu"], "--backend"],
  ])("%j", async (more, path) => {
    expect(await sweep(file, ...more)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(`^error: ${path}: `),
    });
  });
});
