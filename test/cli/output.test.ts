/** The files: JSON that reads back as what was written, and a folder that is refused before the work. */

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareFolder, resultsJson } from "../../src/cli/files/output.ts";
import { ConfigError } from "../../src/errors.ts";
import { runAlternatingLine } from "../../src/experiments/alternating-line/experiment.ts";
import { fakeTrainer } from "../experiments/fakeTrainer.ts";

test("results.json reads back as the results, with lists of numbers on one line", async () => {
  const trainer = fakeTrainer({
    error: (seed, alpha, step) => (seed === 1 ? Number.NaN : alpha / step),
    fails: (seed) => seed === 1,
  });
  const results = await runAlternatingLine(trainer, { seeds: 2, alphas: [1], steps: 150 });
  const json = resultsJson(results);
  expect(JSON.parse(json)).toEqual(results);
  expect(json).toContain('"step": [50, 100, 150]');
  expect(json).toContain('"errorCurve": [null, null, null]');
});

test("a folder that can't be made is refused", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "mixup-")), "file");
  await writeFile(file, "");
  const refused = prepareFolder(join(file, "sub"));
  await expect(refused).rejects.toBeInstanceOf(ConfigError);
  await expect(refused).rejects.toMatchObject({ path: "--out" });
});
