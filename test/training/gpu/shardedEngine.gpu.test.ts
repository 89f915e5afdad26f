/** A population in parts, against the same in one piece: bit for bit, also stopped and gone on with in the other way. */

import { describe, expect, it } from "vitest";
import { twoMoons } from "../../../src/data/moons.ts";
import { beta } from "../../../src/mixing/laws.ts";
import { erm, mixup } from "../../../src/mixing/mixing.ts";
import { mlp } from "../../../src/model/nets.ts";
import { adam, sgd } from "../../../src/model/optimizer.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import type { Population, RunConfig } from "../../../src/population/population.ts";
import { CurveRecorder } from "../../../src/training/curves.ts";
import type { Engine, Resumed } from "../../../src/training/engine.ts";
import { createGpuEngine } from "../../../src/training/gpu/gpuEngine.ts";
import { planShards, planTraining } from "../../../src/training/gpu/plan.ts";
import { createShardedEngine } from "../../../src/training/gpu/shardedEngine.ts";
import { Pace } from "../../../src/training/pace.ts";
import { planLimits } from "../../../src/training/planLimits.ts";
import { testDevice } from "../../kernels/harness.ts";

type Executor = "resident" | "layered";

function population(
  runs: readonly RunConfig[],
  optimizer = adam({ learningRate: 0.05 }),
  batch: number | "full" = "full",
): Population {
  return resolvePopulation({
    data: twoMoons({ points: 20, separation: 0.1, seed: 0 }),
    model: mlp([2, 9, 2]),
    optimizer,
    batch,
    steps: 23,
    evaluateEvery: 5,
    probePoints: [0, 0.5, 1, 1],
    runs,
  });
}

const RUNS = Array.from({ length: 7 }, (_, seed) => ({
  seed,
  mixing: seed % 2 === 0 ? erm() : mixup(beta(seed)),
}));

/** In one piece, or in parts of so many runs; submits of as many steps. */
async function engineOf(
  all: Population,
  executor: Executor,
  { parts, steps = 4, resumed }: { parts?: number; steps?: number; resumed?: Resumed },
): Promise<Engine> {
  const device = await testDevice();
  const limits = planLimits(device);
  const recorder = resumed?.recorder.clone() ?? new CurveRecorder(all);
  const snapshot = resumed?.snapshot;
  const whole = planTraining(all, limits, executor);
  const pace = () => new Pace(1e9, 1, steps);
  if (parts === undefined) return createGpuEngine(device, all, whole, recorder, pace(), snapshot);
  // As on a device that takes so many runs at once.
  const tight = { ...limits, maxComputeWorkgroupsPerDimension: parts };
  const shards = planShards(all, tight, executor);
  expect(shards.map(({ population }) => population.runs.length)).toEqual(sizes(all.runs.length, parts));
  // Submits of different lengths, as parts of their own pace have them.
  return createShardedEngine(
    device,
    all,
    shards,
    recorder,
    ({ runs }) => new Pace(1e9, 1, steps + (runs[0] % 3)),
    snapshot,
  );
}

function sizes(runs: number, parts: number): number[] {
  const size = Math.ceil(runs / Math.ceil(runs / parts));
  return Array.from({ length: Math.ceil(runs / size) }, (_, i) => Math.min(size, runs - i * size));
}

async function finish(engine: Engine, until = 23): Promise<Resumed> {
  while (engine.step < until) await engine.advance(until);
  await engine.drain();
  const snapshot = await engine.snapshot();
  engine.destroy();
  return { snapshot, recorder: engine.recorder };
}

function all({ snapshot, recorder }: Resumed) {
  return {
    snapshot,
    curves: recorder.copy(),
    probabilities: recorder.probabilities,
    failures: recorder.failures,
  };
}

describe.each(["resident", "layered"] as const)("a population in parts, %s", (executor) => {
  it("is what it is in one piece", async () => {
    const runs = population(RUNS);
    const whole = all(await finish(await engineOf(runs, executor, {})));
    expect(all(await finish(await engineOf(runs, executor, { parts: 3 })))).toEqual(whole);
  });

  it("counts epochs of all points where no run of the part has points of its own", async () => {
    const train = Array.from({ length: 13 }, (_, n) => n + 2);
    const runs = population(
      RUNS.map((run, r) => (r < 3 ? { ...run, train } : run)),
      adam({ learningRate: 0.05 }),
      7,
    );
    const whole = all(await finish(await engineOf(runs, executor, {})));
    expect(all(await finish(await engineOf(runs, executor, { parts: 3 })))).toEqual(whole);
  });

  it("stops at one step, and goes on in one piece; and the other way round", async () => {
    const runs = population(RUNS);
    const whole = all(await finish(await engineOf(runs, executor, {})));
    const inParts = await finish(await engineOf(runs, executor, { parts: 3 }), 11);
    expect(inParts.snapshot.step).toBe(11);
    expect(all(await finish(await engineOf(runs, executor, { resumed: inParts })))).toEqual(whole);
    const inOne = await finish(await engineOf(runs, executor, {}), 11);
    expect(all(await finish(await engineOf(runs, executor, { parts: 3, resumed: inOne })))).toEqual(whole);
  });

  it("keeps what optimizers of some runs keep, and counts runs as the whole does", async () => {
    const runs = RUNS.map((run, r) => ({
      ...run,
      optimizer: sgd({
        learningRate: r === 5 ? 3e38 : 0.1,
        momentum: r < 3 ? 0 : 0.9,
        gradients: r > 5 ? "accumulated" : "cleared",
      }),
    }));
    const mixed = population(runs, sgd({ learningRate: 0.1 }));
    const whole = await finish(await engineOf(mixed, executor, {}));
    const inParts = await finish(await engineOf(mixed, executor, { parts: 3 }));
    expect(whole.recorder.failures.map(({ run }) => run)).toEqual([5]);
    expect(inParts.recorder.failures).toEqual(whole.recorder.failures);
    expect(inParts.recorder.copy()).toEqual(whole.recorder.copy());
    expect(inParts.snapshot.parameters).toEqual(whole.snapshot.parameters);
    expect(inParts.snapshot.moments.length).toBe(whole.snapshot.moments.length);
    const again = await finish(await engineOf(mixed, executor, { parts: 3 }), 11);
    const on = await finish(await engineOf(mixed, executor, { parts: 4, resumed: again }));
    // Not all of its moments: what a part keeps for runs that never read it depends on who else is in it.
    expect(on.snapshot.parameters).toEqual(whole.snapshot.parameters);
    expect(on.recorder.copy()).toEqual(whole.recorder.copy());
  });
});
