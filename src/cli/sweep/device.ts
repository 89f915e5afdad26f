/** What a sweep is computed on in this process, and how long shards should therefore be. */

import { checkDevice, openDevice } from "../../gpu/device.ts";
import { DeviceComputer, type ShardComputer } from "../../sweep/computer.ts";
import type { Sweep } from "../../sweep/description.ts";
import { type BackendName, chooseBackend } from "../backends/backend.ts";
import { hasGpu } from "../backends/browser.ts";
import type { PageHost } from "../backends/openedPage.ts";
import { say } from "../exit.ts";
import { BrowserComputer } from "./browserComputer.ts";

/** Seconds that a shard should take. */
const SHARD_SECONDS = 120;
/** Shards that each process should have, so that all end at about the same time. */
const SHARDS_EACH = 8;

/**
 * Opens what computes. `auto` takes a real GPU, in Node before a browser; else the CPU, which is the same everywhere and has as many
 * processes as there are cores.
 * @throws WebGpuUnavailableError for a backend that is not there, MixupError for a browser that does not start
 */
export async function openComputer(asked: BackendName, host: PageHost): Promise<ShardComputer> {
  const chosen = await chooseBackend(asked);
  const isAuto = asked === "auto";
  if (chosen === "browser" && !(isAuto && !hasGpu())) {
    const computer = await BrowserComputer.open(host, say);
    if (!(isAuto && computer.isFallback)) return computer;
    await computer.close();
  } else if (typeof chosen === "object" && !(isAuto && chosen.isFallback)) {
    const device = checkDevice(await openDevice({ gpu: chosen.gpu }));
    return new DeviceComputer(device, chosen.computedBy.replace(/^Node [^,]*, /, ""));
  }
  const [major] = process.versions.node.split(".");
  return new DeviceComputer(checkDevice(await openDevice({ backend: "cpu" })), `Node ${major}`);
}

/** Runs a shard, so that it takes some minutes and every process gets several. */
export function fittingSize(speed: number, sweep: Sweep, processes: number): number {
  const byTime = Math.floor((SHARD_SECONDS * speed) / sweep.population(0, 1).steps);
  return Math.max(1, Math.min(byTime, Math.ceil(sweep.count / (SHARDS_EACH * processes)), 2 ** 20));
}
