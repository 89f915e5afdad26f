/**
 * The smallest page on the library: the paper's failure case, trained live. Not the lab, which is still to come.
 */

import {
  adam,
  alternatingLine,
  beta,
  type Device,
  erm,
  grid,
  lawName,
  MixupError,
  mixup,
  mlp,
  openDevice,
  range,
  train,
  WebGpuUnavailableError,
} from "../src/index.ts";

const SEEDS = 10;
const MIXINGS = [erm(), mixup(beta(1)), mixup(beta(32)), mixup(beta(128))];
const status = document.getElementById("status")!;
const laws = document.getElementById("laws")!;

/** A WebGPU device, or the CPU where there is none, saying why. */
async function open(): Promise<{ device: Device; note: string }> {
  try {
    const device = await openDevice();
    const { vendor, architecture, isFallback } = device.adapter;
    return { device, note: `${vendor} ${architecture}${isFallback ? ", a software adapter" : ""}` };
  } catch (error) {
    if (!(error instanceof WebGpuUnavailableError)) throw error;
    return { device: await openDevice({ backend: "cpu" }), note: `the CPU. ${error.message}` };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function main(): Promise<void> {
  const { device, note } = await open();
  const training = train(
    device,
    {
      data: alternatingLine({ points: 3, classes: 2 }),
      model: mlp([1, 512, 2]),
      optimizer: adam(),
      steps: 5000,
      evaluateEvery: 50,
      probePoints: [1],
      runs: grid({ seed: range(SEEDS), mixing: MIXINGS }),
    },
    { pace: "interactive" },
  );
  for await (const { step, steps, curves, probabilities } of training) {
    status.textContent = `Step ${step} of ${steps}, on ${note}`;
    const rows = MIXINGS.map(({ law }, m) => {
      const runs = range(SEEDS, m * SEEDS);
      const error = mean(runs.map((r) => curves.runs[r].error.at(-1) ?? Number.NaN));
      const probability = mean(runs.map((r) => probabilities[2 * r]));
      const row = document.createElement("tr");
      for (const text of [lawName(law), error.toFixed(3), probability.toFixed(3)]) {
        row.insertCell().textContent = text;
      }
      return row;
    });
    laws.replaceChildren(...rows);
  }
  status.textContent += ". Done.";
  device.destroy();
}

main().catch((error: unknown) => {
  status.textContent = error instanceof MixupError ? error.message : `Something went wrong: ${String(error)}`;
});
