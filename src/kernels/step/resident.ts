/**
 * Kernel `resident`: many steps of runs with one hidden layer, a workgroup a run, parameters in registers. Also the
 * arithmetic of what fits: how many threads, hidden units a thread and samples a chunk.
 */

import shader from "../../../shaders/step/resident.wgsl";
import type { Grid, Kernel, Specialization } from "../../gpu/kernel.ts";
import type { Model } from "../../model/layers/layer.ts";
import { perceptron, perceptronOf } from "../../model/perceptron.ts";
import { activationOverrides } from "../layers/activation.ts";
import { POPULATION_GROUP } from "../population.ts";
import { samplePrelude } from "./sample.ts";

/** Bindings of group 1: submit, parameters, moments, metrics. */
export const residentKernel: Kernel = {
  shader,
  groups: [POPULATION_GROUP, ["uniform", "write", "write", "write"]],
};

/** How a resident run is cut up. */
export interface ResidentShape {
  readonly threads: number;
  /** Groups of four hidden units per thread. */
  readonly unitGroups: number;
  /** Samples between two barriers. */
  readonly chunk: number;
  /** Draws of samples a step, one sample a thread; 1 where a draw serves a whole step, or `stepsPerDraw` of them. */
  readonly blocks: number;
  /** Chunks between two draws of a step. */
  readonly blockChunks: number;
  readonly stepsPerDraw: number;
  /** Whether threads share logits by subgroup operations rather than through workgroup memory. */
  readonly subgroups: boolean;
}

/** What suits an adapter. */
export interface ResidentPreference {
  /** Threads of a workgroup: as few as these hold the net in `slots`, small nets fewer still. */
  readonly fewestThreads: number;
  readonly mostThreads: number;
  /** Vectors of parameters that a thread had better hold; with moments and gradients it is four times as many. */
  readonly slots: number;
  readonly subgroups: boolean;
}

/** Vectors of parameters that a thread may hold. */
const MAX_SLOTS = 48;
/** No fewer threads, since each draws a sample. */
const LEAST_THREADS = 16;
/** Samples of a chunk at most: a subgroup has four threads at least, and each works out a sample's loss. */
const MAX_CHUNK = 4;
/** Logits of one chunk, held by every thread. */
const MAX_CHUNK_LOGITS = 40;

/** The shape in which a net runs resident, or undefined when it does not fit: one hidden layer, few inputs and outputs. */
export function residentShape(
  model: Model,
  batchSize: number,
  { fewestThreads, mostThreads, slots, subgroups }: ResidentPreference,
  workgroupStorage: number,
): ResidentShape | undefined {
  const sizes = perceptron(model)?.sizes;
  if (sizes?.length !== 3) return undefined;
  const [dimensions, hidden, outputs] = sizes;
  const unitGroups = (threads: number) => Math.ceil(hidden / (4 * threads));
  const slotsOf = (threads: number) => unitGroups(threads) * (dimensions + 1 + outputs);
  let threads = fewestThreads;
  while (slotsOf(threads) > slots && 2 * threads <= mostThreads && unitGroups(threads) > 1) threads *= 2;
  while (threads > LEAST_THREADS && unitGroups(threads / 2) === 1) threads /= 2;
  if (slotsOf(threads) > MAX_SLOTS) return undefined;
  const sampleBytes = 4 * (dimensions + outputs);
  const parts = subgroups ? threads / 4 : threads;
  for (let chunk = Math.min(batchSize, MAX_CHUNK); chunk >= 1; chunk--) {
    const bytes = threads * sampleBytes + 4 * chunk * (2 * parts * outputs + outputs + 1) + 4;
    if (chunk * outputs <= MAX_CHUNK_LOGITS && bytes <= workgroupStorage) {
      return {
        threads,
        unitGroups: unitGroups(threads),
        chunk,
        ...draws(Math.ceil(batchSize / chunk), Math.floor(threads / chunk)),
        subgroups,
      };
    }
  }
  return undefined;
}

/** When samples are drawn: a batch of so many chunks, of which so many fit one draw. */
function draws(
  chunks: number,
  chunksPerDraw: number,
): Pick<ResidentShape, "blocks" | "blockChunks" | "stepsPerDraw"> {
  const blocks = Math.ceil(chunks / chunksPerDraw);
  const blockChunks = Math.ceil(chunks / blocks);
  return { blocks, blockChunks, stepsPerDraw: blocks === 1 ? Math.floor(chunksPerDraw / chunks) : 1 };
}

/** Overrides and prelude of a shape; loss and optimizer come from `specialize` of the plan. */
export function residentSpecialization(
  model: Model,
  { threads, unitGroups, chunk, blocks, blockChunks, stepsPerDraw, subgroups }: ResidentShape,
): Required<Specialization> {
  const { sizes, bias, activationLayer } = perceptronOf(model, "the resident executor");
  const [dimensions, hidden, outputs] = sizes;
  return {
    overrides: {
      ...activationOverrides(activationLayer),
      THREADS: threads,
      HIDDEN_UNITS: hidden,
      HAS_BIAS: bias ? 1 : 0,
    },
    prelude: {
      ...samplePrelude(),
      DIMENSIONS: dimensions,
      OUTPUTS: outputs,
      UNIT_GROUPS: unitGroups,
      CHUNK: chunk,
      BLOCKS: blocks,
      BLOCK_CHUNKS: blockChunks,
      STEPS_PER_DRAW: stepsPerDraw,
    },
    rolled: ["BLOCKS", "BLOCK_CHUNKS"],
    subgroups,
  };
}

/** One workgroup a run. */
export function residentGrid(runs: number): Grid {
  return [runs, 1, 1];
}
