/**
 * The Mixup-optimal classifier on a device: the same request and result as the reference (`optimalClassifier.ts`), by
 * the GPU where the device is one. It sends the batches of `classifierJobs.ts` to the kernel, never more than a
 * submit's time budget at once, and adds up what comes back in float64 (`classifierSums.ts`), which also tells the few
 * queries that 32-bit floats do not settle; those are computed by the reference.
 *
 * Same adapter, same variants, same bits: what is added to a query, and in what order, does not depend on how the work is cut up.
 */

import { checkDevice, type Device, type WebGpuDevice } from "../../gpu/device.ts";
import { BUFFER_USAGE, MAP_READ_MODE } from "../../gpu/flags.ts";
import { bind, compileKernel } from "../../gpu/kernel.ts";
import { waitFor } from "../../gpu/patience.ts";
import {
  classifierSpecialization,
  JOB_WORDS,
  optimalClassifierGrid,
  optimalClassifierKernel,
  packClassifier,
  pairWords,
  RESULT_WORDS,
  ROW_WORDS,
  TILE_QUERIES,
} from "../../kernels/theory/optimalClassifier.ts";
import {
  chooseTheoryVariants,
  classifierShape,
  resolved,
  type TheoryVariants,
  variantTraits,
} from "../../kernels/variants.ts";
import type { Law } from "../../mixing/laws.ts";
import { leastOf, mostOf } from "../../numeric/extremes.ts";
import { type ComputeOptions, checkComputing, type VariantOptions } from "../computing.ts";
import { lawMoments } from "../moments.ts";
import { momentTable } from "../momentTable.ts";
import { SubmitQueue } from "../submitQueue.ts";
import { type ClassifierBatch, classifierBatches, JOB_PAIRS, queryTree } from "./classifierJobs.ts";
import { type ClassifierJob, ClassifierSums, type RowRange } from "./classifierSums.ts";
import {
  type ClassifierPlan,
  type ClassifierRequest,
  type ClassifierResult,
  evaluateClassifier,
  planClassifier,
} from "./optimalClassifier.ts";

/** Bytes of the pairs of one batch. */
const PAIR_BYTES = 1 << 23;
/** Bytes of the results of one batch; what needs more is done some rows after others. */
const RESULT_BYTES = 1 << 25;
/** Jobs of one batch at most: a dimension of the grid. */
const MOST_JOBS = 2048;
/** Beta laws of a smaller parameter may have so much mass near 0 or 1 that rounding there matters. */
const STEEP_ENDS = 3;
/** Multiply-adds of one query and pair, roughly. */
const OPERATIONS = 100;

/** How the computation is watched, stopped and carried out. */
export interface ClassifierOptions extends ComputeOptions, VariantOptions {}

/**
 * h_eps for every law, epsilon and query, on `device`: float64 on the CPU backend; 32-bit floats on WebGPU, whose
 * probabilities agree with float64 to 2e-5 (seen: 5e-6) and `mass` to 5e-4 of itself, the worst being steep laws far off
 * their centre. Queries that 32-bit floats do not settle (a segment that just grazes a ball and has
 * a say there) are found by an error bound and computed in float64, which takes as long as the reference does: a few of
 * a grid, but all of them where all sit exactly at the edge of a ball. Paper 2.2, Lemma 2.3.
 * @throws ConfigError for a bad request, before anything is allocated; OutOfMemoryError, DeviceLostError.
 */
export async function optimalClassifierOn(
  device: Device,
  request: ClassifierRequest,
  options: ClassifierOptions = {},
): Promise<ClassifierResult> {
  const own = checkDevice(device);
  checkComputing(options, ["variants"]);
  const plan = planClassifier(request);
  options.signal?.throwIfAborted();
  if (own.backend === "cpu" || plan.queryCount === 0) return evaluateClassifier(plan);
  const traits = variantTraits(own);
  const variants = resolved(chooseTheoryVariants(traits), options.variants ?? {}, traits, "options.variants");
  const rowCount = plan.laws.length * plan.epsilons.length;
  const weightScale = scaleOfWeights(plan);
  const sums = new ClassifierSums(plan, weightScale);
  const rowsAtOnce = Math.min(rowCount, RESULT_BYTES / (4 * RESULT_WORDS * TILE_QUERIES));
  for (let row = 0; row < rowCount; row += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, rowCount - row);
    await evaluateRows(own, plan, { firstRow: row, rows }, weightScale, sums, variants, {
      signal: options.signal,
      onProgress: (part) => options.onProgress?.((row + part * rows) / rowCount),
    });
  }
  const result = sums.result();
  options.onProgress?.(1);
  return result;
}

async function evaluateRows(
  device: WebGpuDevice,
  plan: ClassifierPlan,
  range: RowRange,
  weightScale: number,
  sums: ClassifierSums,
  variants: TheoryVariants,
  { signal, onProgress }: ComputeOptions,
): Promise<void> {
  const { data, epsilons } = plan;
  const { dimensions } = data;
  const { firstRow, rows } = range;
  const largest = mostOf(epsilons);
  const tree = queryTree(data, plan.queries, leastOf(epsilons), largest);
  sums.addCoincident(tree, range);
  const laws = packLaws(plan.laws, epsilons, tree.unit);
  const pairBytes = 4 * pairWords(dimensions);
  const mostPairs = Math.max(JOB_PAIRS, Math.floor(PAIR_BYTES / pairBytes));
  const jobBytes = 4 * RESULT_WORDS * TILE_QUERIES * rows;
  const mostJobs = Math.max(1, Math.min(MOST_JOBS, Math.floor(RESULT_BYTES / jobBytes)));
  // One dispatch a law: the kernel is compiled for its kind.
  const parts: { law: number; rows: number; sizes: Uint32Array }[] = [];
  for (let law = 0; law < plan.laws.length; law++) {
    const begin = Math.max(law * epsilons.length, firstRow);
    const end = Math.min((law + 1) * epsilons.length, firstRow + rows);
    if (begin >= end) continue;
    const sizes = packClassifier({ firstRow: begin, firstPlace: begin - firstRow, places: rows });
    parts.push({ law, rows: end - begin, sizes });
  }

  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC, MAP_READ } = BUFFER_USAGE;
  const read = STORAGE | COPY_DST;
  const memory = await device.memory.allocate<string>("optimalClassifier", {
    rows: { size: laws.rows.byteLength, usage: read, data: laws.rows },
    cells: { size: laws.cells.byteLength, usage: read, data: laws.cells },
    exponents: { size: laws.exponents.byteLength, usage: read, data: laws.exponents },
    jobs: { size: 4 * JOB_WORDS * mostJobs, usage: read },
    pairs: { size: pairBytes * mostPairs, usage: read },
    displacements: { size: tree.displacements.byteLength, usage: read, data: tree.displacements },
    results: { size: jobBytes * mostJobs, usage: STORAGE | COPY_SRC },
    reading0: { size: jobBytes * mostJobs, usage: COPY_DST | MAP_READ },
    reading1: { size: jobBytes * mostJobs, usage: COPY_DST | MAP_READ },
    ...Object.fromEntries(
      parts.map(({ law, sizes }) => [
        `sizes${law}`,
        { size: sizes.byteLength, usage: UNIFORM | COPY_DST, data: sizes },
      ]),
    ),
  });
  const { buffers } = memory;
  // Two batches are under way: while one is computed, the next is planned.
  const underWay: { mapped: Promise<void>; settle: () => void }[] = [];
  try {
    const dispatches = await Promise.all(
      parts.map(async (part) => {
        const law = plan.laws[part.law];
        const { symmetric } = lawMoments(law);
        const kind = lawKind(law);
        const shape = classifierShape(variants, dimensions, kind);
        const specialization = classifierSpecialization(kind, symmetric, dimensions, shape);
        const pipeline = await compileKernel(device, optimalClassifierKernel, specialization);
        const { rows, cells, exponents, jobs, pairs, displacements, results } = buffers;
        const bound = [
          buffers[`sizes${part.law}`],
          rows,
          cells,
          exponents,
          jobs,
          pairs,
          displacements,
          results,
        ];
        return { pipeline, group: bind(device, pipeline, 0, bound), rows: part.rows, shape };
      }),
    );
    const queue = new SubmitQueue(device, OPERATIONS * TILE_QUERIES * rows);
    const settle = async () => {
      const { mapped, settle } = underWay.shift()!;
      await mapped;
      settle();
      signal?.throwIfAborted();
    };
    let turn = 0;
    for (const batch of classifierBatches(data, plan.pairs, tree, largest, weightScale, {
      mostPairs,
      mostJobs,
      budget: () => queue.budget(),
    })) {
      if (underWay.length === 2) await settle();
      const { jobs, pairs, results } = buffers;
      const reading = buffers[`reading${turn}`];
      turn = 1 - turn;
      const used = jobBytes * batch.jobCount;
      device.gpu.queue.writeBuffer(jobs, 0, batch.jobs, 0, JOB_WORDS * batch.jobCount);
      device.gpu.queue.writeBuffer(pairs, 0, batch.pairs, 0, pairWords(dimensions) * batch.pairCount);
      await queue.submit(
        batch.pairCount,
        (pass) => {
          for (const { pipeline, group, rows, shape } of dispatches) {
            pass.setPipeline(pipeline);
            pass.setBindGroup(0, group);
            pass.dispatchWorkgroups(...optimalClassifierGrid(batch.jobCount, rows, shape));
          }
        },
        (encoder) => encoder.copyBufferToBuffer(results, 0, reading, 0, used),
      );
      // The batch's own arrays are filled anew before its results come.
      const jobList = jobsOf(batch);
      const { part } = batch;
      underWay.push({
        mapped: waitFor(reading.mapAsync(MAP_READ_MODE, 0, used)),
        settle: () => {
          sums.add(jobList, tree.order, range, new Float32Array(reading.getMappedRange(0, used)));
          reading.unmap();
          onProgress?.(part);
        },
      });
    }
    while (underWay.length > 0) await settle();
    await queue.finish();
  } catch (error) {
    // Nothing may be left under way that the buffers go away under.
    await Promise.allSettled(underWay.map(({ mapped }) => mapped));
    if (signal?.aborted) throw signal.reason;
    await device.explain(error);
  } finally {
    memory.destroy();
  }
}

/** The jobs of a batch, as the sums need them. */
function jobsOf({ jobs, labels, jobCount }: ClassifierBatch): ClassifierJob[] {
  return Array.from({ length: jobCount }, (_, job) => ({
    firstQuery: jobs[JOB_WORDS * job],
    queries: jobs[JOB_WORDS * job + 1],
    lower: labels[2 * job],
    upper: labels[2 * job + 1],
  }));
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
  const cells = new Float32Array(4 * count);
  const exponents = new Int32Array(count);
  let firstCell = 0;
  laws.forEach((law, l) => {
    const table = tables[l];
    const { mean } = lawMoments(law);
    for (const [e, epsilon] of epsilons.entries()) {
      const at = ROW_WORDS * (l * epsilons.length + e);
      reals[at] = epsilon / unit;
      reals[at + 1] = mean;
      if (law.kind === "beta") reals[at + 2] = 1 / (law.a + law.b);
      if (law.kind === "constant") {
        reals[at + 3] = law.value;
        reals[at + 4] = law.value - Math.fround(law.value);
      }
      if (table === undefined) continue;
      const sides = [table.left, table.right].flatMap(({ low, high, offset }) => [
        low,
        high,
        firstCell + offset,
      ]);
      reals[at + 5] = law.kind === "beta" && Math.min(law.a, law.b) < STEEP_ENDS ? 1 : 0;
      reals[at + 6] = table.narrow;
      rows.set([table.shift, ...sides], at + 7);
    }
    if (table !== undefined) {
      cells.set(table.cells, 4 * firstCell);
      exponents.set(table.exponents, firstCell);
      firstCell += table.exponents.length;
    }
  });
  return { rows, cells, exponents };
}

function lawKind(law: Law): "uniform" | "constant" | "table" {
  if (law.kind !== "beta") return law.kind;
  return law.a === 1 && law.b === 1 ? "uniform" : "table";
}
