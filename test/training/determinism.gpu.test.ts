/**
 * The promise that a run is determined by its own description, bit for bit on one adapter: not by how it was batched,
 * submitted, paused, stored or resumed. And what happens to a training when things go wrong.
 */

import { describe, expect, it } from "vitest";
import { classDataset } from "../../src/data/dataset.ts";
import { alternatingLine } from "../../src/data/lines.ts";
import { DeviceLostError, LimitError, NonFiniteError } from "../../src/errors.ts";
import { openDevice, openWebGpu } from "../../src/gpu/device.ts";
import { beta } from "../../src/mixing/laws.ts";
import { erm, mixup } from "../../src/mixing/mixing.ts";
import { mlp } from "../../src/model/nets.ts";
import { adam, cosine, sgd, stepDecay } from "../../src/model/optimizer.ts";
import { grid, range } from "../../src/population/grid.ts";
import type { RunConfig } from "../../src/population/population.ts";
import { SCHEDULE_WINDOW } from "../../src/training/gpu/packTables.ts";
import { resume, train } from "../../src/training/train.ts";
import type { TrainConfig, TrainingResult } from "../../src/training/training.ts";
import { testDevice } from "../kernels/harness.ts";

const MIXINGS = [erm(), mixup(beta(1)), mixup(beta(32), { granularity: "sample", pairing: "other" })];

function lineConfig(executor: "resident" | "layered", more: Partial<TrainConfig> = {}): TrainConfig {
  return {
    data: alternatingLine({ points: 10, classes: 2 }),
    model: mlp([1, 19, 2], { activation: "tanh" }),
    optimizer: adam({ learningRate: 0.01, schedule: cosine({ steps: 60 }) }),
    steps: 60,
    evaluateEvery: 7,
    batch: 5,
    probePoints: [0.5, 1.5],
    runs: grid({ seed: range(3), mixing: MIXINGS }),
    executor,
    ...more,
  };
}

/** All of a run that must be equal. */
function fingerprint(result: TrainingResult, r: number) {
  const { parameters, probabilities, error, loss } = result.runs[r];
  return { parameters, probabilities, error, loss, curves: result.curves.runs[r], steps: result.curves.step };
}

it("learning rates that do not all lie on the device at once come submit by submit", async () => {
  const device = await testDevice();
  // Until shortly before the window's end as ever, and from then on next to nothing.
  const moving = SCHEDULE_WINDOW - 10;
  const long = (steps: number) =>
    lineConfig("resident", {
      data: alternatingLine({ points: 3, classes: 2 }),
      model: mlp([1, 4, 2]),
      batch: 1,
      optimizer: sgd({ learningRate: 0.01, schedule: stepDecay({ every: moving, factor: 1e-30 }) }),
      steps,
      evaluateEvery: steps,
      runs: [{ seed: 0, mixing: erm() }],
    });
  // The first has all its learning rates from the start, the second overwrites those that it is through with.
  const short = await train(device, long(moving)).result;
  const longer = await train(device, long(SCHEDULE_WINDOW + 20)).result;
  expect(longer.runs[0].parameters).toEqual(short.runs[0].parameters);
  const earlier = await train(device, long(moving - 1000)).result;
  expect(earlier.runs[0].parameters).not.toEqual(short.runs[0].parameters);
});

for (const executor of ["resident", "layered"] as const) {
  describe(`bit for bit, ${executor}`, () => {
    it("stopped at exactly a step, one step further, and on to the end", async () => {
      const device = await testDevice();
      const config = lineConfig(executor);
      const straight = await train(device, config).result;
      const first = train(device, config, { stopAfter: 20 });
      expect(await first.result).toMatchObject({ step: 20, stopped: true });
      const second = resume(device, await first.checkpoint(), { stopAfter: 21 });
      expect((await second.result).step).toBe(21);
      const last = await resume(device, await second.checkpoint()).result;
      for (let r = 0; r < config.runs.length; r++) {
        expect(fingerprint(last, r)).toEqual(fingerprint(straight, r));
      }
    });

    it("the same config twice; 1 step a submit and all steps in one; interactive pace", async () => {
      const device = await testDevice();
      const config = lineConfig(executor);
      const first = await train(device, config).result;
      expect(first.step).toBe(60);
      expect(first.curves.step).toEqual([7, 14, 21, 28, 35, 42, 49, 56, 60]);
      for (const options of [
        {},
        { stepsPerSubmit: 1 },
        { stepsPerSubmit: 1000 },
        { pace: "interactive" as const },
      ]) {
        const again = await train(device, config, options).result;
        for (let r = 0; r < config.runs.length; r++)
          expect(fingerprint(again, r)).toEqual(fingerprint(first, r));
        if (options.stepsPerSubmit === 1) expect(again.submits).toBe(60);
        if (options.stepsPerSubmit === 1000) expect(again.submits).toBe(1);
      }
    });

    it("a run alone and among 100 others", async () => {
      const device = await testDevice();
      const alone: RunConfig = { seed: 77, mixing: MIXINGS[2], optimizer: adam({ learningRate: 0.02 }) };
      const others: RunConfig[] = grid({ seed: range(34, 1000), mixing: MIXINGS }).slice(0, 100);
      const single = await train(device, lineConfig(executor, { runs: [alone] })).result;
      const crowd = [...others.slice(0, 50), alone, ...others.slice(50)];
      const among = await train(device, lineConfig(executor, { runs: crowd })).result;
      expect(fingerprint(among, 50)).toEqual(fingerprint(single, 0));
    });

    it("stopped, stored, loaded and resumed against straight through", async () => {
      const device = await testDevice();
      const config = lineConfig(executor);
      const straight = await train(device, config).result;
      const abort = new AbortController();
      const training = train(device, config, { signal: abort.signal, stepsPerSubmit: 4 });
      for await (const progress of training) if (progress.step >= 21) abort.abort();
      const stopped = await training.result;
      expect(stopped.stopped).toBe(true);
      expect(stopped.step).toBeLessThan(60);
      const bytes = (await training.checkpoint()).slice();
      const resumed = await resume(device, bytes).result;
      expect(resumed.executor).toBe(executor);
      for (let r = 0; r < config.runs.length; r++)
        expect(fingerprint(resumed, r)).toEqual(fingerprint(straight, r));
    });

    it("a checkpoint taken on the way does not disturb, and resumes to the same end", async () => {
      const device = await testDevice();
      const config = lineConfig(executor);
      const straight = await train(device, config).result;
      const training = train(device, config, { stepsPerSubmit: 5 });
      const bytes = await training.checkpoint();
      const disturbed = await training.result;
      const resumed = await resume(device, bytes).result;
      for (let r = 0; r < config.runs.length; r++) {
        expect(fingerprint(disturbed, r)).toEqual(fingerprint(straight, r));
        expect(fingerprint(resumed, r)).toEqual(fingerprint(straight, r));
      }
    });

    it("runs that clear their gradients and runs that don't: together as alone, resumed as straight through", async () => {
      const device = await testDevice();
      const clears: RunConfig = { seed: 77, mixing: MIXINGS[1], optimizer: adam({ learningRate: 0.02 }) };
      const keeps: RunConfig = {
        ...clears,
        optimizer: adam({ learningRate: 0.02, gradients: "accumulated" }),
      };
      const config = lineConfig(executor, { runs: [clears, keeps, clears] });
      const together = await train(device, config).result;
      const [cleared, kept] = await Promise.all(
        [clears, keeps].map((run) => train(device, lineConfig(executor, { runs: [run] })).result),
      );
      expect(fingerprint(together, 0)).toEqual(fingerprint(cleared, 0));
      expect(fingerprint(together, 1)).toEqual(fingerprint(kept, 0));
      expect(fingerprint(together, 2)).toEqual(fingerprint(cleared, 0));
      expect(fingerprint(kept, 0)).not.toEqual(fingerprint(cleared, 0));

      const training = train(device, config, { stepsPerSubmit: 4 });
      for await (const progress of training) if (progress.step >= 21) training.stop();
      expect((await training.result).step).toBeLessThan(60);
      const resumed = await resume(device, await training.checkpoint()).result;
      for (let r = 0; r < 3; r++) expect(fingerprint(resumed, r)).toEqual(fingerprint(together, r));
    });

    it("a run that diverges is named, its neighbours finish unchanged", async () => {
      const device = await testDevice();
      const runs: RunConfig[] = [
        { seed: 1, mixing: MIXINGS[1], optimizer: sgd({ learningRate: 0.1 }) },
        { seed: 1, mixing: MIXINGS[1], optimizer: sgd({ learningRate: 1e30 }) },
        { seed: 2, mixing: MIXINGS[1], optimizer: sgd({ learningRate: 0.1 }) },
      ];
      const config = lineConfig(executor, { runs, model: mlp([1, 19, 2]), optimizer: sgd() });
      const without = await train(device, { ...config, runs: [runs[0], runs[2]] }).result;
      const result = await train(device, config).result;
      const { failure } = result.runs[1];
      expect(structuredClone(failure)).toEqual(failure);
      expect(failure!.message).toBe(new NonFiniteError(1, failure!.step).message);
      expect(failure!.run).toBe(1);
      const { step, runs: curves } = result.curves;
      for (const curve of [curves[1].error, curves[1].loss, curves[1].trainingLoss])
        expect(curve.map((value) => !Number.isNaN(value))).toEqual(step.map((at) => at <= failure!.step));
      expect([result.runs[1].error, result.runs[1].loss]).toEqual([Number.NaN, Number.NaN]);
      expect(result.runs[1].probabilities.every(Number.isNaN)).toBe(true);
      expect(result.runs[0].probabilities.every(Number.isFinite)).toBe(true);
      expect(failure!.step).toBeGreaterThan(0);
      expect(failure!.step).toBeLessThan(10);
      for (const { data } of Object.values(result.runs[1].parameters))
        expect(data.every(Number.isFinite)).toBe(true);
      expect(result.runs[0].failure).toBeUndefined();
      expect(fingerprint(result, 0)).toEqual(fingerprint(without, 0));
      expect(fingerprint(result, 2)).toEqual(fingerprint(without, 1));

      const cpu = await train(await openDevice({ backend: "cpu" }), config).result;
      expect(cpu.runs[1].failure).toMatchObject({ run: 1 });
      expect(cpu.curves.runs[1].loss.at(-1)).toBeNaN();
      expect(cpu.runs[1].probabilities.every(Number.isNaN)).toBe(true);
      expect(cpu.runs[0].failure).toBeUndefined();
    });
  });
}

describe("faults", () => {
  it("both executors end in the same place, within tolerance", async () => {
    const device = await testDevice();
    const resident = await train(device, lineConfig("resident")).result;
    const layered = await train(device, lineConfig("layered")).result;
    resident.runs.forEach((run, r) => {
      expect(Math.abs(run.loss! - layered.runs[r].loss!)).toBeLessThan(1e-4 * Math.abs(run.loss!));
    });
  });

  it("nothing stays allocated, however a training ends", async () => {
    const device = await testDevice();
    const { bytes, count } = device.memory;
    await train(device, lineConfig("resident")).result;
    const training = train(device, lineConfig("layered"));
    training.destroy();
    training.destroy();
    expect((await training.result).stopped).toBe(true);
    expect([device.memory.bytes, device.memory.count]).toEqual([bytes, count]);
  });

  it("a signal that is aborted already stops before the first step, resumably", async () => {
    const device = await testDevice();
    const training = train(device, lineConfig("resident"), { signal: AbortSignal.abort() });
    const result = await training.result;
    expect([result.step, result.stopped, result.runs[0].loss]).toEqual([0, true, undefined]);
    const resumed = await resume(device, await training.checkpoint()).result;
    const straight = await train(device, lineConfig("resident")).result;
    expect(fingerprint(resumed, 4)).toEqual(fingerprint(straight, 4));
  });

  it("a device destroyed behind our back ends the training with DeviceLostError", async () => {
    const device = await openWebGpu();
    const training = train(device, lineConfig("resident", { steps: 20_000_000, batch: "full" }));
    for await (const progress of training) {
      if (progress.step > 0) break;
    }
    device.gpu.destroy();
    await expect(training.result).rejects.toBeInstanceOf(DeviceLostError);
  });

  it("a population beyond the limits is refused with numbers, before anything is allocated", async () => {
    const device = await testDevice();
    const { count } = device.memory;
    const image = classDataset({ points: new Float32Array(784 * 2), labels: [0, 1], dimensions: 784 });
    const big: TrainConfig = {
      data: image,
      model: mlp([784, 4096, 2]),
      optimizer: adam(),
      steps: 1,
      runs: grid({ seed: range(1000), mixing: [erm()] }),
    };
    const refused = () => train(device, big);
    expect(refused).toThrow(LimitError);
    try {
      refused();
    } catch (error) {
      const { limit, needed, available } = error as LimitError;
      // In parts that each fit it would be 51 GB.
      expect(limit).toBe("memory");
      expect(needed).toBeGreaterThan(available);
    }
    expect(device.memory.count).toBe(count);
  });

  it("1,000 runs of the 1-512-2 net train in one population", async () => {
    const device = await testDevice();
    const result = await train(device, {
      data: alternatingLine({ points: 3, classes: 2 }),
      model: mlp([1, 512, 2]),
      optimizer: adam(),
      steps: 20,
      runs: grid({ seed: range(500), mixing: [erm(), mixup(beta(32))] }),
    }).result;
    expect(result.executor).toBe("resident");
    const alone = await train(device, {
      data: alternatingLine({ points: 3, classes: 2 }),
      model: mlp([1, 512, 2]),
      optimizer: adam(),
      steps: 20,
      runs: [{ seed: 499, mixing: mixup(beta(32)) }],
    }).result;
    expect(fingerprint(result, 999)).toEqual(fingerprint(alone, 0));
  });

  it("at most one dispatch for 32 steps in the resident executor, evaluations included", async () => {
    const device = await testDevice();
    const result = await train(
      device,
      lineConfig("resident", { steps: 640, evaluateEvery: 20, model: mlp([1, 512, 2]) }),
      { stepsPerSubmit: 64 },
    ).result;
    expect(result.curves.step.length).toBe(32);
    expect(result.dispatches / result.step).toBeLessThanOrEqual(1 / 32);
  });
});
