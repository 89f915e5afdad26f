/**
 * Optimizers and learning-rate schedules as descriptions, with PyTorch's meaning and defaults. The updates are in
 * `reference/optimizer.ts` and `shaders/step/optimizer.wgsl`.
 */

import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkWord,
  defined,
  type NumberRange,
} from "../check.ts";
import { ConfigError } from "../errors.ts";

/** Factor on the learning rate as a function of the step. Made by {@link constant}, {@link stepDecay} ... */
export type Schedule =
  | { readonly kind: "constant" }
  | { readonly kind: "step"; readonly every: number; readonly factor: number }
  | { readonly kind: "cosine"; readonly steps: number; readonly minimum: number }
  | { readonly kind: "warmup"; readonly steps: number; readonly next: Schedule };

/**
 * What happens to the gradient of a step. `cleared` (the default): the next step starts from nothing. `accumulated`: it
 * is never cleared, so that each step uses the sum of all gradients so far, as a PyTorch loop without `zero_grad`.
 * Weight decay is added to the sum, not into it.
 */
export type GradientHandling = "cleared" | "accumulated";

const GRADIENT_HANDLINGS: readonly GradientHandling[] = ["cleared", "accumulated"];

export type OptimizerKind = "sgd" | "adam" | "adamw";

/** All kinds; a kernel's optimizer code is the index in this list. */
export const OPTIMIZERS: readonly OptimizerKind[] = ["sgd", "adam", "adamw"];

/** An optimizer with its hyperparameters. Those that the kind does not use are at their defaults. */
export interface Optimizer {
  readonly kind: OptimizerKind;
  readonly learningRate: number;
  /** SGD: 0 means plain gradient descent. */
  readonly momentum: number;
  readonly nesterov: boolean;
  /** Added to the gradient as `weightDecay * parameter` (SGD, Adam); for AdamW it shrinks the parameter itself. */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly schedule: Schedule;
  readonly gradients: GradientHandling;
}

const DEFAULTS: Optimizer = {
  kind: "sgd",
  learningRate: 1e-3,
  momentum: 0,
  nesterov: false,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  schedule: { kind: "constant" },
  gradients: "cleared",
};

export type SgdOptions = Partial<
  Pick<Optimizer, "learningRate" | "momentum" | "nesterov" | "weightDecay" | "schedule" | "gradients">
>;
export type AdamOptions = Partial<
  Pick<Optimizer, "learningRate" | "beta1" | "beta2" | "epsilon" | "weightDecay" | "schedule" | "gradients">
>;

const ADAM_OPTIONS = [
  "learningRate",
  "beta1",
  "beta2",
  "epsilon",
  "weightDecay",
  "schedule",
  "gradients",
] as const;

/**
 * Stochastic gradient descent as `torch.optim.SGD` (dampening 0). Default learning rate 1e-3.
 * @throws ConfigError for unknown options and numbers out of range.
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptions("optimizer", options, [
    "learningRate",
    "momentum",
    "nesterov",
    "weightDecay",
    "schedule",
    "gradients",
  ]);
  return checkOptimizer({ ...DEFAULTS, ...defined(options), kind: "sgd" });
}

/**
 * Adam as `torch.optim.Adam`: weight decay is added to the gradient. Default learning rate 1e-3.
 * @throws ConfigError for unknown options and numbers out of range.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  checkOptions("optimizer", options, ADAM_OPTIONS);
  return checkOptimizer({ ...DEFAULTS, ...defined(options), kind: "adam" });
}

/**
 * AdamW as `torch.optim.AdamW`: decoupled weight decay, 0.01 unless told. Default learning rate 1e-3.
 * @throws ConfigError for unknown options and numbers out of range.
 */
export function adamw(options: AdamOptions = {}): Optimizer {
  checkOptions("optimizer", options, ADAM_OPTIONS);
  return checkOptimizer({ ...DEFAULTS, weightDecay: 0.01, ...defined(options), kind: "adamw" });
}

/** The learning rate stays. */
export function constant(): Schedule {
  return { kind: "constant" };
}

/** Times `factor` after every `every` steps (PyTorch `StepLR`, stepped every step). */
export function stepDecay(options: { every: number; factor?: number }): Schedule {
  const { every, factor = 0.1 } = checkOptions("schedule", options, ["every", "factor"]);
  return checkSchedule({ kind: "step", every, factor });
}

/** Half a cosine from 1 to `minimum` (a factor) over `steps` steps, then `minimum` (PyTorch `CosineAnnealingLR`). */
export function cosine(options: { steps: number; minimum?: number }): Schedule {
  const { steps, minimum = 0 } = checkOptions("schedule", options, ["steps", "minimum"]);
  return checkSchedule({ kind: "cosine", steps, minimum });
}

/** Linear from 1/`steps` to 1 over `steps` steps; after that `next`, which counts its steps from there. */
export function warmup(options: { steps: number; next?: Schedule }): Schedule {
  const { steps, next = constant() } = checkOptions("schedule", options, ["steps", "next"]);
  return checkSchedule({ kind: "warmup", steps, next });
}

/** Factor on the learning rate at a step (0-based). */
export function scheduleFactor(schedule: Schedule, step: number): number {
  switch (schedule.kind) {
    case "constant":
      return 1;
    case "step":
      return schedule.factor ** Math.floor(step / schedule.every);
    case "cosine": {
      const progress = Math.min(step / schedule.steps, 1);
      return schedule.minimum + (1 - schedule.minimum) * 0.5 * (1 + Math.cos(Math.PI * progress));
    }
    case "warmup":
      return step < schedule.steps
        ? (step + 1) / schedule.steps
        : scheduleFactor(schedule.next, step - schedule.steps);
  }
}

/** Moments the optimizer keeps per parameter: 0, 1 (momentum) or 2 (Adam). An accumulated gradient is no moment. */
export function momentCount(optimizer: Optimizer): 0 | 1 | 2 {
  if (optimizer.kind !== "sgd") return 2;
  return optimizer.momentum === 0 ? 0 : 1;
}

/**
 * The optimizer itself if it can be run, whoever wrote it.
 * @throws ConfigError for unknown keys, a number out of its range, an unknown kind or schedule.
 */
export function checkOptimizer(optimizer: Optimizer, path = "optimizer"): Optimizer {
  checkOptions(path, optimizer, Object.keys(DEFAULTS) as (keyof Optimizer)[]);
  checkWord(`${path}.kind`, optimizer.kind, OPTIMIZERS, "optimizer");
  const check = (name: keyof Optimizer, range: NumberRange) =>
    checkNumber(`${path}.${name}`, optimizer[name], { float32: true, ...range });
  check("learningRate", { from: 0, what: "a learning rate" });
  check("momentum", { from: 0, what: "a momentum" });
  check("weightDecay", { from: 0, what: "a weight decay" });
  check("beta1", { from: 0, below: 1, what: "a decay rate" });
  check("beta2", { from: 0, below: 1, what: "a decay rate" });
  check("epsilon", { from: 0 });
  // What float32 makes 0 would divide by 0 there, and not in float64.
  if (optimizer.epsilon !== 0) check("epsilon", { above: 0 });
  checkBoolean(`${path}.nesterov`, optimizer.nesterov);
  if (optimizer.nesterov && optimizer.momentum === 0) {
    throw new ConfigError(`${path}.nesterov`, "Nesterov momentum needs a momentum above 0.");
  }
  checkWord(`${path}.gradients`, optimizer.gradients, GRADIENT_HANDLINGS);
  checkSchedule(optimizer.schedule, `${path}.schedule`);
  return optimizer;
}

const SCHEDULES: Readonly<Record<Schedule["kind"], readonly string[]>> = {
  constant: ["kind"],
  step: ["kind", "every", "factor"],
  cosine: ["kind", "steps", "minimum"],
  warmup: ["kind", "steps", "next"],
};

/** Most schedules within each other; deeper ones are circles. */
const MOST_NESTED = 16;

function checkSchedule(schedule: Schedule, path = "schedule", depth = 0): Schedule {
  checkObject(path, schedule, "Give constant(), stepDecay(), cosine() or warmup().");
  const kind = checkWord(
    `${path}.kind`,
    schedule.kind,
    Object.keys(SCHEDULES) as Schedule["kind"][],
    "schedule",
  );
  checkOptions(path, schedule, SCHEDULES[kind] as (keyof Schedule)[]);
  const steps = (name: string, value: number) =>
    checkInteger(`${path}.${name}`, value, 1, Number.MAX_SAFE_INTEGER, "a number of steps");
  const factor = (name: string, value: number) =>
    checkNumber(`${path}.${name}`, value, { from: 0, float32: true, what: "a factor" });
  if (schedule.kind === "step") {
    steps("every", schedule.every);
    factor("factor", schedule.factor);
  } else if (schedule.kind === "cosine") {
    steps("steps", schedule.steps);
    factor("minimum", schedule.minimum);
  } else if (schedule.kind === "warmup") {
    steps("steps", schedule.steps);
    if (depth === MOST_NESTED)
      throw new ConfigError(`${path}.next`, `more than ${MOST_NESTED} within each other.`);
    checkSchedule(schedule.next, `${path}.next`, depth + 1);
  }
  return schedule;
}
