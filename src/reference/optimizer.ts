/**
 * The optimizers' updates in float64, as in torch.optim. Twin of `shaders/parts/update.wgsl`. Descriptions and
 * schedules are in `model/optimizer.ts`.
 */

import { type Optimizer, scheduleFactor } from "../model/optimizer.ts";
import { isFinite32 } from "./finite.ts";

/**
 * Updates parameters and moments (`[P]` each) in place for step `step` (0-based; Adam's t is step + 1).
 *
 * `moments` are what the optimizer keeps: none or the velocity for SGD, first and second moment for Adam;
 * zeros at first. If gradients are accumulated, `gradientSums` are those of all steps so far, zeros at first, and the
 * step uses them with its own gradient added. A parameter whose new value would not be finite keeps its old one, and one that is
 * frozen keeps its value and its moments.
 * @returns whether all new values were finite.
 */
export function applyOptimizer(
  optimizer: Optimizer,
  step: number,
  parameters: Float64Array,
  gradients: Float64Array,
  moments: readonly Float64Array[],
  gradientSums?: Float64Array,
  frozen?: Uint8Array,
): boolean {
  const learningRate = optimizer.learningRate * scheduleFactor(optimizer.schedule, step);
  const used =
    optimizer.gradients === "accumulated" ? accumulate(gradientSums!, gradients, frozen) : gradients;
  return optimizer.kind === "sgd"
    ? applySgd(optimizer, learningRate, parameters, used, moments[0], frozen)
    : applyAdam(optimizer, learningRate, step + 1, parameters, used, moments, frozen);
}

/** Adds gradients to the sums of those before; returns the sums. */
function accumulate(gradientSums: Float64Array, gradients: Float64Array, frozen?: Uint8Array): Float64Array {
  for (let p = 0; p < gradients.length; p++) if (frozen?.[p] !== 1) gradientSums[p] += gradients[p];
  return gradientSums;
}

function applySgd(
  { momentum, nesterov, weightDecay }: Optimizer,
  learningRate: number,
  parameters: Float64Array,
  gradients: Float64Array,
  velocities: Float64Array | undefined,
  frozen?: Uint8Array,
): boolean {
  let finite = true;
  for (let p = 0; p < parameters.length; p++) {
    if (frozen?.[p] === 1) continue;
    const gradient = gradients[p] + weightDecay * parameters[p];
    let direction = gradient;
    if (velocities !== undefined) {
      // The first velocity is the gradient itself, as in PyTorch, because velocities start at 0.
      const velocity = momentum * velocities[p] + gradient;
      velocities[p] = velocity;
      direction = nesterov ? gradient + momentum * velocity : velocity;
    }
    const next = parameters[p] - learningRate * direction;
    if (isFinite32(next) && isFinite32(direction)) parameters[p] = next;
    else finite = false;
  }
  return finite;
}

function applyAdam(
  { kind, weightDecay, beta1, beta2, epsilon }: Optimizer,
  learningRate: number,
  t: number,
  parameters: Float64Array,
  gradients: Float64Array,
  [first, second]: readonly Float64Array[],
  frozen?: Uint8Array,
): boolean {
  const decoupled = kind === "adamw";
  const rate = learningRate / (1 - beta1 ** t);
  const rootCorrection = Math.sqrt(1 - beta2 ** t);
  const shrink = decoupled ? 1 - learningRate * weightDecay : 1;
  const decay = decoupled ? 0 : weightDecay;
  let finite = true;
  for (let p = 0; p < parameters.length; p++) {
    if (frozen?.[p] === 1) continue;
    const gradient = gradients[p] + decay * parameters[p];
    first[p] = beta1 * first[p] + (1 - beta1) * gradient;
    second[p] = beta2 * second[p] + (1 - beta2) * gradient * gradient;
    const next =
      shrink * parameters[p] - (rate * first[p]) / (Math.sqrt(second[p]) / rootCorrection + epsilon);
    // A second moment beyond float32 would stop its parameter for good, silently.
    if (isFinite32(next) && isFinite32(second[p])) parameters[p] = next;
    else finite = false;
  }
  return finite;
}
