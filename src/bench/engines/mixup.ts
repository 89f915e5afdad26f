/**
 * Our own engine, as its users get it: the planner's executor, the scheduler's two submits under way, pairs and lambdas
 * drawn on the GPU inside the clock.
 */

import { openWebGpu, type WebGpuDevice } from "../../gpu/device.ts";
import { type Variants, variantTraits } from "../../kernels/variants.ts";
import { optimalClassifierOn } from "../../theory/classifier/optimalClassifierOn.ts";
import { analyzeCollisionsOn } from "../../theory/collisions/collisionsOn.ts";
import { CurveRecorder } from "../../training/curves.ts";
import type { Engine as Trainer } from "../../training/engine.ts";
import { createGpuEngine } from "../../training/gpu/gpuEngine.ts";
import { planTraining } from "../../training/gpu/plan.ts";
import { Pace } from "../../training/pace.ts";
import { planLimits } from "../../training/planLimits.ts";
import {
  type ClassifierWorkload,
  classifierRequest,
  collisionRequest,
  type PairwiseWorkload,
  populationOf,
  type TrainingWorkload,
} from "../workload.ts";
import { type Engine, NotOffered, type Task } from "./engine.ts";

/** With `variants`, some of its kernels' variants are forced; it then offers what these make a difference to. */
export async function openMixup(variants?: Partial<Variants>): Promise<Engine> {
  const device = await openWebGpu();
  return {
    adapter: device.adapter,
    device,
    async start(workload) {
      if (variants !== undefined && workload.kind !== "training") {
        throw new NotOffered("its kernels have no such variants.");
      }
      switch (workload.kind) {
        case "training":
          return startTraining(device, workload, variants);
        case "classifier":
          return startClassifier(device, workload);
        case "pairwise":
          return startPairwise(device, workload);
      }
    },
    destroy: () => device.destroy(),
  };
}

/** A pace that is told how many steps the next submits take. */
class GivenPace extends Pace {
  constructor() {
    super(1, 1, 1);
  }
  stepsPerSubmit = 1;
  override steps(): number {
    return this.stepsPerSubmit;
  }
}

async function startTraining(
  device: WebGpuDevice,
  workload: TrainingWorkload,
  variants: Partial<Variants> = {},
): Promise<Task> {
  if (variants.exchange === "subgroups" && !variantTraits(device).subgroups) {
    throw new NotOffered("this adapter has no subgroup operations.");
  }
  const population = populationOf(workload);
  const pace = new GivenPace();
  const recorder = new CurveRecorder(population);
  const plan = planTraining(population, planLimits(device), "auto", variants);
  const unused = plan.executor === "resident" ? variants.product : variants.resident;
  if (unused !== undefined) throw new NotOffered(`the ${plan.executor} executor has no such variants.`);
  // Made with the first step, since making it compiles.
  let trainer: Trainer | undefined;
  return {
    multiple: 2,
    prepare(steps) {
      pace.stepsPerSubmit = steps / 2;
    },
    async run() {
      trainer ??= await createGpuEngine(device, population, plan, recorder, pace);
      // Two submits: both are fed at once, as in a training.
      await trainer.advance();
      await trainer.drain();
    },
    async output() {
      const { parameters } = await trainer!.snapshot();
      return parameters;
    },
    destroy: () => trainer?.destroy(),
  };
}

function startClassifier(device: WebGpuDevice, workload: ClassifierWorkload): Task {
  const request = classifierRequest(workload);
  let probabilities: Float64Array = new Float64Array();
  return {
    multiple: 1,
    prepare() {},
    async run(steps) {
      for (let step = 0; step < steps; step++)
        ({ probabilities } = await optimalClassifierOn(device, request));
    },
    output: async () => probabilities,
    destroy() {},
  };
}

/** The library's collision analysis, which mixes on the CPU and decides close calls in float64: both are in its time. */
function startPairwise(device: WebGpuDevice, workload: PairwiseWorkload): Task {
  const request = collisionRequest(workload);
  let squares: Float64Array = new Float64Array();
  return {
    multiple: 1,
    prepare() {},
    async run(steps) {
      for (let step = 0; step < steps; step++) {
        ({
          state: { squares },
        } = await analyzeCollisionsOn(device, request));
      }
    },
    output: async () => squares,
    destroy() {},
  };
}
