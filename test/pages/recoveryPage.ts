/**
 * The page of `recovery.test.ts`: trains a population when told, and hands out what the test compares.
 */

import { openWebGpu } from "../../src/gpu/device.ts";
import { adam, alternatingLine, beta, grid, mixup, mlp, range, train } from "../../src/index.ts";

/** One training; `progressed` is called after every submit. */
async function run(steps: number, progressed: (step: number) => void) {
  const device = await openWebGpu();
  const training = train(
    device,
    {
      data: alternatingLine({ points: 3, classes: 2 }),
      model: mlp([1, 64, 2]),
      optimizer: adam({ learningRate: 0.01 }),
      steps,
      evaluateEvery: 1000,
      runs: grid({ seed: range(4), mixing: [mixup(beta(1))] }),
    },
    { pace: "interactive" },
  );
  try {
    for await (const { step } of training) progressed(step);
    const { curves, runs, step } = await training.result;
    const parameters = runs.map((r) => Object.values(r.parameters).map(({ data }) => Array.from(data)));
    return { step, curves, parameters, generation: device.generation };
  } catch (error) {
    return { error: (error as Error).name, message: (error as Error).message };
  } finally {
    device.destroy();
  }
}

declare global {
  var runTraining: typeof run | undefined;
  var reportStep: ((step: number) => Promise<void>) | undefined;
}

globalThis.runTraining = run;
