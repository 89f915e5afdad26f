/**
 * Runs measured on unmixed points between two stretches of training: logits by the nets' own forward pass on the device, losses
 * and errors of them in float64.
 *
 * Not here: evaluations inside a training, which kernels make (`gpu/layered/`).
 */

import { checkInteger, checkLength, checkOptions } from "../check.ts";
import type { Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import type { OpenedDevice } from "../gpu/device.ts";
import { type ContrastiveLoss, isContrastive, type Loss } from "../model/loss.ts";
import { normalizedRows, pairLogSums } from "../model/metrics/pairs.ts";
import { traceModel } from "../model/trace.ts";
import { isBinaryLogistic, modelTargets, mostProbable } from "../population/fits.ts";
import { runAt } from "../population/phases.ts";
import type { Population } from "../population/population.ts";
import { LOSS_FUNCTIONS, largestOutput } from "../reference/loss.ts";
import type { CurveRecorder } from "./curves.ts";
import type { Nets } from "./engine.ts";
import { predictNets } from "./predictNets.ts";

/** Which points a run is measured at. */
export interface EvaluationOptions {
  /**
   * Points of the data, by their index: one list for all runs, or one for each. By default a run's own training points, of data that
   * are given all points.
   */
  points?: ArrayLike<number> | readonly ArrayLike<number>[];
}

/** One run on n points. */
export interface Evaluation {
  /** Mean of the losses; NaN for a run that has diverged. */
  readonly loss: number;
  /** Share of the points that are misclassified; undefined for regression. Of pairs: whose first embedding is nearest to another's second. */
  readonly error: number | undefined;
  /** Of each point, `[n]`. Of pairs: with all n as one batch. */
  readonly losses: Float64Array;
  /** The net's outputs as they are, `[n, C]`. */
  readonly logits: Float64Array;
  /** Of data with domains: of those of the points that are in each, in the order of the domains. */
  readonly domains?: readonly DomainEvaluation[];
}

/** One run on the points of a domain; nulls where there are none. */
export interface DomainEvaluation {
  readonly name: string;
  /** How many they are. */
  readonly size: number;
  readonly loss: number | null;
  /** Undefined for regression. */
  readonly error: number | null | undefined;
}

/** Measures all runs as their nets are after `step` steps; runs with the same points go through the net together. */
export async function evaluateRuns(
  device: OpenedDevice,
  population: Population,
  now: Nets,
  step: number,
  recorder: CurveRecorder,
  data: Dataset | undefined,
  options: EvaluationOptions,
): Promise<Evaluation[]> {
  checkOptions("options", options, ["points"]);
  const { model, runs } = population;
  const on = data ?? population.data;
  const own = runs.map((run) => (data === undefined ? runAt(run, step).train : undefined));
  const lists = pointLists(options.points, own, runs.length, on.size);
  const groups = new Map<Uint32Array | undefined, number[]>();
  lists.forEach((list, r) => {
    groups.set(list, [...(groups.get(list) ?? []), r]);
  });
  const { parameters, state } = traceModel(model);
  const results: Evaluation[] = [];
  for (const [list, group] of groups) {
    const points = pointsOf(on, list);
    const nets = group.map((r) => ({
      parameters: Float64Array.from(now.parameters.subarray(r * parameters.size, (r + 1) * parameters.size)),
      state: Float64Array.from(now.state.subarray(r * state.size, (r + 1) * state.size)),
    }));
    const count = list?.length ?? on.size;
    // Of squared error outputs come as they are.
    const logits = await predictNets(device, { model, nets, points, count, loss: "squared-error" });
    const perRun = logits.length / group.length;
    group.forEach((r, i) => {
      const ownLogits = Float64Array.from(logits.subarray(i * perRun, (i + 1) * perRun));
      if (recorder.failure(r) !== undefined) ownLogits.fill(Number.NaN);
      results[r] = measured(population, on, list, ownLogits);
    });
  }
  return results;
}

function measured(
  { loss, model }: Population,
  data: Dataset,
  list: Uint32Array | undefined,
  logits: Float64Array,
): Evaluation {
  const { outputs } = traceModel(model);
  const { losses, isWrong } = isContrastive(loss)
    ? measuredPairs(loss, outputs, logits)
    : measuredPoints(loss, outputs, data, list, logits);
  const over = (places: Iterable<number>) => {
    let [size, sum, wrong] = [0, 0, 0];
    for (const n of places) {
      size++;
      sum += losses[n];
      wrong += isWrong?.[n] ?? 0;
    }
    const mean = sum / size;
    const error = Number.isNaN(mean) ? Number.NaN : wrong / size;
    return { size, loss: mean, error: isWrong === undefined ? undefined : error };
  };
  const { loss: mean, error } = over(losses.keys());
  return { loss: mean, error, losses, logits, ...(data.domains && { domains: byDomain(data, list, over) }) };
}

/** Losses, and which are wrong; undefined for regression. */
interface Measured {
  readonly losses: Float64Array;
  readonly isWrong: Uint8Array | undefined;
}

/** All pairs against all; without a share of the complementary loss, which is of batches. */
function measuredPairs({ temperature }: ContrastiveLoss, outputs: number, logits: Float64Array): Measured {
  const size = logits.length / outputs;
  const [first, second] = [0, 1].map((half) => normalizedRows(logits, size, outputs, half).rows);
  const { ownScores, nearest } = pairLogSums(first, second, size, temperature);
  return {
    losses: ownScores.map((score) => -score / 2),
    isWrong: Uint8Array.from(nearest, (found, n) => Number(found !== n)),
  };
}

function measuredPoints(
  loss: Loss,
  outputs: number,
  data: Dataset,
  list: Uint32Array | undefined,
  logits: Float64Array,
): Measured {
  const targets = modelTargets(loss, outputs, data);
  const labels = data.labels ?? mostProbable(loss, data);
  const isBinary = isBinaryLogistic(loss, outputs, data);
  const { value } = LOSS_FUNCTIONS[loss];
  const count = list?.length ?? data.size;
  const losses = new Float64Array(count);
  const target = new Float64Array(outputs);
  const isWrong = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const point = list?.[n] ?? n;
    for (let c = 0; c < outputs; c++) target[c] = targets[point * outputs + c];
    const row = logits.subarray(n * outputs, (n + 1) * outputs);
    losses[n] = value(row, target, 0, outputs);
    const predicted = isBinary ? Number(row[0] > 0) : largestOutput(row, 0, outputs);
    if (predicted !== labels?.[point]) isWrong[n] = 1;
  }
  return { losses, isWrong: labels === undefined ? undefined : isWrong };
}

/** The points measured by domain; `over` takes their places. */
function byDomain(
  { domains, size }: Dataset,
  list: Uint32Array | undefined,
  over: (places: readonly number[]) => { size: number; loss: number; error: number | undefined },
): DomainEvaluation[] {
  const places: number[][] = Array.from({ length: size }, () => []);
  for (let n = 0; n < (list?.length ?? size); n++) places[list?.[n] ?? n].push(n);
  return domains!.map(({ name, points }) => {
    const own = over(Array.from(points).flatMap((point) => places[point]));
    if (own.size > 0) return { name, ...own };
    return { name, size: 0, loss: null, error: own.error === undefined ? undefined : null };
  });
}

/** For each run the points it is measured at; undefined for all. The same list is the same object. */
function pointLists(
  points: EvaluationOptions["points"],
  own: readonly (Uint32Array | undefined)[],
  runs: number,
  size: number,
): (Uint32Array | undefined)[] {
  if (points === undefined) return shared(own);
  checkLength("options.points", points, "Give indices of points, or a list of them for each run.");
  const isEach = typeof (points as readonly unknown[])[0] === "object";
  if (!isEach) {
    const list = indicesOf("options.points", points as ArrayLike<number>, size);
    return own.map(() => list);
  }
  if (points.length !== runs)
    throw new ConfigError("options.points", `${points.length} lists of points for ${runs} runs.`);
  return shared(
    Array.from(points as readonly ArrayLike<number>[], (list, r) =>
      indicesOf(`options.points[${r}]`, list, size),
    ),
  );
}

function shared(lists: readonly (Uint32Array | undefined)[]): (Uint32Array | undefined)[] {
  const known = new Map<string, Uint32Array>();
  return lists.map((list) => {
    if (list === undefined) return undefined;
    const key = list.join();
    if (!known.has(key)) known.set(key, list);
    return known.get(key);
  });
}

function indicesOf(path: string, list: ArrayLike<number>, size: number): Uint32Array {
  if (checkLength(path, list) === 0) throw new ConfigError(path, "no points.");
  return Uint32Array.from({ length: list.length }, (_, i) =>
    checkInteger(`${path}[${i}]`, list[i], 0, size - 1, "a point"),
  );
}

function pointsOf({ points, dimensions, size }: Dataset, list: Uint32Array | undefined): Float64Array {
  const rows = new Float64Array((list?.length ?? size) * dimensions);
  for (let n = 0; n * dimensions < rows.length; n++) {
    const point = list?.[n] ?? n;
    rows.set(points.subarray(point * dimensions, (point + 1) * dimensions), n * dimensions);
  }
  return rows;
}
