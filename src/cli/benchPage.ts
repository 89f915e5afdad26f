/**
 * The page's half of `bench`: times the same training on our engine and on plain loops, turn by turn in one page, so
 * that whatever else the machine does hits both. Node's half is `bench.ts`.
 */

import { alternatingLine } from "../data/lines.ts";
import { type AdapterInfo, openDevice } from "../gpu/device.ts";
import { createProfiler } from "../gpu/profiler.ts";
import { beta, mixup } from "../mixing/mixing.ts";
import { lambdaFromWord, quantileTable } from "../mixing/quantiles.ts";
import { mlp } from "../model/model.ts";
import { adam } from "../model/optimizer.ts";
import { boundedInteger, PURPOSE, threefry } from "../numeric/threefry.ts";
import { resolvePopulation } from "../population/config.ts";
import { grid, range } from "../population/grid.ts";
import { CurveRecorder } from "../training/curves.ts";
import { createGpuEngine } from "../training/gpuEngine.ts";
import { Pace } from "../training/pace.ts";
import { planTraining } from "../training/plan.ts";
import { planLimits } from "../training/train.ts";
import { plainNet } from "./plainLoop.ts";

/** Median and quartiles. */
export interface Spread {
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
}

export interface BenchEntry {
  readonly engine: "mixup-webgpu" | "plain";
  /** One step of the whole population. */
  readonly millisecondsPerStep: Spread;
  /** From nothing to the end of the first submit or turn: compiling included. */
  readonly firstStepMilliseconds: number;
  /** The part of a step that the GPU itself was at work; null where it has no timestamps, or there is no GPU. */
  readonly gpuMillisecondsPerStep: number | null;
  readonly dispatchesPerStep: number;
  readonly submitsPerStep: number;
  /** Mean clean loss over the runs, after the same number of steps. */
  readonly loss: number;
}

export interface BenchResult {
  readonly adapter: AdapterInfo;
  readonly workloads: readonly { readonly name: string; readonly entries: readonly BenchEntry[] }[];
}

const ALPHAS = [1, 32, 128, 1024];
const SEEDS = 10;
/** Steps of a submit, and of an engine's turn: two submits, as the scheduler keeps two under way. */
const STEPS_PER_SUBMIT = 100;
const STEPS_PER_TURN = 2 * STEPS_PER_SUBMIT;

/** 10 seeds x 4 alphas of the 1-512-2 net on the three-point line. */
async function lineTimes40(repeats: number): Promise<BenchResult> {
  const device = await openDevice();
  const data = alternatingLine({ points: 3, classes: 2 });
  const steps = (repeats + 1) * STEPS_PER_TURN;
  const population = resolvePopulation({
    data,
    model: mlp([1, 512, 2]),
    optimizer: adam(),
    steps,
    runs: grid({ seed: range(SEEDS), mixing: ALPHAS.map((alpha) => mixup(beta(alpha))) }),
  });
  const recorder = new CurveRecorder(population);
  const begin = performance.now();
  const profiler = await createProfiler(device);
  const plan = planTraining(population, planLimits(device));
  const pace = new Pace(100, 1, STEPS_PER_SUBMIT);
  const engine = await createGpuEngine(device, population, plan, recorder, pace, undefined, profiler);
  await engine.advance();
  const firstStep = performance.now() - begin;
  await engine.drain();
  await profiler.read();

  const beginPlain = performance.now();
  const nets = population.runs.map(({ seed, mixing }) => {
    let draws = 0;
    const random = () => threefry(seed, PURPOSE.initialization, 99, draws++) / 2 ** 32;
    return { seed, table: quantileTable(mixing.law), net: plainNet(1, 512, 2, 1e-3, random) };
  });
  const partners = new Uint32Array(data.size);
  let plainStep = 0;
  const plainTurn = () => {
    for (const { seed, table, net } of nets) {
      for (let step = plainStep; step < plainStep + STEPS_PER_TURN; step++) {
        for (let b = 0; b < data.size; b++)
          partners[b] = boundedInteger(threefry(seed, PURPOSE.pair, step, b), data.size);
        const lambda = lambdaFromWord(table, threefry(seed, PURPOSE.lambda, step, 0));
        net.step(data.points, data.targets, lambda, partners);
      }
    }
    plainStep += STEPS_PER_TURN;
  };
  plainTurn();
  const firstPlain = performance.now() - beginPlain;

  const times = { gpu: [] as number[], plain: [] as number[], passes: [] as number[] };
  for (let turn = 0; turn < repeats; turn++) {
    const start = performance.now();
    await engine.advance();
    await engine.drain();
    const middle = performance.now();
    plainTurn();
    times.gpu.push((middle - start) / STEPS_PER_TURN);
    times.plain.push((performance.now() - middle) / STEPS_PER_TURN);
    for (const { nanoseconds } of await profiler.read())
      times.passes.push(nanoseconds / 1e6 / STEPS_PER_SUBMIT);
  }
  const noPartners = Uint32Array.from({ length: data.size }, (_, b) => b);
  const plainLoss =
    nets.reduce((sum, { net }) => sum + net.step(data.points, data.targets, 1, noPartners), 0) / nets.length;
  const losses = recorder.curves.runs.map(({ loss }) => loss[loss.length - 1]);
  const { dispatches, submits } = engine;
  engine.destroy();
  profiler.destroy();
  device.destroy();
  return {
    adapter: device.adapter,
    workloads: [
      {
        name: "line-x40",
        entries: [
          {
            engine: "mixup-webgpu",
            millisecondsPerStep: spread(times.gpu),
            firstStepMilliseconds: firstStep,
            gpuMillisecondsPerStep: times.passes.length === 0 ? null : spread(times.passes).median,
            dispatchesPerStep: dispatches / steps,
            submitsPerStep: submits / steps,
            loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
          },
          {
            engine: "plain",
            millisecondsPerStep: spread(times.plain),
            firstStepMilliseconds: firstPlain,
            gpuMillisecondsPerStep: null,
            dispatchesPerStep: 0,
            submitsPerStep: 0,
            loss: plainLoss,
          },
        ],
      },
    ],
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return { median: at(0.5), p25: at(0.25), p75: at(0.75) };
}

declare global {
  /** Called by Node. */
  var runBench: typeof lineTimes40 | undefined;
}

globalThis.runBench = lineTimes40;
