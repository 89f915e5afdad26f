/**
 * The `indices` buffer: which points there are, by class and by run, as integers. Pure.
 */

import { type LabelKernel, labelKernelTable, labelKernelTableSize } from "../../mixing/labelKernel.ts";
import { classIndex } from "../../mixing/sampling.ts";
import { allPhases } from "../../population/phases.ts";
import type { Population, Run } from "../../population/population.ts";
import { Distinct, NOTHING } from "./packTables.ts";

/** Where things lie in the indices. Points by class of all the data [N] are at 0. */
export interface IndexLayout {
  readonly size: number;
  readonly classStart: number;
  readonly labels: number;
  readonly evaluationLabels: number;
  /** Of a run: its points; those by class, and where its classes begin; what its label kernel draws by. {@link NOTHING} where it has none. */
  train(run: Run): number;
  classOrder(run: Run): number;
  classStarts(run: Run): number;
  labelKernel(run: Run): number;
}

/** Whether some run is trained on a part of the data. */
export function hasSubsets(population: Pick<Population, "runs">): boolean {
  return allPhases(population).some(({ train }) => train !== undefined);
}

interface Parts {
  readonly subsets: Distinct<Run>;
  readonly kernels: Distinct<Run>;
}

function partsOf(population: Population): Parts {
  const runs = allPhases(population);
  return {
    subsets: new Distinct(hasSubsets(population) ? runs : [], subsetKey),
    kernels: new Distinct(
      runs.filter((run) => kernelOf(run) !== undefined),
      (run) => `${JSON.stringify(kernelOf(run))};${subsetKey(run)}`,
    ),
  };
}

function subsetKey({ train }: Run): string {
  return train?.join() ?? "all";
}

function kernelOf({ mixing: { pairing } }: Run): LabelKernel | undefined {
  return typeof pairing === "object" ? pairing : undefined;
}

/** Where the parts of a population's indices lie. */
export function indexLayout(population: Population): IndexLayout {
  return layoutOf(population, partsOf(population));
}

function layoutOf({ data, evaluationData }: Population, { subsets, kernels }: Parts): IndexLayout {
  const classStart = data.size;
  const classes = data.labels === undefined ? 1 : data.targetSize;
  const labels = classStart + classes + 1;
  const evaluationLabels = labels + data.size;
  const sizeOf = ({ train }: Run) => train?.length ?? data.size;
  let end = evaluationLabels + evaluationData.size;
  const place = (values: readonly Run[], size: (run: Run) => number) =>
    values.map((run) => {
      const own = end;
      end += size(run);
      return own;
    });
  const subsetOffsets = place(subsets.values, (run) => 2 * sizeOf(run) + classes + 1);
  const kernelOffsets = place(kernels.values, (run) => labelKernelTableSize(sizeOf(run)));
  const hasNone = subsets.values.length === 0;
  const train = (run: Run) => (hasNone ? NOTHING : subsetOffsets[subsets.indexOf(run)]);
  return {
    size: end,
    classStart,
    labels,
    evaluationLabels,
    train,
    classOrder: (run) => (hasNone ? NOTHING : train(run) + sizeOf(run)),
    classStarts: (run) => (hasNone ? NOTHING : train(run) + 2 * sizeOf(run)),
    labelKernel: (run) => (kernelOf(run) === undefined ? NOTHING : kernelOffsets[kernels.indexOf(run)]),
  };
}

/** The indices themselves. */
export function packIndices(population: Population): Uint32Array<ArrayBuffer> {
  const { data, evaluationLabels } = population;
  const parts = partsOf(population);
  const layout = layoutOf(population, parts);
  const indices = new Uint32Array(layout.size);
  const all = classIndex(data);
  indices.set(all.order);
  indices.set(all.start, layout.classStart);
  indices.set(all.labels, layout.labels);
  indices.set(evaluationLabels ?? [], layout.evaluationLabels);
  for (const run of parts.subsets.values) {
    const { order, start } = run.train === undefined ? all : classIndex(data, run.train);
    indices.set(run.train ?? Array.from(order.keys()), layout.train(run));
    indices.set(order, layout.classOrder(run));
    indices.set(start, layout.classStarts(run));
  }
  for (const run of parts.kernels.values)
    indices.set(labelKernelTable(data, kernelOf(run)!, run.train), layout.labelKernel(run));
  return indices;
}
