/** The plain layers are right: nets of all of them train as the float64 reference does, batch by batch. */

import { expect, it } from "vitest";
import { BatchDrawer } from "../../src/bench/batches.ts";
import { openPlain } from "../../src/bench/engines/plain.ts";
import { createJudge, LIMITS } from "../../src/bench/judge.ts";
import { plainLayeredNet } from "../../src/bench/plainLayeredNet.ts";
import type { TrainingWorkload } from "../../src/bench/workload.ts";
import { classDataset } from "../../src/data/dataset.ts";
import { beta } from "../../src/mixing/laws.ts";
import { mixup } from "../../src/mixing/mixing.ts";
import { initialParameters } from "../../src/model/initialization.ts";
import { relu } from "../../src/model/layers/activation.ts";
import { conv2d } from "../../src/model/layers/conv2d.ts";
import { dense } from "../../src/model/layers/dense.ts";
import { flatten } from "../../src/model/layers/flatten.ts";
import type { Model } from "../../src/model/layers/layer.ts";
import { maxPool2d } from "../../src/model/layers/pool2d.ts";
import { sequential } from "../../src/model/model.ts";
import { resNet8 } from "../../src/model/nets.ts";
import { adam } from "../../src/model/optimizer.ts";
import { normalPair } from "../../src/numeric/normal.ts";
import { PURPOSE } from "../../src/numeric/threefry.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { ReferencePopulation } from "../../src/reference/population.ts";
import { expectClose, TOLERANCES } from "../tolerances.ts";

const IMAGES = 12;

/** Images of two channels, 9 x 7: nothing is square, and not every window fits. */
function population(model: Model, batch: number) {
  const [channels, height, width] = [2, 9, 7];
  const dimensions = channels * height * width;
  const points = Float32Array.from(
    { length: IMAGES * dimensions },
    (_, i) => normalPair(5, PURPOSE.data, i, 0)[0],
  );
  const labels = Array.from({ length: IMAGES }, (_, n) => n % 3);
  return resolvePopulation({
    data: classDataset({ points, labels, dimensions, shape: [channels, height, width] }),
    model,
    optimizer: adam(),
    steps: 8,
    batch,
    runs: [{ seed: 3, mixing: mixup(beta(1)) }],
  });
}

const NETS: readonly (readonly [string, Model, number])[] = [
  [
    "convolutions and a pool",
    sequential(
      [2, 9, 7],
      [
        conv2d(4, { kernel: 3, padding: 1 }),
        relu(),
        maxPool2d({ kernel: 2 }),
        conv2d(5, { kernel: [3, 2], stride: 2, padding: [1, 0] }),
        relu(),
        flatten(),
        dense(3),
      ],
    ),
    5,
  ],
  ["a residual net", resNet8(3, { channels: 2, size: [9, 7], classes: 3 }), 4],
  ["a residual net, a batch of one image", resNet8(2, { channels: 2, size: [9, 7], classes: 3 }), 1],
];

it.each(NETS)("trains %s as the reference does", (_, model, batch) => {
  const described = population(model, batch);
  const { data } = described;
  const reference = new ReferencePopulation(described);
  const net = plainLayeredNet(model, batch, 1e-3, initialParameters(model, 3));
  let lossSum = 0;
  const STEPS = 4;
  for (const { first, partners, lambdas } of new BatchDrawer(described).draw(STEPS))
    lossSum += net.step(data.points, data.targets, lambdas[0], first, partners, 0, batch);
  reference.advance(STEPS);
  expect(lossSum).toBeCloseTo(reference.lossSums[0], 4);
  expectClose(TOLERANCES.plainTraining, net.parameters, reference.parameters, () => 1e-3);
});

it("is what the engine trains a population of nets for images by, and the judge finds it right", async () => {
  const workload: TrainingWorkload = {
    kind: "training",
    data: "images-28",
    net: "conv-net",
    batch: 2,
    seeds: 2,
    alphas: [1],
    checkSteps: 2,
    checkPoints: 4,
  };
  const task = await (await openPlain()).start(workload);
  task.prepare(2);
  await task.run(2);
  const judge = await createJudge(workload);
  const { error, correct } = judge(await task.output());
  expect(error).toBeLessThan(LIMITS.training / 10);
  expect(correct).toBe(true);
});
