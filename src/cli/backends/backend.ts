/**
 * What a command computes on: the float64 reference, WebGPU in Node, or WebGPU in a headless browser.
 *
 * Not here: the ways there (`native.ts`, `browserBackend.ts`).
 */

import { WebGpuUnavailableError } from "../../errors.ts";
import { hasGpu } from "./browser.ts";
import { findNative, type NativeGpu } from "./native.ts";

/** As asked for. */
export const BACKENDS = ["auto", "native", "browser", "cpu"] as const;
export type BackendName = (typeof BACKENDS)[number];

/** As chosen. */
export type Backend = NativeGpu | "browser" | "cpu";

/**
 * `auto` takes a real GPU before a software adapter, and Node before a browser where both have the same.
 * @throws WebGpuUnavailableError for `native` where there is none, with what to install.
 */
export async function chooseBackend(
  asked: BackendName,
  find: typeof findNative = findNative,
  browserHasGpu: () => boolean = hasGpu,
): Promise<Backend> {
  if (asked === "cpu" || asked === "browser") return asked;
  const native = await find();
  if ("reason" in native) {
    if (asked === "native")
      throw new WebGpuUnavailableError("no-adapter", `${native.reason} --backend browser needs neither.`);
    return "browser";
  }
  return asked === "native" || !native.isFallback || !browserHasGpu() ? native : "browser";
}
