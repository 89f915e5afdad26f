/** The demo's loss landscape: a population of nets in one dispatch, against the same nets one by one in float64. */

import { describe, expect, it } from "vitest";
import { filterDirections } from "../../demo/lab/scene/directions.ts";
import { LabScene } from "../../demo/lab/scene/scene.ts";
import type { LabConfig } from "../../demo/lab/state/fields.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { LabTrainer } from "../../demo/lab/training/trainer.ts";
import { flattenParameters, nameParameters } from "../../src/model/layout.ts";
import { netClassifier, softmaxRows } from "../../src/theory/netClassifier.ts";
import { testDevice } from "../kernels/harness.ts";

const CASES: [string, Partial<LabConfig>][] = [
  ["a line, one hidden layer of 65", { preset: "line", units: 65 }],
  [
    "the plane, three layers of 7, GELU",
    { ...PRESETS.moons.config, points: 33, layers: 3, units: 7, activation: "gelu" },
  ],
  ["the plane, linear without bias", PRESETS.linear.config],
  [
    "three classes, tanh",
    { ...PRESETS.own.config, own: "0,0,0;1,0,1;0,1,2;1,1,0;2,1,2", activation: "tanh", units: 9 },
  ],
];

describe("landscape", () => {
  it.each(CASES)("%s", async (_, change) => {
    const device = await testDevice();
    const config = { ...PRESETS.line.config, ...change, seeds: 2 };
    const trainer = new LabTrainer(device, 1, config, () => {}, { paused: true });
    const scene = new LabScene(device, new OffscreenCanvas(2, 2), () => {});
    scene.follow(trainer);
    const run = 3;
    const { side, reach, losses } = await scene.landscape(run);
    const { model, data, runs } = trainer.experiment.train;
    const { parameters: base } = flattenParameters(model, (await trainer.parameters()).nets[run]);
    const [first, second] = filterDirections(model, base, runs[run].seed);
    const points = Float64Array.from(data.points);
    for (const at of [0, side - 1, 500, (side * side - 1) / 2, side * side - 1]) {
      const step = (2 * reach) / (side - 1);
      const [a, b] = [(at % side) * step - reach, Math.floor(at / side) * step - reach];
      const moved = base.map((value, i) => value + a * first[i] + b * second[i]);
      const probabilities = softmaxRows(
        netClassifier(model, nameParameters(model, moved))(points, data.size),
        data.size,
      );
      let loss = 0;
      for (let n = 0; n < data.size; n++) {
        loss -= Math.log(probabilities[n * data.targetSize + data.labels![n]]) / data.size;
      }
      // WGSL's own exp, log and tanh are good to about 1e-4 here: enough for a picture.
      expect(Math.abs(losses[at] - loss)).toBeLessThan(2e-4 * (1 + loss));
    }
    await trainer.end();
  });
});
