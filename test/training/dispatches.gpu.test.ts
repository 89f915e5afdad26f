/** That a training dispatches what its plan says, and that its result and its checkpoint say which variants ran. */

import { expect, it } from "vitest";
import { twoMoons } from "../../src/data/moons.ts";
import { ConfigError } from "../../src/errors.ts";
import { chooseVariants, type Variants, variantTraits } from "../../src/kernels/variants.ts";
import { beta } from "../../src/mixing/laws.ts";
import { mixup } from "../../src/mixing/mixing.ts";
import { mlp } from "../../src/model/nets.ts";
import { adam } from "../../src/model/optimizer.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { decodeCheckpoint } from "../../src/training/checkpoint.ts";
import { planTraining } from "../../src/training/gpu/plan.ts";
import { planLimits } from "../../src/training/planLimits.ts";
import { resume, train } from "../../src/training/train.ts";
import type { TrainConfig } from "../../src/training/training.ts";
import { testDevice } from "../kernels/harness.ts";

const STEPS = 6;

function config(sizes: number[], more: Partial<TrainConfig> = {}): TrainConfig {
  return {
    data: twoMoons({ points: 12, separation: 0.5, seed: 0 }),
    model: mlp(sizes),
    optimizer: adam(),
    steps: STEPS,
    evaluateEvery: STEPS,
    runs: [0, 1].map((seed) => ({ seed, mixing: mixup(beta(1)) })),
    ...more,
  };
}

it.each([[[2, 2]], [[2, 8, 2]], [[2, 8, 8, 2]]])(
  "layered, sizes %j: as many dispatches as planned",
  async (sizes) => {
    const device = await testDevice();
    const described = config(sizes, { executor: "layered" });
    const plan = planTraining(resolvePopulation(config(sizes)), planLimits(device), "layered");
    const perStep = Object.values(plan.dispatches).reduce((sum, count) => sum + count, 0);
    const { dispatches, executor } = await train(device, described).result;
    expect(executor).toBe("layered");
    // One evaluation: every layer forward, then what came out.
    expect(dispatches).toBe(STEPS * perStep + (sizes.length - 1) + 1);
  },
);

it("resident: one dispatch a submit, whatever it evaluates", async () => {
  const { dispatches, submits, executor } = await train(await testDevice(), config([2, 8, 2])).result;
  expect(executor).toBe("resident");
  expect(dispatches).toBe(submits);
});

it("says which variants ran, and goes on with them from a checkpoint", async () => {
  const device = await testDevice();
  const chosen = chooseVariants(variantTraits(device));
  const usual = train(device, config([2, 8, 2]));
  expect((await usual.result).variants).toEqual(chosen);
  const variants: Partial<Variants> = { resident: "many-threads", exchange: "memory" };
  const forced = train(device, config([2, 8, 2], { variants }), { stopAfter: 3 });
  expect((await forced.result).variants).toEqual({ ...chosen, ...variants });
  const checkpoint = await forced.checkpoint();
  expect(decodeCheckpoint(checkpoint).variants).toEqual({ ...chosen, ...variants });
  const straight = await train(device, config([2, 8, 2], { variants })).result;
  const resumed = await resume(device, checkpoint).result;
  expect(resumed.variants).toEqual(straight.variants);
  expect(resumed.runs.map((run) => run.parameters)).toEqual(straight.runs.map((run) => run.parameters));
});

it("refuses variants that there are not", async () => {
  const device = await testDevice();
  const bad = (variants: object) => () => train(device, config([2, 8, 2], { variants }));
  expect(bad({ resident: "some-threads" })).toThrow(ConfigError);
  expect(bad({ resident: "some-threads" })).toThrow("many-threads, few-threads");
  expect(bad({ size: "large" })).toThrow("variants.size");
});
