/**
 * Over-training in the engine: nets whose first layer is frozen at the random features, trained by plain gradient descent on the
 * points, on all ordered midpoints, on the same with clean labels, and on the points from Mixup's best parameters on.
 *
 * Not here: the closed form they are compared with (`theory/overTraining/`).
 */

import { constantLambda } from "../../mixing/laws.ts";
import { erm, mixup } from "../../mixing/mixing.ts";
import type { NamedTensors } from "../../model/layout.ts";
import { mlp } from "../../model/nets.ts";
import { sgd } from "../../model/optimizer.ts";
import type { RunConfig } from "../../population/population.ts";
import type { OverTrainingCurves } from "../../theory/overTraining/curves.ts";
import type { OpenConfig, PopulationHandle } from "../../training/openPopulation.ts";
import { stacked } from "../splits.ts";
import { trainStretch } from "../stretch.ts";
import type { Trainer } from "../trainer.ts";
import { type OverTrainingDraw, overTrainingData } from "./data.ts";
import type { Arm, TrainedError } from "./results.ts";

/** A draw that is trained on, with its closed form. */
export interface TrainedDraw {
  readonly seed: number;
  readonly draw: OverTrainingDraw;
  readonly curves: OverTrainingCurves;
}

/** A run, and what it is. */
interface Member {
  readonly index: number;
  readonly arm: Arm;
  readonly run: RunConfig;
}

/**
 * Trains nets on draws of the same sizes for `steps` steps, and measures them at the steps of the curves that are in `at`. All runs of
 * 400 midpoints are one population, those of 20 points another.
 * @throws the signal's reason when stopped; the trainer's errors as they are.
 */
export async function trainDraws(
  trainer: Trainer,
  draws: readonly TrainedDraw[],
  { steps, at }: { steps: number; at: readonly number[] },
  report: (label: string, step: number) => void,
  signal?: AbortSignal,
): Promise<TrainedError[]> {
  const { data, splits } = stacked(draws.map(({ draw }) => overTrainingData(draw)));
  const found: TrainedError[] = [];
  const common = {
    data,
    batch: "full" as const,
    model: modelOf(draws[0].draw),
    optimizer: sgd({ learningRate: 1 }),
  };
  const open = (members: readonly Member[]) =>
    trainer.open({ ...common, runs: members.map(({ run }) => run) });
  const measured = at.filter((step) => step <= steps);
  const measure = async (handle: PopulationHandle, members: readonly Member[]) => {
    const tests = members.map(({ index }) => splits[index].test);
    const errors = await handle.evaluate(data, { points: tests });
    for (const [r, { index, arm }] of members.entries()) {
      const { seed, curves } = draws[index];
      const { loss } = errors[r];
      const error = Number.isFinite(loss) ? loss / variance(data, tests[r]) : null;
      found.push({
        seed,
        arm,
        step: handle.step,
        error,
        closedForm: curves[arm][curves.steps.indexOf(handle.step)],
      });
    }
  };
  const follow = async (
    label: string,
    members: readonly Member[],
    stops: readonly number[],
    then: (handle: PopulationHandle) => Promise<void> = async () => {},
  ) => {
    const handle = open(members);
    try {
      for (const stop of stops) {
        const from = handle.step;
        await trainStretch(handle, stop - from, (step) => report(label, from + step), signal);
        if (measured.includes(stop)) await measure(handle, members);
        await then(handle);
      }
    } finally {
      handle.destroy();
    }
  };

  const pairs = draws.flatMap(({ seed, draw, curves }, index): Member[] => {
    const run = { ...startOf(draw), seed, optimizer: rate(curves.learningRates.mixup) };
    const { points, clean } = splits[index];
    const middles = mixup(constantLambda(0.5), { pairing: "all-pairs" });
    return [
      { index, arm: "mixup", run: { ...run, mixing: middles, train: points } },
      { index, arm: "clean", run: { ...run, mixing: erm(), train: clean } },
    ];
  });
  const turns = draws.map(({ curves }) => curves.bestStep);
  const stops = [...new Set([...measured, ...turns.filter((step) => step <= steps)])].sort((a, b) => a - b);
  const best = new Map<number, NamedTensors>();
  await follow("midpoints", pairs, stops, async (handle) => {
    if (!turns.includes(handle.step)) return;
    const parameters = await handle.parameters();
    for (const [r, { index, arm }] of pairs.entries())
      if (arm === "mixup" && turns[index] === handle.step) best.set(index, parameters[r]);
  });

  const points = draws.flatMap(({ seed, draw, curves }, index): Member[] => {
    const run = { ...startOf(draw), seed, optimizer: rate(curves.learningRates.erm) };
    const own = { ...run, mixing: erm(), train: splits[index].points };
    const parameters = best.get(index);
    return [
      { index, arm: "erm", run: own },
      // Plain gradient descent has no moments: the switch is a new start from where Mixup is best.
      ...(parameters === undefined ? [] : [{ index, arm: "switched" as const, run: { ...own, parameters } }]),
    ];
  });
  await follow("points", points, measured);
  return found;
}

/** Squared error is not halved in the engine, so the rate is. */
function rate(learningRate: number) {
  return sgd({ learningRate: learningRate / 2 });
}

/** theta . relu(W x) / sqrt(M): relu is homogeneous, so the scale goes into the first layer. */
function modelOf({ features, teacher }: OverTrainingDraw): OpenConfig["model"] {
  return mlp([features.dimensions, teacher.length, 1], { bias: false });
}

/** The features, frozen, and theta = 0. */
function startOf({ features, teacher }: OverTrainingDraw): Pick<RunConfig, "frozen" | "parameters"> {
  const count = teacher.length;
  return {
    frozen: ["layers.0"],
    parameters: {
      "layers.0.weight": {
        shape: [count, features.dimensions],
        data: Float32Array.from(features.weights, (weight) => weight / Math.sqrt(count)),
      },
      "layers.1.weight": { shape: [1, count], data: new Float32Array(count) },
    },
  };
}

/** Of the targets of these rows, divided by their number. */
function variance({ targets }: OpenConfig["data"], rows: Uint32Array): number {
  const mean = rows.reduce((sum, row) => sum + targets[row], 0) / rows.length;
  return rows.reduce((sum, row) => sum + (targets[row] - mean) ** 2, 0) / rows.length;
}
