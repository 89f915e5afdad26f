/**
 * Trains a population that no binding holds as a whole, or whose runs have different executors: an engine for each part of its
 * runs, on the same device, kept together by steps. To a session it is one engine; runs are the same bits as in one piece, since none depends on its neighbours.
 *
 * Not here: into which parts (`plan.ts`).
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import type { Population } from "../../population/population.ts";
import { CurveRecorder, runFailure } from "../curves.ts";
import type { Engine, Nets, Snapshot } from "../engine.ts";
import type { Pace } from "../pace.ts";
import { joined, rearranged } from "../snapshots.ts";
import type { RunCurves, RunFailure } from "../training.ts";
import { createGpuEngine } from "./gpuEngine.ts";
import type { Shard } from "./plan.ts";

/** An engine of all parts; from a snapshot of the whole population, or from the seeds. `pace` makes one for each part. */
export async function createShardedEngine(
  device: WebGpuDevice,
  population: Population,
  shards: readonly Shard[],
  recorder: CurveRecorder,
  pace: (shard: Shard) => Pace,
  snapshot?: Snapshot,
): Promise<Engine> {
  const engines: Engine[] = [];
  try {
    for (const shard of shards) {
      const own = partOfRecorder(recorder, population, shard);
      const origins = shard.runs.map((source) => ({ source }));
      const start = snapshot && rearranged(snapshot, population, shard.population, origins);
      engines.push(await createGpuEngine(device, shard.population, shard.plan, own, pace(shard), start));
    }
  } catch (error) {
    for (const engine of engines) engine.destroy();
    throw error;
  }
  return new ShardedEngine(population, shards, engines, recorder);
}

class ShardedEngine implements Engine {
  constructor(
    private readonly population: Population,
    private readonly shards: readonly Shard[],
    private readonly engines: readonly Engine[],
    readonly recorder: CurveRecorder,
  ) {}

  get executor() {
    const [first, ...others] = this.engines.map(({ executor }) => executor);
    return others.every((executor) => executor === first) ? first : "mixed";
  }

  get variants() {
    return this.engines[0].variants;
  }

  get step() {
    return Math.min(...this.engines.map(({ step }) => step));
  }

  get dispatches() {
    return this.engines.reduce((sum, { dispatches }) => sum + dispatches, 0);
  }

  get submits() {
    return this.engines.reduce((sum, { submits }) => sum + submits, 0);
  }

  async advance(until = this.population.steps): Promise<void> {
    const { step } = this;
    // Those that are ahead wait; so no part is more than some submits ahead of another.
    for (const engine of this.engines) if (engine.step === step) await engine.advance(until);
    this.record();
  }

  async drain(): Promise<void> {
    for (const engine of this.engines) await engine.drain();
    // Parts take submits of their own lengths: all go on to where the first one is.
    const furthest = Math.max(...this.engines.map(({ step }) => step));
    for (const engine of this.engines) while (engine.step < furthest) await engine.advance(furthest);
    this.record();
  }

  async snapshot(): Promise<Snapshot> {
    const parts: Snapshot[] = [];
    for (const engine of this.engines) parts.push(await engine.snapshot());
    const { shards, population } = this;
    return joined(
      parts,
      shards.map((shard) => shard.population),
      population,
      shards.map(({ runs }) => runs),
    );
  }

  nets(): Promise<Nets> {
    return this.snapshot();
  }

  destroy(): void {
    for (const engine of this.engines) engine.destroy();
  }

  /** Brings together the evaluations that all parts have made. */
  private record(): void {
    const recorders = this.engines.map((engine) => engine.recorder);
    const all = recorders.map(({ curves }) => curves.step.length);
    const count = Math.min(...all);
    const probabilities = this.recorder.probabilities.slice();
    const perRun = probabilities.length / this.population.runs.length;
    const areLatest = all.every((length) => length === count);
    const runs: RunCurves[] = [];
    const failures: RunFailure[] = [];
    recorders.forEach((part, i) => {
      const group = this.shards[i].runs;
      group.forEach((r, place) => {
        const { error, loss, trainingLoss, policy } = part.curves.runs[place];
        runs[r] = {
          error: error.slice(0, count),
          loss: loss.slice(0, count),
          trainingLoss: trainingLoss.slice(0, count),
          ...(policy && { policy: policy.slice(0, count) }),
        };
        // Each part has only its latest.
        if (areLatest)
          probabilities.set(part.probabilities.subarray(place * perRun, (place + 1) * perRun), r * perRun);
      });
      failures.push(...part.failures.map(({ run, step }) => runFailure(group[run], step)));
    });
    this.recorder.restore({ step: recorders[0].curves.step.slice(0, count), runs }, probabilities, failures);
  }
}

/** What had been measured of a part's runs. */
function partOfRecorder(
  recorder: CurveRecorder,
  population: Population,
  { population: part, runs: group }: Shard,
): CurveRecorder {
  const own = new CurveRecorder(part);
  const { step, runs } = recorder.copy();
  const perRun = recorder.probabilities.length / population.runs.length;
  const probabilities = new Float32Array(group.length * perRun);
  group.forEach((r, i) => {
    probabilities.set(recorder.probabilities.subarray(r * perRun, (r + 1) * perRun), i * perRun);
  });
  own.restore(
    { step, runs: group.map((r) => runs[r]) },
    probabilities,
    recorder.failures
      .filter(({ run }) => group.includes(run))
      .map(({ run, step }) => runFailure(group.indexOf(run), step)),
  );
  return own;
}
