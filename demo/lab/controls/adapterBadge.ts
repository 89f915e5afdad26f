/** Which device trains, in the page's head. */

import { byId, setText } from "../page/dom.ts";
import { notify } from "../page/notice.ts";
import type { DeviceReport } from "../training/protocol.ts";
import { noWebGpu } from "./words.ts";

export function showDevice({ backend, adapter, unavailable }: DeviceReport): void {
  const badge = byId("adapter");
  if (backend === "cpu") {
    setText(badge, "CPU, float64");
    if (unavailable !== undefined)
      notify(
        `${noWebGpu(unavailable.reason)} Training runs on the CPU instead: the same results, slower.`,
        false,
      );
    return;
  }
  const name = adapter.description || [adapter.vendor, adapter.architecture].filter(Boolean).join(" ");
  setText(badge, `${name || "WebGPU"}${adapter.isFallback ? " · software adapter" : ""}`);
  badge.title = adapter.isFallback
    ? "A software adapter: right results, but its speed says nothing about GPUs."
    : "WebGPU adapter";
}
