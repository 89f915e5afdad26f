/**
 * A training's whole state as one safetensors file: the description as JSON in the metadata; data, parameters, moments,
 * clocks and curves as tensors. Needs nothing else to go on, and is refused as a whole if anything in it is wrong.
 */

import { type Bytes, checkBytes } from "../check.ts";
import { classDataset, type Dataset, type ImageShape, regressionDataset } from "../data/dataset.ts";
import { withDomains } from "../data/domains.ts";
import { ConfigError } from "../errors.ts";
import { FINITE } from "../kernels/population.ts";
import type { Variants } from "../kernels/variants.ts";
import { checkSeal, encodeSealed } from "../model/digest.ts";
import { parameterLayout, stateLayout } from "../model/layout.ts";
import { decodeSafetensors, type Safetensors } from "../model/safetensors.ts";
import type { Layout } from "../model/trace.ts";
import { banditBegunAt, banditDomains, banditNumbers } from "../population/bandits.ts";
import { resolvePopulation } from "../population/config.ts";
import { describeRun } from "../population/describe.ts";
import { startedAt } from "../population/phases.ts";
import {
  accumulatesGradients,
  evaluationStep,
  evaluationsDone,
  type Population,
  populationMoments,
  type Run,
} from "../population/population.ts";
import { CurveRecorder, runFailure } from "./curves.ts";
import type { Resumed, Snapshot } from "./engine.ts";
import type { ExecutedBy, RunCurves } from "./training.ts";

/** Bumped when a reader of the old format would misread the new one. 4: with a digest, without which it is none. */
const FORMAT = "mixup-webgpu checkpoint 4";

type Data = Float32Array | Float64Array | Uint32Array;
type Tensors = Record<string, { shape: readonly number[]; data: Data }>;

/** A checkpoint's bytes. Parameters are named as in PyTorch with the run as first dimension. */
export function encodeCheckpoint(
  population: Population,
  snapshot: Snapshot,
  recorder: CurveRecorder,
  executor: ExecutedBy,
  variants?: Variants,
): Uint8Array {
  const { data, evaluationData, probePoints, model, loss, steps, batch, lastBatch, evaluateEvery, runs } =
    population;
  const R = runs.length;
  const { curves } = recorder;
  const evaluations = curves.step.length;
  const matrix = (rows: readonly number[][]) => ({
    shape: [R, rows[0].length],
    data: Float64Array.from(rows.flat()),
  });
  const tensors: Tensors = {
    ...datasetTensors("data", data),
    ...(evaluationData === data ? {} : datasetTensors("evaluationData", evaluationData)),
    probePoints: { shape: [probePoints.length / data.dimensions, data.dimensions], data: probePoints },
    ...stackedTensors("parameters", parameterLayout(model), snapshot.parameters, R),
    ...stackedTensors("state", stateLayout(model), snapshot.state, R),
    nonFiniteSteps: { shape: [R], data: snapshot.nonFiniteSteps },
    accounts: { shape: [R, 4], data: snapshot.accounts },
    ...(snapshot.bandits.length > 0 && {
      bandits: { shape: [R, banditNumbers(population)], data: snapshot.bandits },
      "curves.policy": {
        shape: [R, evaluations, banditDomains(population)],
        data: policyCurves(population, curves.runs, evaluations),
      },
    }),
    "curves.error": matrix(curves.runs.map((run) => run.error)),
    "curves.loss": matrix(curves.runs.map((run) => run.loss)),
    "curves.trainingLoss": matrix(curves.runs.map((run) => run.trainingLoss)),
    probabilities: { shape: [recorder.probabilities.length], data: recorder.probabilities },
  };
  const momentSize = R * parameterLayout(model).size;
  optimizerTensors(population).forEach((name, m) => {
    const moment = snapshot.moments.subarray(m * momentSize, (m + 1) * momentSize);
    Object.assign(tensors, stackedTensors(name, parameterLayout(model), moment, R));
  });
  // First parameters are history by now: the tensors hold the present ones.
  const described = runs.map(describeRun);
  const { augmentation } = population;
  const description = { model, loss, steps, batch, lastBatch, augmentation, evaluateEvery, runs: described };
  const banditStarts = runs.map(({ banditStart = 0 }) => banditStart);
  const optimizerStarts = runs.map(({ optimizerStart = 0 }) => optimizerStart);
  return encodeSealed(tensors, {
    format: FORMAT,
    executor,
    ...(variants && { variants: JSON.stringify(variants) }),
    step: String(snapshot.step),
    evaluations: String(evaluations),
    population: JSON.stringify(description),
    ...domainNames("data", data),
    ...(evaluationData !== data && domainNames("evaluationData", evaluationData)),
    ...(optimizerStarts.some((start) => start > 0) && { optimizerStarts: JSON.stringify(optimizerStarts) }),
    ...(banditStarts.some((start) => start > 0) && { banditStarts: JSON.stringify(banditStarts) }),
  });
}

/**
 * What {@link encodeCheckpoint} wrote.
 * @throws ConfigError for bytes that are no checkpoint, one that was damaged or changed since, or an inconsistent one.
 */
export function decodeCheckpoint(bytes: Bytes): Resumed & {
  readonly population: Population;
  readonly executor: ExecutedBy;
  /** The kernels' variants that had run, as they are written there. */
  readonly variants?: Partial<Variants>;
} {
  const { tensors: all, metadata } = decodeSafetensors(bytes);
  const tensors = knownTensors(all);
  if (metadata.format !== FORMAT) {
    throw new ConfigError(
      "checkpoint.format",
      `"${metadata.format}" is not "${FORMAT}": not a checkpoint of this version.`,
    );
  }
  checkSeal("checkpoint", checkBytes("checkpoint", bytes), metadata, true);
  const tensor = (name: string, length: number): Data => {
    const found = Object.hasOwn(tensors, name) ? tensors[name].data : undefined;
    if (found === undefined) throw new ConfigError(`checkpoint.${name}`, "missing.");
    if (found.length !== length) {
      throw new ConfigError(`checkpoint.${name}`, `${found.length} numbers where ${length} belong.`);
    }
    return found;
  };
  const reals = (name: string, length: number): Float32Array | Float64Array => {
    const data = tensor(name, length);
    if (data instanceof Uint32Array)
      throw new ConfigError(`checkpoint.${name}`, "integers where reals belong.");
    return data;
  };
  const integers = (name: string, length: number): Uint32Array => {
    const data = tensor(name, length);
    if (!(data instanceof Uint32Array))
      throw new ConfigError(`checkpoint.${name}`, "reals where integers belong.");
    return data;
  };

  const resolved = resolvePopulation({
    ...parseJson(metadata.population, "population"),
    data: readDataset("data", tensors, metadata),
    ...("evaluationData.points" in tensors && {
      evaluationData: readDataset("evaluationData", tensors, metadata),
    }),
    probePoints: tensors.probePoints?.data,
  });
  const started = withStarts(resolved, "optimizerStarts", startedAt, metadata);
  const population = withStarts(started, "banditStarts", banditBegunAt, metadata);
  const executor = metadata.executor as ExecutedBy;
  if (!["cpu", "resident", "layered", "mixed"].includes(executor)) {
    throw new ConfigError("checkpoint.executor", `unknown executor "${executor}".`);
  }
  const R = population.runs.length;
  const step = Number(metadata.step);
  if (!Number.isInteger(step) || step < 0 || step > population.steps) {
    throw new ConfigError("checkpoint.step", `${metadata.step} is not a step of ${population.steps}.`);
  }
  const evaluations = evaluationsDone(population, step);
  if (String(evaluations) !== metadata.evaluations) {
    throw new ConfigError(
      "checkpoint.evaluations",
      `${metadata.evaluations} where ${evaluations} belong at step ${step}.`,
    );
  }
  const layout = parameterLayout(population.model);
  const flatten = (prefix: string, { tensors, size: stride }: Layout) => {
    const parts = tensors.map(({ name, size }) => reals(`${prefix}.${name}`, R * size));
    const flat = new (parts[0] instanceof Float64Array ? Float64Array : Float32Array)(R * stride);
    tensors.forEach(({ offset, size }, t) => {
      for (let r = 0; r < R; r++) flat.set(parts[t].subarray(r * size, (r + 1) * size), r * stride + offset);
    });
    return flat;
  };
  const parameters = flatten("parameters", layout);
  const state = flatten("state", stateLayout(population.model));
  const names = optimizerTensors(population);
  const moments = new (parameters instanceof Float64Array ? Float64Array : Float32Array)(
    names.length * R * layout.size,
  );
  names.forEach((name, m) => {
    moments.set(flatten(name, layout), m * R * layout.size);
  });
  const nonFiniteSteps = integers("nonFiniteSteps", R);

  const recorder = new CurveRecorder(population);
  const rows = (name: string, columns: number) => {
    const flat = reals(name, R * columns);
    return Array.from({ length: R }, (_, r) => Array.from(flat.subarray(r * columns, (r + 1) * columns)));
  };
  const error = rows("curves.error", population.evaluationLabels === undefined ? 0 : evaluations);
  const loss = rows("curves.loss", evaluations);
  const trainingLoss = rows("curves.trainingLoss", evaluations);
  const K = banditDomains(population);
  const policies = (K === 0 ? [] : rows("curves.policy", evaluations * K)).map((all) =>
    Array.from({ length: evaluations }, (_, e) => all.slice(e * K, (e + 1) * K)),
  );
  const kept = banditNumbers(population);
  const bandits = kept === 0 ? new Float32Array(0) : reals("bandits", R * kept);
  recorder.restore(
    {
      step: Array.from({ length: evaluations }, (_, index) => evaluationStep(population, index)),
      runs: population.runs.map((_, r) => ({
        error: error[r],
        loss: loss[r],
        trainingLoss: trainingLoss[r],
        ...(population.runs[r].bandit && { policy: policies[r] }),
      })),
    },
    Float32Array.from(reals("probabilities", recorder.probabilities.length)),
    Array.from(nonFiniteSteps).flatMap((at, r) => (at === FINITE ? [] : [runFailure(r, at)])),
  );
  const accounts = reals("accounts", R * 4);
  const snapshot = { step, parameters, state, moments, nonFiniteSteps, accounts, bandits };
  const variants = metadata.variants === undefined ? {} : { variants: parseVariants(metadata.variants) };
  return { population, executor, ...variants, snapshot, recorder };
}

/** Runs whose optimizers, or bandits, did not begin with the training. */
function withStarts(
  population: Population,
  name: "optimizerStarts" | "banditStarts",
  begunAt: (run: Run, start: number) => Run,
  metadata: Readonly<Record<string, string>>,
): Population {
  const text = metadata[name];
  if (text === undefined) return population;
  const step = Number(metadata.step);
  const starts = parseJson(text, name);
  const { runs } = population;
  const isStart = (start: unknown) =>
    Number.isInteger(start) && (start as number) >= 0 && (start as number) <= step;
  if (!Array.isArray(starts) || starts.length !== runs.length || !starts.every(isStart))
    throw new ConfigError(`checkpoint.${name}`, `not a step of 0 to ${step} for each run.`);
  const begun = runs.map((run, r) => begunAt(run, starts[r]));
  return { ...population, runs: begun };
}

/** Policies at all evaluations, `[R, evaluations, K]`; zeros for runs without a bandit. */
function policyCurves(population: Population, runs: readonly RunCurves[], evaluations: number): Float64Array {
  const K = banditDomains(population);
  const all = new Float64Array(runs.length * evaluations * K);
  runs.forEach(({ policy = [] }, r) => {
    all.set(policy.flat(), r * evaluations * K);
  });
  return all;
}

/** A checkpoint holds floats and 32-bit integers only. */
function knownTensors(tensors: Safetensors["tensors"]): Tensors {
  const known: Tensors = Object.create(null);
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (!(data instanceof Float32Array || data instanceof Float64Array || data instanceof Uint32Array))
      throw new ConfigError(`checkpoint.${name}`, "numbers of another type than checkpoints have.");
    known[name] = { shape, data };
  }
  return known;
}

/** Whether they are known variants is for the planner to say. */
function parseVariants(text: string): Partial<Variants> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {}
  throw new ConfigError("checkpoint.variants", "not a description of variants.");
}

/** Prefixes of the tensors that the optimizer keeps, in the order of a snapshot's `moments`. */
function optimizerTensors(population: Population): string[] {
  const moments = Array.from({ length: populationMoments(population) }, (_, m) => `moments.${m}`);
  return accumulatesGradients(population) ? [...moments, "gradientSums"] : moments;
}

function datasetTensors(prefix: string, data: Dataset): Tensors {
  const { size, dimensions, shape, targetSize, points, targets, labels, domains = [] } = data;
  return {
    ...Object.fromEntries(
      domains.map((domain, k) => [
        `${prefix}.domains.${k}`,
        { shape: [domain.points.length], data: domain.points },
      ]),
    ),
    [`${prefix}.points`]: { shape: [size, ...(shape ?? [dimensions])], data: points },
    // Labels say all there is to say of class data, but for the number of classes.
    ...(labels === undefined
      ? { [`${prefix}.targets`]: { shape: [size, targetSize], data: targets } }
      : {
          [`${prefix}.labels`]: { shape: [size], data: labels },
          [`${prefix}.classes`]: { shape: [1], data: Uint32Array.of(targetSize) },
        }),
  };
}

/** Names of a data set's domains, as an entry of the metadata: their points are tensors. */
function domainNames(prefix: string, { domains }: Dataset): Record<string, string> {
  return domains === undefined
    ? {}
    : { [`${prefix}.domains`]: JSON.stringify(domains.map(({ name }) => name)) };
}

function readDataset(prefix: string, tensors: Tensors, metadata: Readonly<Record<string, string>>): Dataset {
  const data = readPoints(prefix, tensors);
  const text = metadata[`${prefix}.domains`];
  if (text === undefined) return data;
  const names: unknown = parseJson(text, `${prefix}.domains`);
  const parts = (Array.isArray(names) ? names : []).map((name, k) => {
    const points = tensors[`${prefix}.domains.${k}`]?.data;
    if (typeof name !== "string" || points === undefined)
      throw new ConfigError(`checkpoint.${prefix}.domains`, "points of a domain are missing.");
    return [name, points] as const;
  });
  return withDomains(data, Object.fromEntries(parts));
}

function readPoints(prefix: string, tensors: Tensors): Dataset {
  const points = tensors[`${prefix}.points`];
  const labels = tensors[`${prefix}.labels`];
  const targets = tensors[`${prefix}.targets`];
  if (points === undefined || (labels ?? targets) === undefined) {
    throw new ConfigError(`checkpoint.${prefix}`, "points or labels are missing.");
  }
  const dimensions = points.shape.slice(1).reduce((product, side) => product * side, 1);
  const shape = points.shape.length === 4 ? { shape: points.shape.slice(1) as unknown as ImageShape } : {};
  if (labels !== undefined) {
    const classes = tensors[`${prefix}.classes`]?.data[0];
    return classDataset({ points: points.data, labels: labels.data, dimensions, classes, ...shape });
  }
  return regressionDataset({
    points: points.data,
    targets: targets.data,
    dimensions,
    outputs: targets.shape[1],
    ...shape,
  });
}

/** Numbers `[R, size of the layout]` as one tensor `[R, ...shape]` for each of the layout's. */
function stackedTensors(
  prefix: string,
  { tensors, size: stride }: Layout,
  flat: Float32Array | Float64Array,
  R: number,
): Tensors {
  return Object.fromEntries(
    tensors.map(({ name, shape, offset, size }) => {
      const data = new (flat instanceof Float64Array ? Float64Array : Float32Array)(R * size);
      for (let r = 0; r < R; r++) {
        data.set(flat.subarray(r * stride + offset, r * stride + offset + size), r * size);
      }
      return [`${prefix}.${name}`, { shape: [R, ...shape], data }];
    }),
  );
}

function parseJson(json: string, name: string) {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ConfigError(`checkpoint.${name}`, "the description is not JSON.", { cause });
  }
}
