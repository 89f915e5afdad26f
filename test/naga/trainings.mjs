/**
 * For Deno: trainings of the built library on its own WebGPU and in float64. Prints a line of JSON for each: how far the last
 * parameters are apart, relative to the largest.
 */

import process from "node:process";

const [library] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const { adam, alternatingLine, beta, classDataset, convNet, mixup, mlp, openDevice, sgd, train, twoMoons } =
  await import(library);

const device = await openDevice();
const cpu = await openDevice({ backend: "cpu" });
say({ adapter: device.adapter.description });

const runs = [0, 1].map((seed) => ({ seed, mixing: mixup(beta(1)) }));
const line = {
  data: alternatingLine({ points: 3, classes: 2 }),
  model: mlp([1, 64, 2]),
  optimizer: adam({ learningRate: 1e-3 }),
};
const moons = { ...line, data: twoMoons({ points: 80, separation: 0.1, seed: 0 }), model: mlp([2, 40, 2]) };
const pixels = Float32Array.from({ length: 8 * 64 }, (_, i) => Math.sin(i * i));
const labels = Uint32Array.from({ length: 8 }, (_, n) => n % 2);
const images = classDataset({ points: pixels, labels, dimensions: 64, classes: 2, shape: [1, 8, 8] });
const CASES = {
  "resident, few threads": { ...line, batch: "full", steps: 20, variants: { resident: "few-threads" } },
  "resident, many threads": { ...line, batch: "full", steps: 20, variants: { resident: "many-threads" } },
  "resident, a large batch": { ...moons, batch: "full", steps: 10, variants: { resident: "many-threads" } },
  "layered, register tiles": {
    ...moons,
    batch: 16,
    steps: 10,
    executor: "layered",
    variants: { product: "register-tiles" },
  },
  "layered, workgroup tiles": {
    ...moons,
    batch: 16,
    steps: 10,
    executor: "layered",
    variants: { product: "workgroup-tiles" },
  },
  "a convolutional net": {
    data: images,
    model: convNet({ size: 8, classes: 2, widths: [4, 8] }),
    optimizer: sgd({ learningRate: 0.01 }),
    batch: 4,
    steps: 3,
    variants: { convolution: "small-tiles" },
  },
  "a convolutional net, workgroup tiles": {
    data: images,
    model: convNet({ size: 8, classes: 2, widths: [8, 9] }),
    optimizer: sgd({ learningRate: 0.01 }),
    batch: 4,
    steps: 3,
    variants: { convolution: "workgroup-tiles" },
  },
};

for (const [name, config] of Object.entries(CASES)) {
  say({ name });
  const { variants, ...plain } = config;
  const { runs: here } = await train(device, { ...config, runs }).result;
  const { executor: _, ...onCpu } = plain;
  const { runs: reference } = await train(cpu, { ...onCpu, runs }).result;
  const numbers = (trained) =>
    trained.flatMap(({ parameters }) => Object.values(parameters).flatMap(({ data }) => [...data]));
  const [a, b] = [numbers(here), numbers(reference)];
  const largest = Math.max(...b.map(Math.abs));
  const apart = Math.max(...b.map((x, i) => Math.abs(x - a[i]))) / largest;
  say({ name, apart, numbers: b.length });
}
process.exit(0);
