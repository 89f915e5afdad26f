/** How a long computation on a device is watched and stopped; the options that all of them take. */

import { checkOptions, checkSignal, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { checkVariants, THEORY_VARIANTS, type TheoryVariants } from "../kernels/variants.ts";

export interface ComputeOptions {
  /** Rejects with the signal's reason; what was computed is given up. */
  signal?: AbortSignal;
  /** Part of the work that is done, from 0 to 1. */
  onProgress?: (part: number) => void;
}

/** For functions whose kernels have variants. */
export interface VariantOptions {
  /** Instead of what suits the adapter; without effect on the CPU. */
  variants?: Partial<TheoryVariants>;
}

/**
 * The options themselves, if they are such.
 * @throws ConfigError for unknown keys, a signal that is none, a progress that can't be called, variants that there are not.
 */
export function checkComputing<T extends { signal?: AbortSignal; onProgress?: unknown } & VariantOptions>(
  options: T,
  more: readonly (keyof T & string)[] = [],
): T {
  checkOptions("options", options, ["signal", "onProgress", ...more]);
  checkSignal("options.signal", options.signal);
  if (options.onProgress !== undefined && typeof options.onProgress !== "function")
    throw new ConfigError("options.onProgress", `${shown(options.onProgress)} is no function.`);
  if (options.variants !== undefined) checkVariants(options.variants, "options.variants", THEORY_VARIANTS);
  return options;
}
