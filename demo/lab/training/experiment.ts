/**
 * From the lab's state to what the library trains: data, population and the points at which every net is looked at.
 * Pure, the same in page, worker and tests.
 */

import { type ImageSources, settingOf } from "../../../src/experiments/images/settings.ts";
import {
  adam,
  adamw,
  alternatingLine,
  beta,
  classDataset,
  constantLambda,
  convNet,
  type Dataset,
  erm,
  grid,
  type Law,
  type Mixing,
  type Model,
  mixup,
  mlp,
  type Optimizer,
  range,
  sgd,
  type TrainConfig,
  twoMoons,
  uniform,
} from "../../../src/index.ts";
import { decodeNames, decodePoints, ownClassData } from "../data/ownData.ts";
import { parallelLines } from "../data/parallelLines.ts";
import type { LabConfig } from "../state/fields.ts";

/** Runs that differ only in their seed. */
export interface Group {
  readonly mixing: Mixing;
  /** To show: "ERM", "Mixup, λ ~ Beta(32, 32)". */
  readonly name: string;
  /** Of a sweep. */
  readonly alpha?: number;
  /** Index of the first run; there are `LabConfig.seeds`. */
  readonly firstRun: number;
  readonly runs: number;
}

/** What kind of picture shows an experiment: what its points are. */
export type PictureKind = "line" | "plane" | "images";

/** Where the nets are evaluated for the picture: a grid, if the points lie in a line or a plane, and the training points. */
export interface ProbeGrid {
  /** Along each dimension; empty without a grid, which has no columns and rows then. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly columns: number;
  /** 1 on a line. */
  readonly rows: number;
  /** Grid points `[columns * rows, dimensions]`, x fastest, y upwards, and after them the training points. */
  readonly points: Float32Array;
}

export interface Experiment {
  readonly train: TrainConfig;
  readonly groups: readonly Group[];
  readonly picture: PictureKind;
  readonly probe: ProbeGrid;
  readonly law: Law;
  /** What class c is called, `[C]`. */
  readonly classNames: readonly string[];
}

/** The sweep's alphas: powers of two from 1/16. */
export const SWEEP_ALPHAS: readonly number[] = range(16).map((k) => 2 ** (k - 4));
/** Nets of each; convolutions take longer. */
const SWEEP_SEEDS: Readonly<Record<PictureKind, number>> = { line: 8, plane: 8, images: 2 };
/** Evaluations of a whole training: as many pictures. */
const EVALUATIONS = 100;
/** Grid points along x; on a line, and in the plane. Less of them for each net of a sweep. */
const COLUMNS = { line: 241, plane: 41, sweepLine: 61, sweepPlane: 21 } as const;

export function labData(config: LabConfig, sources: ImageSources): Dataset {
  const { points, classes, separation, noise, dataSeed } = config;
  switch (config.preset) {
    case "line":
      return alternatingLine({ points, classes });
    case "moons":
      return twoMoons({ points, separation, noise, seed: dataSeed });
    case "linear":
      return parallelLines({ points, separation, spread: noise, seed: dataSeed });
    case "digits":
      return firstImages(settingOf("digits", sources).data, points);
    case "own":
      return classDataset(ownClassData(decodePoints(config.own)));
  }
}

function firstImages({ points, labels, dimensions, shape, targetSize }: Dataset, count: number): Dataset {
  return classDataset({
    points: points.subarray(0, count * dimensions),
    labels: labels!.subarray(0, count),
    dimensions,
    shape,
    classes: targetSize,
  });
}

export function labLaw({ law, alpha, lambda }: LabConfig): Law {
  return law === "beta" ? beta(alpha) : law === "uniform" ? uniform() : constantLambda(lambda);
}

export function labModel({ layers, units, activation }: LabConfig, data: Dataset): Model {
  if (data.shape !== undefined) {
    const [channels, height, width] = data.shape;
    return convNet({ channels, size: [height, width], classes: data.targetSize });
  }
  const hidden = Array.from({ length: layers }, () => units);
  const sizes = [data.dimensions, ...hidden, data.targetSize];
  return layers === 0 ? mlp(sizes, { activation: "identity", bias: false }) : mlp(sizes, { activation });
}

export function labOptimizer({ optimizer, rate }: LabConfig): Optimizer {
  return { adam, adamw, sgd }[optimizer]({ learningRate: rate });
}

/** Words for a law. */
export function lawText(law: Law): string {
  if (law.kind === "beta") return `λ ~ Beta(${shortNumber(law.a)}, ${shortNumber(law.b)})`;
  return law.kind === "uniform" ? "λ uniform" : `λ = ${shortNumber(law.value)}`;
}

/** Four digits at most. */
export function shortNumber(value: number): string {
  return String(+value.toPrecision(4));
}

/**
 * The experiment that a state describes. One on images needs those among the `sources`.
 * @throws ConfigError if it can't be run.
 */
export function labExperiment(config: LabConfig, sources: ImageSources = {}): Experiment {
  const data = labData(config, sources);
  const sweep = config.view === "sweep";
  const law = labLaw(config);
  const { pairing, granularity, firstSeed } = config;
  const picture = data.shape !== undefined ? "images" : data.dimensions === 1 ? "line" : "plane";
  const seeds = sweep ? SWEEP_SEEDS[picture] : config.seeds;
  const mixings: { mixing: Mixing; name: string; alpha?: number }[] = sweep
    ? SWEEP_ALPHAS.map((alpha) => ({
        mixing: mixup(beta(alpha), { pairing, granularity }),
        name: `α = ${shortNumber(alpha)}`,
        alpha,
      }))
    : [
        { mixing: erm(), name: "ERM" },
        { mixing: mixup(law, { pairing, granularity }), name: `Mixup, ${lawText(law)}` },
      ];
  const probe = probeGrid(data, sweep);
  const names = config.preset === "own" ? decodeNames(config.names) : [];
  return {
    law,
    classNames: range(data.targetSize).map((c) => names[c] || String(c)),
    picture,
    probe,
    groups: mixings.map((group, g) => ({ ...group, firstRun: g * seeds, runs: seeds })),
    train: {
      data,
      model: labModel(config, data),
      optimizer: labOptimizer(config),
      steps: config.steps,
      batch: config.batch === 0 ? "full" : config.batch,
      evaluateEvery: Math.max(1, Math.round(config.steps / EVALUATIONS)),
      probePoints: probe.points,
      runs: grid({ seed: range(seeds, firstSeed), mixing: mixings.map(({ mixing }) => mixing) }),
    },
  };
}

/** A grid around data: a margin of a quarter on each side, square in the plane. None around images. */
export function probeGrid({ points, dimensions, size, shape }: Dataset, coarse = false): ProbeGrid {
  if (shape !== undefined) return { low: [], high: [], columns: 0, rows: 0, points };
  const low: number[] = [];
  const high: number[] = [];
  for (let d = 0; d < dimensions; d++) {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let n = 0; n < size; n++) {
      least = Math.min(least, points[n * dimensions + d]);
      most = Math.max(most, points[n * dimensions + d]);
    }
    low.push(least);
    high.push(most);
  }
  const span = Math.max(...high.map((value, d) => value - low[d])) || 1;
  const reach = dimensions === 1 ? 0.6 * span : 0.68 * span;
  for (let d = 0; d < dimensions; d++) {
    const middle = 0.5 * (low[d] + high[d]);
    low[d] = middle - reach;
    high[d] = middle + reach;
  }
  if (dimensions === 1) {
    const columns = coarse ? COLUMNS.sweepLine : COLUMNS.line;
    const at = (i: number) => low[0] + ((high[0] - low[0]) * i) / (columns - 1);
    const grid = Float32Array.from({ length: columns }, (_, i) => at(i));
    return { low, high, columns, rows: 1, points: joined(grid, points) };
  }
  const columns = coarse ? COLUMNS.sweepPlane : COLUMNS.plane;
  const grid = new Float32Array(2 * columns * columns);
  for (let row = 0; row < columns; row++) {
    for (let column = 0; column < columns; column++) {
      const at = 2 * (row * columns + column);
      grid[at] = low[0] + ((high[0] - low[0]) * column) / (columns - 1);
      grid[at + 1] = low[1] + ((high[1] - low[1]) * row) / (columns - 1);
    }
  }
  return { low, high, columns, rows: columns, points: joined(grid, points) };
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Number of grid points; training point n is probe point `gridSize + n`. */
export function gridSize({ columns, rows }: ProbeGrid): number {
  return columns * rows;
}

/** Probability of class `label` at probe point `m` of run `r`, out of `[R, M, K]`. */
export function probabilityOf(
  probabilities: ArrayLike<number>,
  { probes, classes }: { probes: number; classes: number },
  { run, probe, label }: { run: number; probe: number; label: number },
): number {
  if (classes > 2) return probabilities[(run * probes + probe) * classes + label];
  const one = probabilities[run * probes + probe];
  return label === 1 ? one : 1 - one;
}

/** Mean over a group's runs of the probability of class `label` at probe point `probe`. */
export function meanProbability(
  probabilities: ArrayLike<number>,
  size: { probes: number; classes: number },
  { firstRun, runs }: Group,
  at: { probe: number; label: number },
): number {
  let sum = 0;
  for (let run = firstRun; run < firstRun + runs; run++)
    sum += probabilityOf(probabilities, size, { run, ...at });
  return sum / runs;
}

/** What run `run` takes training point `point` for: its own class where none is likelier. */
export function predictedClass(
  probabilities: ArrayLike<number>,
  { train: { data }, probe }: Experiment,
  { run, point }: { run: number; point: number },
): number {
  const classes = data.targetSize;
  const size = { probes: probe.points.length / data.dimensions, classes };
  const at = (label: number) =>
    probabilityOf(probabilities, size, { run, probe: gridSize(probe) + point, label });
  let predicted = data.labels![point];
  let most = at(predicted);
  for (let label = 0; label < classes; label++) {
    const value = at(label);
    if (value > most) [predicted, most] = [label, value];
  }
  return predicted;
}

/** How many of a group's nets misclassify each training point, `[N]`. */
export function missesOf(
  probabilities: ArrayLike<number>,
  experiment: Experiment,
  { firstRun, runs }: Group,
): number[] {
  const { labels, size } = experiment.train.data;
  return Array.from({ length: size }, (_, point) => {
    let misses = 0;
    for (let run = firstRun; run < firstRun + runs; run++)
      if (predictedClass(probabilities, experiment, { run, point }) !== labels![point]) misses++;
    return misses;
  });
}
