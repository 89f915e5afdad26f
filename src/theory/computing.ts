/** How a long computation on a device is watched and stopped; the options that all of them take. */

import { checkOptions, checkSignal, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";

export interface ComputeOptions {
  /** Rejects with the signal's reason; what was computed is given up. */
  signal?: AbortSignal;
  /** Part of the work that is done, from 0 to 1. */
  onProgress?: (part: number) => void;
}

/**
 * The options themselves, if they are such.
 * @throws ConfigError for unknown keys, a signal that is none, a progress that can't be called.
 */
export function checkComputing<T extends { signal?: AbortSignal; onProgress?: unknown }>(
  options: T,
  more: readonly (keyof T & string)[] = [],
): T {
  checkOptions("options", options, ["signal", "onProgress", ...more]);
  checkSignal("options.signal", options.signal);
  if (options.onProgress !== undefined && typeof options.onProgress !== "function")
    throw new ConfigError("options.onProgress", `${shown(options.onProgress)} is no function.`);
  return options;
}
