/**
 * Which variant of a kernel runs on which adapter: the one table of such choices. What a variant is, its kernel's own
 * file says. Chosen by what the adapter is, never by timing it, so that an adapter gives the same bits every time; filled
 * from `npm run bench -- --variants`, see `docs/performance.md`.
 */

import { checkOptions, checkWord, defined } from "../check.ts";
import { ConfigError } from "../errors.ts";
import type { OpenedDevice, WebGpuDevice } from "../gpu/device.ts";
import {
  type ConvolutionProduct,
  type ConvolutionTiles,
  LARGE_TILES,
  SMALL_TILES,
} from "./layers/convolution.ts";
import {
  LARGE_WORKGROUP_TILES,
  type ProductShape,
  type ProductShapes,
  registerTiles,
  SLICED_WORKGROUP_TILES,
  SMALL_WORKGROUP_TILES,
} from "./layers/product.ts";
import type { BatchSums } from "./step/advance.ts";
import type { ResidentPreference } from "./step/resident.ts";
import type { ClassifierShape, LAW } from "./theory/optimalClassifier.ts";

/** What a training may be told to use instead of what suits the adapter; recorded in results and checkpoints. */
export interface Variants {
  /** Kernel `resident`: many threads of few hidden units each, or few of more. */
  readonly resident: "many-threads" | "few-threads";
  /** How threads share numbers, there and in register tiles: by subgroup operations, or through memory. */
  readonly exchange: "subgroups" | "memory";
  /** Matrix products of the layered executor: operands in workgroup memory, or straight from storage. */
  readonly product: "workgroup-tiles" | "register-tiles";
  /** Convolutions: tiles of a workgroup, as products have them; or each thread for itself, with much or little work. */
  readonly convolution: "workgroup-tiles" | "small-tiles" | "large-tiles";
  /** Kernel `advance`: who sums a run's losses. Results do not depend on it. */
  readonly sums: BatchSums;
  /** Steps of the layered executor: a dispatch for everything, or for as much as few samples and outputs allow. */
  readonly steps: "apart" | "fused";
}

/** Every variant there is, by what differs. */
export const VARIANTS = {
  resident: ["many-threads", "few-threads"],
  exchange: ["subgroups", "memory"],
  product: ["workgroup-tiles", "register-tiles"],
  convolution: ["workgroup-tiles", "small-tiles", "large-tiles"],
  sums: ["workgroup", "thread"],
  steps: ["apart", "fused"],
} as const satisfies { [Choice in keyof Variants]: readonly Variants[Choice][] };

/** What a function of the theory may be told to use instead of what suits the adapter. */
export interface TheoryVariants {
  /** Kernel `collisions`: whether four threads read a mixture together, by subgroup operations, or each for itself. */
  readonly exchange: Variants["exchange"];
  /** Kernel `optimalClassifier`: many threads of one query each, or few of several. */
  readonly classifier: "many-threads" | "few-threads";
  /** Kernel `collisions`: 8 or 16 queries in a thread's tile. Results do not depend on it. */
  readonly collisions: "small-tiles" | "large-tiles";
}

/** Every one of them, by what differs. */
export const THEORY_VARIANTS = {
  exchange: VARIANTS.exchange,
  classifier: ["many-threads", "few-threads"],
  collisions: ["small-tiles", "large-tiles"],
} as const satisfies { [Choice in keyof TheoryVariants]: readonly TheoryVariants[Choice][] };

/**
 * Refuses variants that there are not, of a training by default.
 * @throws ConfigError
 */
export function checkVariants(
  variants: object,
  path = "variants",
  choices: Readonly<Record<string, readonly string[]>> = VARIANTS,
): void {
  checkOptions(path, variants as Record<string, unknown>, Object.keys(choices));
  for (const [choice, variant] of Object.entries(variants)) {
    if (variant !== undefined) checkWord<string>(`${path}.${choice}`, variant, choices[choice], "variant");
  }
}

/** What the choice depends on. */
export interface VariantTraits {
  /** Whether the adapter is a software one. */
  readonly isFallback: boolean;
  /** Whether the device has subgroup operations. */
  readonly subgroups: boolean;
}

/** What variants are chosen by. */
export function variantTraits({ adapter, gpu }: WebGpuDevice): VariantTraits {
  return { isFallback: adapter.isFallback, subgroups: gpu.features.has("subgroups") };
}

/** What a checkpoint says ran, as far as a device can go on with it: one without subgroup operations takes what suits it. */
export function variantsOn(device: OpenedDevice, variants: Partial<Variants> = {}): Partial<Variants> {
  const has = device.backend === "webgpu" && variantTraits(device).subgroups;
  const { exchange, ...others } = variants;
  return exchange === "subgroups" && !has ? others : variants;
}

/**
 * The variants for an adapter. On a GPU: as many threads as fill it, and workgroup memory. The software adapter works on
 * vectors of four threads. There barriers and workgroup memory are dear, and each vector of the resident kernel works
 * out losses and clocks for itself: few threads; but with few units each, since long code neither fits the processor's
 * caches nor compiles in time.
 */
export function chooseVariants({ isFallback, subgroups }: VariantTraits): Variants {
  return {
    resident: isFallback ? "few-threads" : "many-threads",
    exchange: subgroups ? "subgroups" : "memory",
    product: isFallback ? "register-tiles" : "workgroup-tiles",
    convolution: isFallback ? "large-tiles" : "workgroup-tiles",
    sums: isFallback ? "thread" : "workgroup",
    steps: isFallback ? "apart" : "fused",
  };
}

/**
 * The theory's variants for an adapter. A GPU wants threads, and registers for no more than 8 queries. On the software
 * adapter a load costs as much as an addition of ten numbers: there a thread works on several queries for each pair that is
 * loaded, and collisions are 1.2 to 1.5 times as fast with 16.
 */
export function chooseTheoryVariants({ isFallback, subgroups }: VariantTraits): TheoryVariants {
  return {
    exchange: subgroups ? "subgroups" : "memory",
    classifier: isFallback ? "few-threads" : "many-threads",
    collisions: isFallback ? "large-tiles" : "small-tiles",
  };
}

/**
 * What suits the adapter, but for what is forced; what a device has not is refused.
 * @throws ConfigError
 */
export function resolved<Choices extends Pick<Variants, "exchange">>(
  chosen: Choices,
  forced: Partial<Choices>,
  { subgroups }: VariantTraits,
  path = "variants",
): Choices {
  if (forced.exchange === "subgroups" && !subgroups)
    throw new ConfigError(`${path}.exchange`, "this device has no subgroup operations.");
  return { ...chosen, ...defined(forced) };
}

/** What the planner makes of the resident kernel's variants. */
export function residentPreference({ resident, exchange }: Variants, maxThreads: number): ResidentPreference {
  const mostThreads = Math.min(128, maxThreads);
  return {
    fewestThreads: resident === "few-threads" ? Math.min(32, mostThreads) : mostThreads,
    mostThreads,
    slots: 24,
    subgroups: exchange === "subgroups",
  };
}

/**
 * What the planner makes of the products' variants. On a GPU by sizes: workgroups of many products load least for each, but
 * 128 of them it takes to fill an H100 as well as smaller ones do, and no side may be mostly empty; with fewer, sums in four
 * slices hide each other's loads, unless they are so short that one round is all. Never by the number of runs: a run's bits
 * don't depend on its neighbours. Times are in `docs/performance.md`.
 */
export function productShapes({ product, exchange }: Variants): ProductShapes {
  if (product === "register-tiles") {
    const wide = registerTiles(exchange === "subgroups");
    const narrow = registerTiles(exchange === "subgroups", 4);
    return ({ columns }) => (columns <= 16 ? narrow : wide);
  }
  return ({ rows, columns, depth }) => {
    const workgroups = Math.ceil(rows / 64) * Math.ceil(columns / 64);
    if (workgroups >= 128 && Math.min(rows, columns) > 32) return LARGE_WORKGROUP_TILES;
    return depth > 64 ? SLICED_WORKGROUP_TILES : SMALL_WORKGROUP_TILES;
  };
}

/** What the planner makes of the convolutions' variants. */
export function convolutionTiles({ convolution }: Pick<Variants, "convolution">): ConvolutionTiles {
  if (convolution === "workgroup-tiles") return { ...SMALL_TILES, shapes: convolutionShape };
  return convolution === "large-tiles" ? LARGE_TILES : SMALL_TILES;
}

/**
 * The shape of a convolution's products, by the sizes of one and how many there are in a run: as for other products, but unsliced from
 * 1,024 workgroups of 32 x 32 on, where that was as fast. Where three quarters of such a tile would be empty, each thread computes for
 * itself: convolutions of a few channels, and of many groups.
 */
function convolutionShape({ rows, columns, depth, parts }: ConvolutionProduct): ProductShape | undefined {
  if (Math.min(rows, columns) < 8) return undefined;
  const workgroups = (side: number) => parts * Math.ceil(rows / side) * Math.ceil(columns / side);
  if (workgroups(64) >= 128 && Math.min(rows, columns) > 32) return LARGE_WORKGROUP_TILES;
  return depth > 64 && workgroups(32) < 1024 ? SLICED_WORKGROUP_TILES : SMALL_WORKGROUP_TILES;
}

/** How kernel `optimalClassifier` cuts up a tile of queries: few threads are one vector of the software adapter. */
export function classifierShape(
  { classifier }: Pick<TheoryVariants, "classifier">,
  dimensions: number,
  kind: keyof typeof LAW,
): ClassifierShape {
  if (classifier === "many-threads") return { threads: 64, queries: 1 };
  // A table's code is so long that eight would take seconds to compile.
  const queries = kind === "table" ? 4 : 8;
  return { threads: 4, queries: dimensions <= 4 ? queries : 1 };
}

/** Queries of a thread's tile of kernel `collisions`. */
export function queryTile({ collisions }: Pick<TheoryVariants, "collisions">): number {
  return collisions === "large-tiles" ? 16 : 8;
}
