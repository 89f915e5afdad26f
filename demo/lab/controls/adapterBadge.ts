/** Which device trains, in the page's head. */

import { byId, setText } from "../page/dom.ts";
import { notify } from "../page/notice.ts";
import type { DeviceReport } from "../training/protocol.ts";
import { noWebGpu, rounded } from "./words.ts";

export function showDevice({ backend, adapter, race, unavailable }: DeviceReport): void {
  const badge = byId("adapter");
  const raced =
    race &&
    `Both have trained this for a moment: ${rounded(race.webgpu)} net-steps a second by the software adapter, ${rounded(race.cpu)} by the CPU.`;
  if (backend === "cpu") {
    setText(badge, raced === undefined ? "CPU, float64" : "CPU, float64 · faster here");
    badge.title = raced ?? "The float64 reference";
    if (unavailable !== undefined)
      notify(
        `${noWebGpu(unavailable.reason)} Training runs on the CPU instead: the same results, slower.`,
        false,
      );
    return;
  }
  const name = adapter.description || [adapter.vendor, adapter.architecture].filter(Boolean).join(" ");
  setText(badge, `${name || "WebGPU"}${adapter.isFallback ? " · software adapter" : ""}`);
  const speed = raced ?? "Right results, but its speed says nothing about GPUs.";
  badge.title = adapter.isFallback ? `A software adapter. ${speed}` : "WebGPU adapter";
}
