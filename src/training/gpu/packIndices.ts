/**
 * The `indices` buffer: which points there are, by class and by run, as integers. Pure.
 */

import { type DomainTable, domainTable } from "../../mixing/domains.ts";
import { type LabelKernel, labelKernelTable, labelKernelTableSize } from "../../mixing/labelKernel.ts";
import { classIndex } from "../../mixing/sampling.ts";
import { gridRows } from "../../numeric/permutation.ts";
import { domainsOf, membersOf } from "../../population/domains.ts";
import { allPhases, pointsOf } from "../../population/phases.ts";
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
  /** What it draws domains by, four words a domain; {@link NOTHING} where no run draws by domains. */
  domains(run: Run): number;
}

/** Whether some run is trained on a part of the data, or on its points in another order. */
export function hasSubsets(population: Pick<Population, "runs">): boolean {
  return allPhases(population).some((run) => run.train !== undefined || run.proportions !== undefined);
}

/** Whether some run draws by domains. */
export function drawsDomains(population: Pick<Population, "runs">): boolean {
  return allPhases(population).some(({ proportions }) => proportions !== undefined);
}

/** Domains of a run; one where it knows none. */
export function domainCount({ proportions }: Run): number {
  return proportions?.length ?? 1;
}

/** Words of a domain in the indices: see `shaders/parts/domains.wgsl`. */
const DOMAIN_WORDS = 4;

interface Parts {
  readonly subsets: Distinct<Run>;
  readonly kernels: Distinct<Run>;
  readonly domains: Distinct<Run>;
}

function partsOf(population: Population): Parts {
  const runs = allPhases(population);
  return {
    subsets: new Distinct(hasSubsets(population) ? runs : [], subsetKey),
    kernels: new Distinct(
      runs.filter((run) => kernelOf(run) !== undefined),
      (run) => `${JSON.stringify(kernelOf(run))};${subsetKey(run)}`,
    ),
    domains: new Distinct(drawsDomains(population) ? runs : [], domainsKey),
  };
}

function subsetKey({ train, proportions }: Run): string {
  return `${train?.join() ?? "all"}${proportions === undefined ? "" : " by domain"}`;
}

function domainsKey(run: Run): string {
  return `${run.proportions?.join()};${subsetKey(run)}`;
}

function kernelOf({ mixing: { pairing } }: Run): LabelKernel | undefined {
  return typeof pairing === "object" ? pairing : undefined;
}

/** Where the parts of a population's indices lie. */
export function indexLayout(population: Population): IndexLayout {
  return layoutOf(population, partsOf(population));
}

function layoutOf({ data, evaluationData }: Population, { subsets, kernels, domains }: Parts): IndexLayout {
  const classStart = data.size;
  const classes = data.labels === undefined ? 1 : data.targetSize;
  const labels = classStart + classes + 1;
  const evaluationLabels = labels + data.size;
  const sizeOf = (run: Run) => pointsOf(run, { data });
  let end = evaluationLabels + evaluationData.size;
  const place = (values: readonly Run[], size: (run: Run) => number) =>
    values.map((run) => {
      const own = end;
      end += size(run);
      return own;
    });
  const subsetOffsets = place(subsets.values, (run) => 2 * sizeOf(run) + classes + 1);
  const kernelOffsets = place(kernels.values, (run) => labelKernelTableSize(sizeOf(run)));
  const domainOffsets = place(domains.values, (run) => DOMAIN_WORDS * domainCount(run));
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
    domains: (run) => (domains.values.length === 0 ? NOTHING : domainOffsets[domains.indexOf(run)]),
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
    const members = membersOf(run, data);
    const { order, start } = members === undefined ? all : classIndex(data, members);
    indices.set(members ?? Array.from(order.keys()), layout.train(run));
    indices.set(order, layout.classOrder(run));
    indices.set(start, layout.classStarts(run));
  }
  for (const run of parts.kernels.values)
    indices.set(labelKernelTable(data, kernelOf(run)!, run.train), layout.labelKernel(run));
  for (const run of parts.domains.values) {
    const table = domainsOf(run, data) ?? allAsOne(pointsOf(run, population));
    indices.set(packDomains(table), layout.domains(run));
  }
  return indices;
}

/** A run that knows no domains, beside one that does, has one of all its points. */
function allAsOne(size: number): DomainTable {
  return domainTable(Uint32Array.of(size), [1]);
}

/** As the kernels read it: threshold, start, size and grid rows of each domain. */
function packDomains({ thresholds, starts, sizes }: DomainTable): number[] {
  return Array.from(sizes).flatMap((size, k) => [thresholds[k], starts[k], size, gridRows(size)]);
}
