/**
 * Optimizers and learning-rate schedules as descriptions, with PyTorch's meaning and defaults. The updates are in
 * `reference/optimizer.ts` and `shaders/step/optimizer.wgsl`.
 */

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

/** Stochastic gradient descent as `torch.optim.SGD` (dampening 0). Default learning rate 1e-3. */
export function sgd(options: SgdOptions = {}): Optimizer {
  return checkOptimizer({ ...DEFAULTS, ...options, kind: "sgd" });
}

/** Adam as `torch.optim.Adam`: weight decay is added to the gradient. Default learning rate 1e-3. */
export function adam(options: AdamOptions = {}): Optimizer {
  return checkOptimizer({ ...DEFAULTS, ...options, kind: "adam" });
}

/** AdamW as `torch.optim.AdamW`: decoupled weight decay, 0.01 unless told. Default learning rate 1e-3. */
export function adamw(options: AdamOptions = {}): Optimizer {
  return checkOptimizer({ ...DEFAULTS, weightDecay: 0.01, ...options, kind: "adamw" });
}

/** The learning rate stays. */
export function constant(): Schedule {
  return { kind: "constant" };
}

/** Times `factor` after every `every` steps (PyTorch `StepLR`, stepped every step). */
export function stepDecay({ every, factor = 0.1 }: { every: number; factor?: number }): Schedule {
  return { kind: "step", every, factor };
}

/** Half a cosine from 1 to `minimum` (a factor) over `steps` steps, then `minimum` (PyTorch `CosineAnnealingLR`). */
export function cosine({ steps, minimum = 0 }: { steps: number; minimum?: number }): Schedule {
  return { kind: "cosine", steps, minimum };
}

/** Linear from 1/`steps` to 1 over `steps` steps; after that `next`, which counts its steps from there. */
export function warmup({ steps, next = constant() }: { steps: number; next?: Schedule }): Schedule {
  return { kind: "warmup", steps, next };
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
 * The optimizer itself if it can be run.
 * @throws ConfigError for a number out of its range, an unknown kind or schedule.
 */
export function checkOptimizer(optimizer: Optimizer, path = "optimizer"): Optimizer {
  const inRange = (name: keyof Optimizer, ok: (value: number) => boolean, range: string) => {
    const value = optimizer[name];
    if (typeof value !== "number" || !Number.isFinite(Math.fround(value)) || !ok(value)) {
      throw new ConfigError(`${path}.${name}`, `${value} is out of range: give ${range}.`);
    }
  };
  if (!OPTIMIZERS.includes(optimizer.kind)) {
    throw new ConfigError(
      `${path}.kind`,
      `unknown optimizer "${optimizer.kind}". Known: ${OPTIMIZERS.join(", ")}.`,
    );
  }
  inRange("learningRate", (value) => value >= 0, "a number from 0");
  inRange("momentum", (value) => value >= 0, "a number from 0");
  inRange("weightDecay", (value) => value >= 0, "a number from 0");
  inRange("beta1", (value) => value >= 0 && value < 1, "a number in [0, 1)");
  inRange("beta2", (value) => value >= 0 && value < 1, "a number in [0, 1)");
  inRange("epsilon", (value) => value >= 0, "a number from 0");
  if (optimizer.nesterov && optimizer.momentum === 0) {
    throw new ConfigError(`${path}.nesterov`, "Nesterov momentum needs a momentum above 0.");
  }
  if (!GRADIENT_HANDLINGS.includes(optimizer.gradients)) {
    throw new ConfigError(
      `${path}.gradients`,
      `unknown "${optimizer.gradients}". Known: ${GRADIENT_HANDLINGS.join(", ")}.`,
    );
  }
  checkSchedule(optimizer.schedule, `${path}.schedule`);
  return optimizer;
}

function checkSchedule(schedule: Schedule | undefined, path: string): void {
  const steps = (name: string, value: number) => {
    if (!Number.isInteger(value) || value < 1) {
      throw new ConfigError(`${path}.${name}`, `${value} is not a number of steps. Give an integer from 1.`);
    }
  };
  const factor = (name: string, value: number) => {
    if (!Number.isFinite(value) || value < 0) {
      throw new ConfigError(`${path}.${name}`, `${value} is not a factor. Give a number from 0.`);
    }
  };
  switch (schedule?.kind) {
    case "constant":
      return;
    case "step":
      steps("every", schedule.every);
      factor("factor", schedule.factor);
      return;
    case "cosine":
      steps("steps", schedule.steps);
      factor("minimum", schedule.minimum);
      return;
    case "warmup":
      steps("steps", schedule.steps);
      checkSchedule(schedule.next, `${path}.next`);
      return;
    default:
      throw new ConfigError(path, `unknown schedule "${(schedule as Schedule | undefined)?.kind}".`);
  }
}
