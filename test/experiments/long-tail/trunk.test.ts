/** Classifiers on what a trunk makes of points, against nets whose trunks are frozen. */

import { expect, test } from "vitest";
import { cutNets } from "../../../src/experiments/long-tail/trunk.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { adam, classDataset, erm, linear, mlp, range, sgd } from "../../../src/index.ts";

test("a classifier learns what a net with a frozen trunk learns", async () => {
  const [points, dimensions, hidden, classes] = [14, 3, 7, 4];
  const data = classDataset({
    points: Array.from({ length: points * dimensions }, (_, i) => Math.sin(1 + 3 * i)),
    labels: Uint32Array.from({ length: points }, (_, n) => n % classes),
    dimensions,
    classes,
  });
  const trainer = await openTrainer("cpu");
  const model = mlp([dimensions, hidden, classes]);
  const nets = trainer.open({
    data,
    model,
    optimizer: adam({ learningRate: 0.01 }),
    batch: "full",
    runs: range(2).map((seed) => ({ seed, mixing: erm() })),
  });
  await nets.train(5);
  const cut = await cutNets(trainer, await nets.parameters(), data, hidden);
  expect(cut.data).toMatchObject({ size: 2 * points, dimensions: hidden });

  const optimizer = sgd({ learningRate: 0.05, momentum: 0.9 });
  const stage = { optimizer, labelSmoothing: 0.9, train: [0, 2, 3, 5, 13] };
  await nets.set([0, 1], { ...stage, frozen: ["layers.0"] });
  await nets.train(20);
  const classifiers = trainer.open({
    data: cut.data,
    model: linear(hidden, classes),
    optimizer,
    batch: "full",
    runs: range(2).map((seed) => ({
      ...stage,
      seed,
      mixing: erm(),
      train: stage.train.map((n) => seed * points + n),
      parameters: cut.classifiers[seed],
    })),
  });
  await classifiers.train(20);
  const expected = await nets.parameters();
  const actual = await classifiers.parameters();
  for (const seed of range(2)) {
    for (const name of ["weight", "bias"]) {
      const learnt = actual[seed][`layers.0.${name}`].data;
      expect(learnt).not.toEqual(cut.classifiers[seed][`layers.0.${name}`].data);
      const whole = expected[seed][`layers.1.${name}`].data;
      // Activations are stored as 32-bit floats in between.
      Array.from(learnt).forEach((value, i) => {
        expect(value).toBeCloseTo(whole[i], 5);
      });
    }
  }
});
