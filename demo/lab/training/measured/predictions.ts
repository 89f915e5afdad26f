/** What a frame's numbers say of nets and points: probabilities, predicted classes, who is wrong; outputs of regression. Pure. */

import type { Experiment, Group } from "../experiment.ts";
import { gridSize } from "../probes.ts";

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

/** Outputs of run `run` at the probe points `[M]`, of a regression. */
export function outputsOf(
  outputs: Float32Array,
  { probe, train: { data } }: Experiment,
  run: number,
): Float32Array {
  const probes = probe.points.length / data.dimensions;
  return outputs.subarray(run * probes, (run + 1) * probes);
}

/** Root mean square error on the training points, over a group's nets that have not diverged. */
export function groupError(outputs: Float32Array, experiment: Experiment, { firstRun, runs }: Group): number {
  const { probe, train } = experiment;
  const { targets, size } = train.data;
  const errors = Array.from({ length: runs }, (_, r) => {
    const own = outputsOf(outputs, experiment, firstRun + r).subarray(gridSize(probe));
    return Math.sqrt(own.reduce((sum, value, n) => sum + (value - targets[n]) ** 2, 0) / size);
  }).filter(Number.isFinite);
  return errors.reduce((sum, error) => sum + error / errors.length, 0);
}
