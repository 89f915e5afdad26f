/**
 * What shares of an adapter's ceilings our kernels have: the work counted from the sizes, by the time that was taken.
 *
 * Not here: taking the time (`kernelTimes.ts`).
 */

import type { KernelTime } from "../protocol.ts";
import type { Ceilings, KernelShare } from "../result.ts";

/** The shares; none where a ceiling is missing. */
export function kernelShares(
  times: readonly KernelTime[],
  { multiplyAddsPerSecond, copyBytesPerSecond }: Ceilings,
): KernelShare[] {
  if (!multiplyAddsPerSecond || !copyBytesPerSecond) return [];
  return times.map(({ kernel, dispatches, milliseconds, multiplyAdds, bytes }) => {
    const perSecond = milliseconds > 0 ? 1000 / milliseconds : 0;
    return {
      kernel,
      dispatchesPerStep: dispatches,
      millisecondsPerStep: milliseconds,
      multiplyAdds,
      bytes,
      multiplyAddShare: (multiplyAdds * perSecond) / multiplyAddsPerSecond,
      copyShare: (bytes * perSecond) / copyBytesPerSecond,
    };
  });
}
