/** Trainings that are kept: the same one goes on where it is kept, another one does not, and what is damaged counts for nothing. */

import { expect, test } from "vitest";
import { alternatingLine } from "../../src/data/lines.ts";
import { keepingTrainer } from "../../src/experiments/keeping.ts";
import type { Store } from "../../src/experiments/store.ts";
import { trainStretch } from "../../src/experiments/stretch.ts";
import { openTrainer } from "../../src/experiments/trainer.ts";
import { beta } from "../../src/mixing/laws.ts";
import { mixup } from "../../src/mixing/mixing.ts";
import { mlp } from "../../src/model/nets.ts";
import { adam } from "../../src/model/optimizer.ts";
import type { TrainConfig } from "../../src/training/training.ts";

const config = (more: Partial<TrainConfig> = {}): TrainConfig => ({
  data: alternatingLine({ points: 3, classes: 2 }),
  model: mlp([1, 8, 2]),
  optimizer: adam({ learningRate: 0.01 }),
  steps: 200,
  evaluateEvery: 20,
  runs: [{ seed: 1, mixing: mixup(beta(1)) }],
  ...more,
});

const own = await openTrainer("cpu");

function memoryStore() {
  const files = new Map<string, Uint8Array>();
  const store: Store = {
    read: async (name) => files.get(name),
    write: async (name, bytes) => void files.set(name, bytes),
  };
  return { files, store };
}

/** How often trainings began at all, and how often from what was kept. */
function counted() {
  const counts = { begun: 0, resumed: 0 };
  const trainer: typeof own = {
    ...own,
    train: (...all) => {
      counts.begun++;
      return own.train(...all);
    },
    resume: (...all) => {
      counts.resumed++;
      return own.resume(...all);
    },
  };
  return { counts, trainer };
}

const always = { interval: 0, worth: 0 };

test("a training is done once, whatever another one is", async () => {
  const { files, store } = memoryStore();
  const { counts, trainer } = counted();
  const straight = await own.train(config()).result;
  for (const round of [1, 2]) {
    const { curves, runs } = await keepingTrainer(trainer, store, always).train(config()).result;
    expect(curves, `round ${round}`).toEqual(straight.curves);
    expect(runs[0].parameters).toEqual(straight.runs[0].parameters);
  }
  expect([counts, files.size]).toEqual([{ begun: 1, resumed: 1 }, 1]);
  for (const other of [{ steps: 201 }, { data: alternatingLine({ points: 4, classes: 2 }) }])
    await keepingTrainer(trainer, store, always).train(config(other)).result;
  expect([counts, files.size]).toEqual([{ begun: 3, resumed: 1 }, 3]);
});

test("stopped on the way, it goes on there, and ends in the same bits", async () => {
  const { store } = memoryStore();
  const { counts, trainer } = counted();
  const stop = new AbortController();
  const first = keepingTrainer(trainer, store, always).train(config(), { signal: stop.signal, pace: 0.01 });
  for await (const { step } of first) if (step > 20) stop.abort();
  const { step, stopped } = await first.result;
  expect([stopped, step > 20, step < 200]).toEqual([true, true, true]);
  const seen: number[] = [];
  const second = keepingTrainer(trainer, store, always).train(config());
  for await (const progress of second) seen.push(progress.step);
  expect(Math.min(...seen)).toBeGreaterThan(step);
  const [{ curves, runs }, straight] = [await second.result, await own.train(config()).result];
  expect([curves, runs[0].parameters]).toEqual([straight.curves, straight.runs[0].parameters]);
  expect(counts).toEqual({ begun: 1, resumed: 1 });
});

test("what is damaged is trained anew, what measures time is not kept, what is refused is refused", async () => {
  const { files, store } = memoryStore();
  const { counts, trainer } = counted();
  const keeping = keepingTrainer(trainer, store, always);
  await keeping.train(config()).result;
  for (const [name, bytes] of files)
    files.set(
      name,
      bytes.map((byte, i) => (i === bytes.length - 3 ? byte ^ 4 : byte)),
    );
  await keeping.train(config()).result;
  expect(counts).toEqual({ begun: 2, resumed: 1 });
  await keeping.train(config(), { stepsPerSubmit: 1 }).result;
  expect(files.size).toBe(1);
  const refused = keeping.train(config({ steps: -1 }));
  await expect(refused.result).rejects.toMatchObject({ name: "ConfigError", path: "steps" });
  await expect(refused.checkpoint()).rejects.toMatchObject({ name: "ConfigError" });
  refused.destroy();
});

test("a population that was trained in stretches goes on where it was, whatever was changed in between", async () => {
  const { store, files } = memoryStore();
  const { steps: _, evaluateEvery: __, ...described } = config();
  const runs = [1, 2].map((seed) => ({ seed, mixing: mixup(beta(1)) }));
  let [trained, reopened] = [0, 0];
  const trainer: typeof own = {
    ...own,
    open(config) {
      const handle = own.open(config);
      const { train } = handle;
      handle.train = (steps, options) => {
        trained += steps;
        return train.call(handle, steps, options);
      };
      return handle;
    },
    reopen(snapshot) {
      reopened++;
      return own.reopen(snapshot);
    },
  };
  const experiment = async (by: typeof own, until: number) => {
    const handle = by.open({ ...described, runs });
    const seen: number[][] = [];
    await trainStretch(handle, 40, () => {});
    seen.push((await handle.evaluate()).map(({ loss }) => loss));
    if (until === 1) return seen;
    await handle.set([0, 1], (run) => ({ learningRate: 0.02 * (run + 1) }));
    await trainStretch(handle, 30, () => {});
    await handle.fork([1, 0, 1]);
    await handle.average([[0, 1], [2]]);
    await trainStretch(handle, 20, () => {});
    seen.push(
      (await handle.evaluate()).map(({ loss }) => loss),
      [handle.step, handle.size],
    );
    handle.destroy();
    return seen;
  };
  const straight = await experiment(own, 2);
  const keeping = keepingTrainer(trainer, store, always);
  await experiment(keeping, 1);
  expect([trained, reopened]).toEqual([40, 0]);
  for (const name of [...files.keys()].slice(0, 3)) files.delete(name);
  trained = 0;
  expect(await experiment(keeping, 2)).toEqual(straight);
  // The first stretch is there; what comes after it was reopened, and is not counted here.
  expect([trained, reopened]).toEqual([0, 1]);
  expect(await experiment(keeping, 2)).toEqual(straight);
  expect(reopened).toBe(4);
});
