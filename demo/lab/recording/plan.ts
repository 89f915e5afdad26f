/**
 * What is recorded for a state of the lab: one population of ERM and all alphas, and the steps at which its nets are kept; and the
 * experiment that a part of it is shown as. Pure, the same in page, worker and tests.
 *
 * Not here: training it (`recorder.ts`), keeping it (`store.ts`).
 */

import { type RunConfig, range, type TrainConfig } from "../../../src/index.ts";
import { perceptron } from "../../../src/model/perceptron.ts";
import { traceModel } from "../../../src/model/trace.ts";
import { sha256 } from "../../../src/numeric/sha256.ts";
import { VERSION } from "../../../src/version.ts";
import type { LabConfig } from "../state/fields.ts";
import { VIEW_FIELDS } from "../state/fields.ts";
import { hasTheory, shownView } from "../state/presets.ts";
import { type Experiment, type Group, plainExperiment, SWEEP_ALPHAS } from "../training/experiment.ts";
import type { Quantity } from "../training/measured/quantities.ts";

/** Steps that are recorded, the first, 0, included. */
const MOMENTS = 100;
/** Nets of fewer steps than these are no film. */
const FEWEST_MOMENTS = 24;
/** Bytes of all nets at rest. */
const MOST_BYTES = 64 * 2 ** 20;

export interface RecordingPlan {
  /** The population: its runs are ERM's, then each alpha's, seed by seed. */
  readonly train: Pick<TrainConfig, "data" | "model" | "optimizer" | "batch" | "runs">;
  /** Rising, `[A]`. */
  readonly alphas: readonly number[];
  /** Nets of ERM, and of each alpha. */
  readonly seeds: number;
  readonly steps: number;
  /** Steps at which nets are kept: rising, from 0 to the last one. */
  readonly moments: readonly number[];
  /** Trained numbers of a net, P. */
  readonly parameters: number;
}

/** Steps from 0 to `steps`, `most` of them at most, evenly on a logarithmic scale as far as there are so many. */
export function recordedSteps(steps: number, most = MOMENTS): number[] {
  const moments = [0];
  for (let k = 0; moments[moments.length - 1] < steps; k++) {
    const next = Math.round(steps ** (k / (most - 2)));
    moments.push(Math.min(steps, Math.max(moments[moments.length - 1] + 1, next)));
  }
  return moments;
}

/** What is recorded for a state, or undefined where it is trained live: by wish, by its kind, or since it would take too much room. */
export function recordingPlan(config: LabConfig): RecordingPlan | undefined {
  const { steps, seeds, firstSeed } = config;
  if (config.live || config.law !== "beta" || !hasTheory(config)) return undefined;
  const base = plainExperiment({ ...config, view: "picture" });
  const { data, model, optimizer, batch } = base.train;
  if (perceptron(model) === undefined) return undefined;
  const parameters = traceModel(model).parameters.size;
  const mixings = plainExperiment({ ...config, view: "sweep" }).groups.map(({ mixing }) => mixing);
  const runs = [base.groups[0].mixing, ...mixings].flatMap((mixing): RunConfig[] =>
    range(seeds, firstSeed).map((seed) => ({ seed, mixing })),
  );
  const room = Math.floor(MOST_BYTES / (2 * runs.length * parameters));
  if (room < FEWEST_MOMENTS) return undefined;
  return {
    train: { data, model, optimizer, batch, runs },
    alphas: SWEEP_ALPHAS,
    seeds,
    steps,
    moments: recordedSteps(steps, Math.min(MOMENTS, room)),
    parameters,
  };
}

/** A digest of everything that changes what a recording holds: where two are equal, so are the nets. */
export function recordingKey({ train, moments }: RecordingPlan, device: string): string {
  const plain = (_: string, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
  return sha256(JSON.stringify({ format: 1, version: VERSION, device, moments, ...train }, plain));
}

/** Index of the recorded alpha that is nearest on a logarithmic scale. */
export function nearestAlpha({ alphas }: Pick<RecordingPlan, "alphas">, alpha: number): number {
  return nearest(alphas.length, (i) => Math.abs(Math.log(alphas[i] / alpha)));
}

/** Index of the recorded step that is nearest on a logarithmic scale, among the first `count`; the last for -1. */
export function nearestMoment(
  { moments }: Pick<RecordingPlan, "moments">,
  at: number,
  count: number,
): number {
  if (at < 0) return count - 1;
  return nearest(count, (i) => Math.abs(Math.log((moments[i] + 1) / (at + 1))));
}

function nearest(count: number, distance: (i: number) => number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (distance(i) < distance(best)) best = i;
  return best;
}

/** A state with its alpha as it is recorded; others as they are. */
export function snapped(config: LabConfig): LabConfig {
  if (config.live || config.law !== "beta" || !hasTheory(config)) return config;
  const alpha = SWEEP_ALPHAS[nearestAlpha({ alphas: SWEEP_ALPHAS }, config.alpha)];
  return alpha === config.alpha ? config : { ...config, alpha };
}

/** Whether two states are shown from one recording. */
export function sameRecording(a: LabConfig, b: LabConfig): boolean {
  return (Object.keys(a) as (keyof LabConfig)[]).every(
    (name) => a[name] === b[name] || name === "alpha" || VIEW_FIELDS.includes(name),
  );
}

/**
 * The states on the way from one to another, `most` of them at most, by what is recorded between them; the last is `to` itself.
 * `count` steps are recorded.
 */
export function waypoints(
  plan: Pick<RecordingPlan, "alphas" | "moments">,
  from: LabConfig,
  to: LabConfig,
  count: number,
  most: number,
): LabConfig[] {
  const isOfAll = (config: LabConfig) => shownView(config) === "sweep";
  if (isOfAll(from) !== isOfAll(to)) return [to];
  const place = ({ alpha, at }: LabConfig) => [nearestAlpha(plan, alpha), nearestMoment(plan, at, count)];
  const [start, end] = [place(from), place(to)];
  // A step of alpha is as far as several of time, of which there are more.
  const stops = Math.max(Math.abs(end[0] - start[0]), Math.abs(end[1] - start[1]) / 8);
  const pictures = Math.min(most, Math.max(1, Math.ceil(stops)));
  return Array.from({ length: pictures }, (_, i) => {
    if (i === pictures - 1) return to;
    const [alpha, moment] = start.map((own, k) => Math.round(own + ((i + 1) / pictures) * (end[k] - own)));
    return { ...to, alpha: plan.alphas[alpha], at: plan.moments[moment] };
  });
}

/** What is shown of a recording: ERM beside an alpha, or every alpha without ERM. */
export interface Shown {
  readonly experiment: Experiment;
  /** Of each of the experiment's groups: its first run in the population. */
  readonly firstRuns: readonly number[];
}

/** What a state shows of its recording. */
export function shownOf(plan: RecordingPlan, config: LabConfig): Shown {
  const isSweep = shownView(config) === "sweep";
  const alpha = nearestAlpha(plan, config.alpha);
  const base = plainExperiment({ ...config, alpha: plan.alphas[alpha] });
  const firstRuns = isSweep ? plan.alphas.map((_, a) => (a + 1) * plan.seeds) : [0, (alpha + 1) * plan.seeds];
  const groups = base.groups.map(
    (group, g): Group => ({ ...group, firstRun: g * plan.seeds, runs: plan.seeds }),
  );
  const runs = firstRuns.flatMap((first) => plan.train.runs.slice(first, first + plan.seeds));
  const quantities = base.quantities.map((quantity) =>
    quantity.key === "trainingLoss" ? mixtureLoss(quantity) : quantity,
  );
  return {
    experiment: { ...base, groups, quantities, train: { ...base.train, runs } },
    firstRuns,
  };
}

/** Of a recording: what nets are trained on is sampled once for all of its steps. */
function mixtureLoss(quantity: Quantity): Quantity {
  return {
    ...quantity,
    what: "Mean cross-entropy on what a net is trained on, for Mixup on 32 of its mixed points, the same at every step, in nats",
  };
}
