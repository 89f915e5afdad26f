/**
 * Trains a population that no binding holds as a whole: an engine for each part of its runs, on the same device, kept together
 * by steps. To a session it is one engine; runs are the same bits as in one piece, since none depends on its neighbours.
 *
 * Not here: into which parts (`plan.ts`).
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import { parameterLayout } from "../../model/layout.ts";
import { accumulatesGradients, type Population, populationMoments } from "../../population/population.ts";
import { CurveRecorder, runFailure } from "../curves.ts";
import type { Engine, Snapshot } from "../engine.ts";
import type { Pace } from "../pace.ts";
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
      const start = snapshot && partOfSnapshot(snapshot, population, shard);
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
    return this.engines[0].executor;
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
    return wholeSnapshot(parts, this.population, this.shards);
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
    // Each part has only its latest.
    if (all.every((length) => length === count)) {
      let at = 0;
      for (const part of recorders) {
        probabilities.set(part.probabilities, at);
        at += part.probabilities.length;
      }
    }
    const runs = recorders.flatMap(({ curves }) =>
      curves.runs.map(({ error, loss, trainingLoss }) => ({
        error: error.slice(0, count),
        loss: loss.slice(0, count),
        trainingLoss: trainingLoss.slice(0, count),
      })),
    );
    const failures = recorders.flatMap(({ failures }, i) =>
      failures.map(({ run, step }) => runFailure(this.shards[i].first + run, step)),
    );
    this.recorder.restore({ step: recorders[0].curves.step.slice(0, count), runs }, probabilities, failures);
  }
}

/** What had been measured of a part's runs. */
function partOfRecorder(
  recorder: CurveRecorder,
  population: Population,
  { population: part, first }: Shard,
): CurveRecorder {
  const own = new CurveRecorder(part);
  const end = first + part.runs.length;
  const { step, runs } = recorder.copy();
  const perRun = recorder.probabilities.length / population.runs.length;
  own.restore(
    { step, runs: runs.slice(first, end) },
    recorder.probabilities.slice(first * perRun, end * perRun),
    recorder.failures
      .filter(({ run }) => run >= first && run < end)
      .map(({ run, step }) => runFailure(run - first, step)),
  );
  return own;
}

/** Rows of `[kinds, R, P]` that a population keeps: moments, and sums of gradients if there are any. */
function kindsOf(population: Population): { moments: number; sums: boolean } {
  return { moments: populationMoments(population), sums: accumulatesGradients(population) };
}

/** For each kind that `to` keeps its place among those of `from`; undefined where all of them are 0. */
function placesOf(from: Population, to: Population): (number | undefined)[] {
  const [own, other] = [kindsOf(from), kindsOf(to)];
  const moments = Array.from({ length: other.moments }, (_, m) => (m < own.moments ? m : undefined));
  return [...moments, ...(other.sums ? [own.sums ? own.moments : undefined] : [])];
}

function partOfSnapshot(
  whole: Snapshot,
  population: Population,
  { population: part, first }: Shard,
): Snapshot {
  const R = population.runs.length;
  const end = first + part.runs.length;
  const rows = (all: Float32Array | Float64Array, from: number, to: number, size: number) =>
    Float32Array.from(all.subarray(from * size, to * size));
  const { size } = parameterLayout(population.model);
  const moments = placesOf(population, part).map((place) =>
    place === undefined
      ? new Float32Array(part.runs.length * size)
      : rows(whole.moments, place * R + first, place * R + end, size),
  );
  return {
    step: whole.step,
    parameters: rows(whole.parameters, first, end, size),
    state: rows(whole.state, first, end, whole.state.length / R),
    moments: joined(moments),
    nonFiniteSteps: whole.nonFiniteSteps.slice(first, end),
    accounts: rows(whole.accounts, first, end, 4),
  };
}

function wholeSnapshot(
  parts: readonly Snapshot[],
  population: Population,
  shards: readonly Shard[],
): Snapshot {
  const { size } = parameterLayout(population.model);
  const { moments, sums } = kindsOf(population);
  const kinds = Array.from({ length: moments + (sums ? 1 : 0) }, (_, kind) =>
    parts.map((part, i) => {
      const own = shards[i].population;
      const place = placesOf(own, population)[kind];
      const length = own.runs.length * size;
      return place === undefined
        ? new Float32Array(length)
        : part.moments.subarray(place * length, (place + 1) * length);
    }),
  );
  return {
    step: parts[0].step,
    parameters: joined(parts.map(({ parameters }) => parameters)),
    state: joined(parts.map(({ state }) => state)),
    moments: joined(kinds.flat()),
    nonFiniteSteps: Uint32Array.from(parts.flatMap(({ nonFiniteSteps }) => [...nonFiniteSteps])),
    accounts: joined(parts.map(({ accounts }) => accounts)),
  };
}

function joined(parts: readonly (Float32Array | Float64Array)[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
