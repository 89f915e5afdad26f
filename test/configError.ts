/** What a test says about a refused description: the path its ConfigError names. */

import { ConfigError } from "../src/errors.ts";

/**
 * The `path` of the ConfigError that `make` throws; undefined if it throws none. Other errors pass through.
 */
export function configErrorPath(make: () => unknown): string | undefined {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigError) return error.path;
    throw error;
  }
  return undefined;
}
