/** Which engine the lab trains with: rates of a heat by a clock that is told, and when there is no race at all. */

import { expect, test } from "vitest";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { Engines, stepsASecond } from "../../demo/lab/training/engines.ts";
import { plainExperiment } from "../../demo/lab/training/experiment.ts";
import type { OpenedDevice } from "../../src/gpu/device.ts";
import { checkDevice } from "../../src/gpu/device.ts";
import { openDevice, train } from "../../src/index.ts";

const MOONS = plainExperiment({
  ...PRESETS.moons.config,
  seeds: 1,
  units: 4,
  points: 8,
  steps: 6,
  live: true,
});

/** A training of news at given times, milliseconds, and steps. */
function news(list: readonly (readonly [at: number, step: number])[]) {
  let at = 0;
  let isStopped = false;
  const given: number[] = [];
  return {
    now: () => at,
    given,
    begin: () => ({
      result: Promise.resolve({ step: 0, curves: { step: [], runs: [] }, runs: [] }),
      stop: () => {
        isStopped = true;
      },
      async *[Symbol.asyncIterator]() {
        for (const [time, step] of list) {
          if (isStopped) return;
          at = time;
          given.push(step);
          yield { step };
        }
      },
    }),
  };
}

test("a heat counts from the first news on, and ends when its time is over", async () => {
  const { begin, now, given } = news([
    [900, 1],
    [950, 11],
    [1050, 31],
    [1060, 33],
  ]);
  expect(await stepsASecond(begin, 150, now)).toBe(200);
  expect(given).toEqual([1, 11, 31]);
});

test("a training that is over before there is anything to compare has no rate", async () => {
  const { begin, now } = news([[900, 1]]);
  expect(await stepsASecond(begin, 150, now)).toBe(0);
});

test("a GPU and a forced choice do not race; a checkpoint stays with those who wrote it", async () => {
  const cpu = checkDevice(await openDevice({ backend: "cpu" }));
  const gpu = (isFallback: boolean) => ({ backend: "webgpu", adapter: { isFallback } }) as OpenedDevice;
  const real = gpu(false);
  expect(await new Engines(real, undefined).of(MOONS, undefined)).toEqual({ device: real });
  const software = gpu(true);
  expect(await new Engines(software, "webgpu").of(MOONS, undefined)).toEqual({ device: software });
  expect((await new Engines(software, "cpu").of(MOONS, undefined)).device.backend).toBe("cpu");
  expect(await new Engines(cpu, "webgpu").of(MOONS, undefined)).toEqual({ device: cpu });

  const training = train(cpu, MOONS.train);
  await training.result;
  const checkpoint = await training.checkpoint();
  const own = await new Engines(software, "webgpu").of(MOONS, checkpoint);
  expect(own.device.backend).toBe("cpu");
  expect(own.race).toBeUndefined();
});
