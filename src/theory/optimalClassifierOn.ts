/**
 * The Mixup-optimal classifier on a device: the same request and result as the reference (`optimalClassifier.ts`), by
 * the GPU where the device is one. It sends the batches of `classifierJobs.ts` to the kernel, never more than a
 * submit's time budget at once, and turns the sums into probabilities in float64.
 *
 * Same adapter, same bits: what is added to a query, and in what order, does not depend on how the work is cut up.
 */

import type { Device, GpuDevice } from "../gpu/device.ts";
import { bind, compileKernel } from "../gpu/kernel.ts";
import { readBuffer } from "../gpu/readback.ts";
import {
  ACCUMULATOR_WORDS,
  classGroups,
  EXPONENT_RAISE,
  JOB_WORDS,
  lawSpecialization,
  optimalClassifierGrid,
  optimalClassifierKernel,
  packClassifier,
  pairWords,
  ROW_WORDS,
} from "../kernels/optimalClassifier.ts";
import type { Law } from "../mixing/mixing.ts";
import { accumulatorBytes, classifierBatches, queryTree } from "./classifierJobs.ts";
import { lawMoments } from "./moments.ts";
import { momentTable } from "./momentTable.ts";
import {
  type ClassifierPlan,
  type ClassifierRequest,
  type ClassifierResult,
  evaluateClassifier,
  planClassifier,
} from "./optimalClassifier.ts";
import { SubmitQueue } from "./submitQueue.ts";

/** How a long computation is watched and stopped. */
export interface ComputeOptions {
  /** Rejects with the signal's reason; what was computed is given up. */
  signal?: AbortSignal;
  /** Part of the work that is done, from 0 to 1. */
  onProgress?: (part: number) => void;
}

/** Bytes of the pairs of one batch. */
const PAIR_BYTES = 1 << 23;
/** Tiles of one batch. */
const MOST_JOBS = 8192;
/** Bytes of the accumulators at a time; more queries and rows are done one slice after another. */
const ACCUMULATOR_BYTES = 1 << 26;
/** Workgroups of one grid dimension. */
const MOST_GROUPS = 65535;
/** Multiply-adds of one query and pair, roughly. */
const OPERATIONS = 200;

/**
 * h_eps for every law, epsilon and query, on `device`: float64 on the CPU backend, 32-bit floats on WebGPU, whose
 * probabilities agree with float64 to 2e-5 (measured: mostly below 1e-6). Where a segment only just grazes a ball, small
 * against the distances of the points, the error has been seen to reach 7e-5, and a ball's edge within rounding (1e-6
 * epsilon) may be reached by one and not by the other. `mass` is right to 5e-4 of itself, the worst being steep laws far
 * off their centre. Paper 2.2, Lemma 2.3.
 * @throws ConfigError for a bad request, before anything is allocated; OutOfMemoryError, DeviceLostError.
 */
export async function optimalClassifierOn(
  device: Device,
  request: ClassifierRequest,
  options: ComputeOptions = {},
): Promise<ClassifierResult> {
  const plan = planClassifier(request);
  options.signal?.throwIfAborted();
  if (device.backend === "cpu") return evaluateClassifier(plan);
  return evaluateOnGpu(device, plan, options);
}

async function evaluateOnGpu(
  device: GpuDevice,
  plan: ClassifierPlan,
  { signal, onProgress }: ComputeOptions,
): Promise<ClassifierResult> {
  const { data, epsilons, laws, queryCount } = plan;
  const rowCount = laws.length * epsilons.length;
  const result: ClassifierResult = {
    probabilities: new Float64Array(rowCount * queryCount * data.classes),
    mass: new Float64Array(rowCount * queryCount),
  };
  const groups = classGroups(data.classes);
  const perQuery = accumulatorBytes(1, 1, groups);
  const queriesAtOnce = Math.max(1, Math.min(queryCount, Math.floor(ACCUMULATOR_BYTES / perQuery)));
  const rowsAtOnce = Math.max(
    1,
    Math.min(
      rowCount,
      Math.floor(ACCUMULATOR_BYTES / (perQuery * queriesAtOnce)),
      Math.floor(MOST_GROUPS / groups),
    ),
  );
  const slices: Slice[] = [];
  for (let query = 0; query < queryCount; query += queriesAtOnce) {
    for (let row = 0; row < rowCount; row += rowsAtOnce) {
      slices.push({
        firstQuery: query,
        queries: Math.min(queriesAtOnce, queryCount - query),
        firstRow: row,
        rows: Math.min(rowsAtOnce, rowCount - row),
      });
    }
  }
  for (const [i, slice] of slices.entries()) {
    await evaluateSlice(device, plan, slice, result, {
      signal,
      onProgress: (part) => onProgress?.((i + part) / slices.length),
    });
  }
  return result;
}

/** A part of the result that is in the GPU's memory at once. */
interface Slice {
  readonly firstQuery: number;
  readonly queries: number;
  readonly firstRow: number;
  readonly rows: number;
}

async function evaluateSlice(
  device: GpuDevice,
  plan: ClassifierPlan,
  slice: Slice,
  result: ClassifierResult,
  { signal, onProgress }: ComputeOptions,
): Promise<void> {
  const { data, epsilons } = plan;
  const { dimensions, classes } = data;
  const { queries, firstRow, rows } = slice;
  const smallest = Math.min(...epsilons);
  const largest = Math.max(...epsilons);
  const from = slice.firstQuery * dimensions;
  const tree = queryTree(data, plan.queries.subarray(from, from + queries * dimensions), smallest, largest);
  const laws = packLaws(plan.laws, epsilons, tree.unit);
  const weightScale = scaleOfWeights(plan);
  const pairBytes = 4 * pairWords(dimensions);
  const mostPairs = Math.max(1, Math.floor(PAIR_BYTES / pairBytes));
  // One dispatch a law: the kernel is compiled for its kind.
  const parts: { law: number; firstRow: number; rows: number; sizes: Uint32Array }[] = [];
  for (let law = 0; law < plan.laws.length; law++) {
    const begin = Math.max(law * epsilons.length, firstRow);
    const end = Math.min((law + 1) * epsilons.length, firstRow + rows);
    if (begin >= end) continue;
    const place = { firstRow: begin, firstPlace: begin - firstRow };
    const sizes = packClassifier({ queries, dimensions, classes, ...place });
    parts.push({ law, firstRow: begin, rows: end - begin, sizes });
  }

  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = GPUBufferUsage;
  const read = STORAGE | COPY_DST;
  const memory = await device.memory.allocate("optimalClassifier", {
    rows: { size: laws.rows.byteLength, usage: read, data: laws.rows },
    cells: { size: laws.cells.byteLength, usage: read, data: laws.cells },
    exponents: { size: laws.exponents.byteLength, usage: read, data: laws.exponents },
    jobs: { size: 4 * JOB_WORDS * MOST_JOBS, usage: read },
    pairs: { size: pairBytes * mostPairs, usage: read },
    displacements: { size: tree.displacements.byteLength, usage: read, data: tree.displacements },
    accumulators: {
      size: accumulatorBytes(rows, queries, classGroups(classes)),
      usage: STORAGE | COPY_SRC,
    },
  });
  const uniforms = await device.memory
    .allocate(
      "optimalClassifier sizes",
      Object.fromEntries(
        parts.map(({ law, sizes }) => [
          law,
          { size: sizes.byteLength, usage: UNIFORM | COPY_DST, data: sizes },
        ]),
      ),
    )
    .catch((error) => {
      memory.destroy();
      throw error;
    });
  try {
    const dispatches = await Promise.all(
      parts.map(async (part) => {
        const specialization = lawSpecialization(
          lawKind(plan.laws[part.law]),
          lawMoments(plan.laws[part.law]).symmetric,
        );
        const pipeline = await compileKernel(device, optimalClassifierKernel, specialization);
        const buffers = [uniforms.buffers[part.law], ...Object.values(memory.buffers)];
        return { pipeline, group: bind(device, pipeline, 0, buffers), rows: part.rows };
      }),
    );
    const queue = new SubmitQueue(device, OPERATIONS * 64 * rows * classGroups(classes));
    const batches = classifierBatches(data, plan.pairs, tree, largest, weightScale, {
      mostPairs,
      mostJobs: MOST_JOBS,
      budget: () => queue.budget(),
    });
    for (const batch of batches) {
      const { jobs, pairs } = memory.buffers;
      device.gpu.queue.writeBuffer(jobs, 0, batch.jobs, 0, JOB_WORDS * batch.jobCount);
      device.gpu.queue.writeBuffer(pairs, 0, batch.pairs, 0, pairWords(dimensions) * batch.pairCount);
      await queue.submit(batch.pairCount, (pass) => {
        for (const { pipeline, group, rows } of dispatches) {
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, group);
          pass.dispatchWorkgroups(...optimalClassifierGrid(batch.jobCount, rows, classes));
        }
      });
      signal?.throwIfAborted();
      onProgress?.(batch.part);
    }
    await queue.finish();
    const sums = await readBuffer(device, memory.buffers.accumulators);
    device.check();
    collect(plan, slice, tree.order, new Float32Array(sums), weightScale, result);
    onProgress?.(1);
  } finally {
    uniforms.destroy();
    memory.destroy();
  }
}

/** Sums to probabilities, in float64. */
function collect(
  { data: { classes }, queryCount, leastMass }: ClassifierPlan,
  { firstQuery, queries, firstRow, rows }: Slice,
  order: Uint32Array,
  sums: Float32Array,
  weightScale: number,
  { probabilities, mass }: ClassifierResult,
): void {
  const words = new Uint32Array(sums.buffer);
  const groups = classGroups(classes);
  for (let row = 0; row < rows; row++) {
    for (let place = 0; place < queries; place++) {
      const at = (group: number) => ACCUMULATOR_WORDS * ((row * groups + group) * queries + place);
      const total = sums[at(0) + 4];
      // What a law leaves out, far in its tails, is less than any leastMass.
      const probability = (total * 2 ** (words[at(0) + 5] - EXPONENT_RAISE)) / weightScale;
      if (!(probability >= leastMass)) continue;
      const target = (firstRow + row) * queryCount + firstQuery + order[place];
      mass[target] = probability;
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += sums[at(c >> 2) + (c & 3)];
      for (let c = 0; c < classes; c++) {
        probabilities[target * classes + c] = sums[at(c >> 2) + (c & 3)] / sum;
      }
    }
  }
}

/** A power of 2 that takes the largest probability of a pair near 1. */
function scaleOfWeights({ pairs: { first, partner } }: ClassifierPlan): number {
  let [mostFirst, mostPartner] = [0, 0];
  for (const value of first) mostFirst = Math.max(mostFirst, value);
  for (const value of partner) mostPartner = Math.max(mostPartner, value);
  return 2 ** -Math.floor(Math.log2(mostFirst * mostPartner));
}

/** The shader's `Row`s, law by law and epsilon by epsilon, with the laws' tables one after another. */
function packLaws(laws: readonly Law[], epsilons: Float64Array, unit: number) {
  const rows = new Uint32Array(ROW_WORDS * laws.length * epsilons.length);
  const reals = new Float32Array(rows.buffer);
  const tables = laws.map((law) =>
    law.kind === "beta" && lawKind(law) === "table" ? momentTable(law.a, law.b) : undefined,
  );
  const count = tables.reduce((sum, table) => sum + (table?.exponents.length ?? 0), 0);
  const cells = new Float32Array(8 * count);
  const exponents = new Int32Array(count);
  let offset = 0;
  laws.forEach((law, l) => {
    const table = tables[l];
    const { mean } = lawMoments(law);
    for (const [e, epsilon] of epsilons.entries()) {
      const at = ROW_WORDS * (l * epsilons.length + e);
      reals[at] = epsilon / unit;
      reals[at + 1] = mean;
      if (law.kind === "constant") {
        reals[at + 2] = law.value;
        reals[at + 3] = law.value - Math.fround(law.value);
      }
      if (table === undefined) continue;
      const { shift, left, right } = table;
      const sides = [left, right].flatMap((side) => [side.first, side.last, side.offset]);
      rows.set([offset, shift, ...sides], at + 4);
    }
    if (table !== undefined) {
      cells.set(table.cells, 8 * offset);
      exponents.set(table.exponents, offset);
      offset += table.exponents.length;
    }
  });
  return { rows, cells, exponents };
}

function lawKind(law: Law): "uniform" | "constant" | "table" {
  if (law.kind !== "beta") return law.kind;
  return law.a === 1 && law.b === 1 ? "uniform" : "table";
}
