/** The collision experiment on a few images, on the CPU: its numbers, figures and what it refuses. */

import { expect, test } from "vitest";
import { readImageFolder } from "../../../src/cli/imageFolder.ts";
import {
  type CollisionsOptions,
  collisionsExperiment,
  runCollisions,
} from "../../../src/experiments/collisions/experiment.ts";
import type { ExperimentProgress } from "../../../src/experiments/experiment.ts";
import { pngDataUri } from "../../../src/report/png.ts";
import { fakeTrainer } from "../fakeTrainer.ts";
import { expectShown } from "../shown.ts";

const images = await readImageFolder();
const options: Partial<CollisionsOptions> = { images, seeds: 2, alphas: [1, 1024], fraction: 0.1, epochs: 2 };
const seen: ExperimentProgress[] = [];
const results = await runCollisions(fakeTrainer(), options, (progress) => seen.push(progress));

test("a row for each law, metric and split, all compared with brute force", () => {
  expect(results.rows.map(({ alpha, metric, split }) => `${alpha} ${metric} ${split}`)).toEqual(
    [1, 1024].flatMap((alpha) =>
      ["euclidean", "angular"].flatMap((metric) =>
        ["train", "test"].map((split) => `${alpha} ${metric} ${split}`),
      ),
    ),
  );
  expect(results.references).toHaveLength(4);
  expect(results.references.every(({ pass, comparable }) => pass && comparable)).toBe(true);
  expect(results.dataName).toBe("Fashion-MNIST");
});

test("distances are ordered as they must be", () => {
  for (const row of results.rows) {
    expect(row.images).toBe(row.split === "train" ? 80 : 40);
    row.minima.forEach((minimum, seed) => {
      expect(minimum).toBeGreaterThan(0);
      expect(minimum).toBeLessThan(row.means[seed]!);
    });
    expect(row.quantiles).toHaveLength(51);
    expect(row.quantiles[0]).toBe(row.minima[0]);
    expect(row.nearest[0].distance).toBe(row.minima[0]);
    // More epochs bring nothing farther away.
    expect(row.epochs.mixtures).toEqual([80, 160]);
    expect(row.epochs.minimum[0]).toEqual(row.minimum);
    expect(row.epochs.minimum[1].mean).toBeLessThanOrEqual(row.epochs.minimum[0].mean!);
    expect(row.subsets.mixtures).toEqual([20, 40, 80]);
    expect(row.subsets.minimum[2]).toEqual(row.minimum);
    for (const { query, first, partner } of row.nearest) {
      expect([first.label, partner.label]).not.toContain(query.label);
    }
  }
});

test("everything is shown and survives JSON", async () => {
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const names = ["euclidean", "angular"].flatMap((metric) =>
    ["distances", "nearest", "minimum"].map((kind) => `${kind}-${metric}`),
  );
  const { reported, html } = await expectShown(collisionsExperiment, results, names);
  const [rows, distances, curves] = reported.csv(results).map(({ text }) => text.trim().split("\n").length);
  expect([rows, distances, curves]).toEqual([1 + 8 * 2, 1 + 8 * 51, 1 + 8 * 5]);
  expect(html).toContain("19.76");
  expect(html.length).toBeLessThan(400_000);
  const fractions = seen.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
});

test("a seed's subset and mixtures do not depend on other seeds, but all seeds differ", async () => {
  const one = await runCollisions(fakeTrainer(), { ...options, seeds: 1, alphas: [1024], epochs: 1 });
  const row = results.rows.find(({ alpha }) => alpha === 1024)!;
  expect(one.rows[0].minima[0]).toBe(row.minima[0]);
  expect(row.minima[1]).not.toBe(row.minima[0]);
});

test.each([
  ["images", { images: undefined }],
  ["alphas", { alphas: [] }],
  ["fraction", { fraction: 0 }],
  ["fraction", { fraction: 1.1 }],
  ["fraction", { fraction: 0.001 }],
])("%s is refused: %j", async (path, change) => {
  const run = runCollisions(fakeTrainer(), { ...options, ...change });
  await expect(run).rejects.toMatchObject({ name: "ConfigError", path });
});

test("a stopped study rejects with the signal's reason", async () => {
  const reason = new Error("enough");
  const abort = new AbortController();
  const run = runCollisions(fakeTrainer(), options, () => abort.abort(reason), abort.signal);
  await expect(run).rejects.toBe(reason);
});

test("a PNG holds the pixels that it was given", async () => {
  const bytes = Buffer.from(
    (await pngDataUri(Uint8Array.of(0, 128, 255, 7, 8, 9), 3)).split(",")[1],
    "base64",
  );
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([3, 2]);
  // The checksum of an empty IEND is known.
  expect(bytes.subarray(-4).toString("hex")).toBe("ae426082");
  const { inflateSync } = await import("node:zlib");
  const length = bytes.readUInt32BE(33);
  expect(Array.from(inflateSync(bytes.subarray(41, 41 + length)))).toEqual([0, 0, 128, 255, 0, 7, 8, 9]);
});
