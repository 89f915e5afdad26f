/**
 * Writes a sweep over mixtures of three domains of digits, as `mixing-laws` has them: 64-48-10 nets, 300 steps of 64 samples. Data files
 * and `sweep.json` into a folder: `node tools/mixingSweep.mjs FOLDER [mixtures] [seeds]`, 1,000 mixtures of 10 nets each by default.
 *
 * Not here: computing it (`mixup-webgpu sweep FOLDER/sweep.json`).
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openSources } from "./sources.mjs";

const [folder, mixtures = "1000", seeds = "10"] = process.argv.slice(2);
if (folder === undefined) throw new Error("Name a folder to write into.");
const { vite, close } = await openSources();
try {
  const load = (path) => vite.ssrLoadModule(path);
  const { DOMAINS, permutedDigits, dirichletMixtures } = await load("/src/experiments/mixing-laws/data.ts");
  const { digitsDataset } = await load("/src/experiments/digits.ts");
  const { readDigits } = await load("/src/cli/imageFolder.ts");
  const { encodeSafetensors } = await load("/src/index.ts");
  const sets = permutedDigits(digitsDataset(await readDigits()), 0, 1200);
  await mkdir(folder, { recursive: true });
  for (const [name, { points, labels, size, dimensions, domains }] of Object.entries(sets)) {
    const numbers = new Uint32Array(size);
    domains.forEach((domain, k) => {
      for (const point of domain.points) numbers[point] = k;
    });
    const tensors = {
      points: { shape: [size, dimensions], data: Float32Array.from(points) },
      labels: { shape: [size], data: Uint32Array.from(labels) },
      domains: { shape: [size], data: numbers },
    };
    await writeFile(join(folder, `${name}.safetensors`), encodeSafetensors(tensors));
  }
  const description = {
    format: "mixup-webgpu sweep 1",
    data: Object.keys(sets).map((name) => ({ name, file: `${name}.safetensors`, domains: DOMAINS })),
    model: { sizes: [64, 48, 10] },
    steps: 300,
    batch: 64,
    evaluateEvery: 300,
    evaluateOn: "validation",
    grid: {
      seed: { count: Number(seeds) },
      mixing: [{ kind: "erm" }],
      proportions: dirichletMixtures(0, Number(mixtures)),
      optimizer: [{ kind: "adam", learningRate: 0.001 }],
    },
    keep: ["final", "domains"],
  };
  await writeFile(join(folder, "sweep.json"), `${JSON.stringify(description)}\n`);
} finally {
  await close();
}
