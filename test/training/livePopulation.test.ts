/** A device that is lost again and again, acted by a backend of the test: how often it is opened anew, and what is there in the end. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { alternatingLine } from "../../src/data/lines.ts";
import { DeviceLostError } from "../../src/errors.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { beta } from "../../src/mixing/laws.ts";
import { mixup } from "../../src/mixing/mixing.ts";
import { mlp } from "../../src/model/nets.ts";
import { adam } from "../../src/model/optimizer.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { createBackend } from "../../src/training/backend.ts";
import * as checkpoints from "../../src/training/checkpoint.ts";
import type { Backend, Engine } from "../../src/training/engine.ts";
import { Session } from "../../src/training/session.ts";
import { resume, train } from "../../src/training/train.ts";

const config = {
  data: alternatingLine({ points: 3, classes: 2 }),
  model: mlp([1, 4, 2]),
  optimizer: adam({ learningRate: 0.01 }),
  steps: 40,
  evaluateEvery: 10,
  runs: [{ seed: 3, mixing: mixup(beta(1)) }],
};
const population = resolvePopulation(config);
const device = await openDevice({ backend: "cpu" });

/** The CPU, one step a submit, lost whenever `isLost` says so of the step that is to be taken. */
function losing(isLost: (step: number, opened: number) => boolean): Backend & { opened: number } {
  const cpu = createBackend(device, population, {}, 1e-9, false, undefined);
  const backend = {
    opened: 0,
    async createEngine(...args: Parameters<Backend["createEngine"]>): Promise<Engine> {
      backend.opened++;
      const engine = await cpu.createEngine(...args);
      const { advance } = engine;
      engine.advance = async () => {
        if (isLost(engine.step, backend.opened)) throw new DeviceLostError("unknown", "Acted.");
        await advance(engine.step + 1);
      };
      return engine;
    },
    generation: 0,
    recover: async () => {},
  };
  return backend;
}

const straight = await train(device, config).result;

describe("a training whose device is lost", () => {
  beforeEach(() => void vi.spyOn(performance, "now").mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  it("at every submit ends after three losses, and has a checkpoint to go on with from the seeds", async () => {
    const backend = losing(() => true);
    const session = new Session(backend, population, {});
    await expect(session.result).rejects.toMatchObject({ name: "DeviceLostError", reason: "unknown" });
    await expect(session.result).rejects.toThrow("3 times in a row");
    expect(backend.opened).toBeLessThanOrEqual(6);
    const checkpoint = await session.checkpoint();
    expect(checkpoints.decodeCheckpoint(checkpoint).snapshot.step).toBe(0);
    const resumed = await resume(device, checkpoint).result;
    expect(resumed.curves).toEqual(straight.curves);
    expect(resumed.runs[0].parameters).toEqual(straight.runs[0].parameters);
  });

  it("gives a checkpoint that can't be written as the error of who asked, and goes on", async () => {
    const encode = vi.spyOn(checkpoints, "encodeCheckpoint").mockImplementation(() => {
      throw new RangeError("too long");
    });
    const session = new Session(
      losing(() => false),
      population,
      {},
    );
    await expect(session.checkpoint()).rejects.toThrow("too long");
    encode.mockRestore();
    expect((await session.result).curves).toEqual(straight.curves);
  });

  it("at one step for ever keeps what was done before it", async () => {
    const session = new Session(
      losing((step) => step === 17),
      population,
      {},
    );
    await expect(session.result).rejects.toThrow("3 times in a row");
    const checkpoint = await session.checkpoint();
    expect(checkpoints.decodeCheckpoint(checkpoint).snapshot.step).toBe(17);
    expect((await resume(device, checkpoint).result).curves).toEqual(straight.curves);
  });

  it("every third step goes on to the end, since each loss leaves something behind", async () => {
    let steps = 0;
    const backend = losing(() => ++steps % 3 === 0);
    const result = await new Session(backend, population, {}).result;
    expect(backend.opened).toBeGreaterThan(10);
    expect(result.curves).toEqual(straight.curves);
    expect(result.runs[0].parameters).toEqual(straight.runs[0].parameters);
  });
});
