/**
 * Which variant of a kernel runs on which adapter: the one table of such choices. What a variant is, its kernel's own
 * file says. Chosen by what the adapter is, never by timing it, so that an adapter gives the same bits every time; filled
 * from `npm run bench -- --variants`, see `docs/performance.md`.
 */

import { checkOptions, checkWord } from "../check.ts";
import type { WebGpuDevice } from "../gpu/device.ts";
import { type ConvolutionTiles, LARGE_TILES, SMALL_TILES } from "./layers/convolution.ts";
import {
  LARGE_WORKGROUP_TILES,
  type ProductShapes,
  registerTiles,
  SLICED_WORKGROUP_TILES,
  SMALL_WORKGROUP_TILES,
} from "./layers/product.ts";
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
  /** Convolutions: much or little work for each thread. */
  readonly convolution: "large-tiles" | "small-tiles";
}

/** Every variant there is, by what differs. */
export const VARIANTS = {
  resident: ["many-threads", "few-threads"],
  exchange: ["subgroups", "memory"],
  product: ["workgroup-tiles", "register-tiles"],
  convolution: ["large-tiles", "small-tiles"],
} as const satisfies { [Choice in keyof Variants]: readonly Variants[Choice][] };

/**
 * Refuses variants that there are not.
 * @throws ConfigError
 */
export function checkVariants(variants: Partial<Variants>): void {
  checkOptions("variants", variants, Object.keys(VARIANTS) as (keyof Variants)[]);
  for (const [choice, variant] of Object.entries(variants)) {
    if (variant !== undefined)
      checkWord<string>(`variants.${choice}`, variant, VARIANTS[choice as keyof Variants], "variant");
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
    convolution: isFallback ? "large-tiles" : "small-tiles",
  };
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
    const tiles = registerTiles(exchange === "subgroups");
    return () => tiles;
  }
  return ({ rows, columns, depth }) => {
    const workgroups = Math.ceil(rows / 64) * Math.ceil(columns / 64);
    if (workgroups >= 128 && Math.min(rows, columns) > 32) return LARGE_WORKGROUP_TILES;
    return depth > 64 ? SLICED_WORKGROUP_TILES : SMALL_WORKGROUP_TILES;
  };
}

/** What the planner makes of the convolutions' variants. */
export function convolutionTiles({ convolution }: Variants): ConvolutionTiles {
  return convolution === "large-tiles" ? LARGE_TILES : SMALL_TILES;
}

/**
 * How kernel `optimalClassifier` cuts up a tile of queries. A GPU wants threads. On the software adapter a load costs as much as an addition of ten numbers: one vector, and
 * several queries for each pair that is loaded.
 */
export function classifierShape(
  { isFallback }: VariantTraits,
  dimensions: number,
  kind: keyof typeof LAW,
): ClassifierShape {
  if (!isFallback) return { threads: 64, queries: 1 };
  // A table's code is so long that eight would take seconds to compile.
  const queries = kind === "table" ? 4 : 8;
  return { threads: 4, queries: dimensions <= 4 ? queries : 1 };
}

/**
 * Queries of a thread's tile of kernel `collisions`. 8 fill a GPU's registers; the software adapter, where loading is
 * what costs, is 1.2 to 1.5 times as fast with 16. Results do not depend on it.
 */
export function queryTile({ isFallback }: VariantTraits): number {
  return isFallback ? 16 : 8;
}
