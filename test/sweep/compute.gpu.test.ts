/** Shards on a GPU: any slicing gives the same rows, whatever the neighbours ask for; from a checkpoint, too. */

import { expect, it } from "vitest";
import { alternatingLine } from "../../src/data/lines.ts";
import { checkDevice, openDevice } from "../../src/gpu/device.ts";
import { computeShard, type Partials, sweepEngine } from "../../src/sweep/compute.ts";
import { resolveSweep } from "../../src/sweep/description.ts";
import { appended, decodeShard, encodeShard } from "../../src/sweep/results.ts";

const sweep = await resolveSweep(
  {
    format: "mixup-webgpu sweep 1",
    data: [{ name: "three", generator: "alternatingLine" }],
    model: { sizes: [1, 20, 2] },
    steps: 300,
    evaluateEvery: 70,
    probePoints: [0, 1],
    grid: {
      seed: { count: 3 },
      mixing: [
        { kind: "erm" },
        { kind: "mixup", law: { kind: "beta", a: 2 }, pairing: "other", granularity: "sample" },
        { kind: "mixup", law: { kind: "uniform" }, pairing: "permutation" },
      ],
      optimizer: [
        { kind: "adam", learningRate: 0.01 },
        { kind: "adam", learningRate: 0.02, weightDecay: 0.01, gradients: "accumulated" },
      ],
    },
    keep: ["final", "curves", "parameters"],
  },
  async () => alternatingLine({ points: 3, classes: 2 }),
);

/** Keeps states in memory. */
function memory(): Partials & { readonly kept: Map<number, Uint8Array> } {
  const kept = new Map<number, Uint8Array>();
  return {
    kept,
    read: async ({ from }) => kept.get(from),
    write: async ({ from }, bytes) => void kept.set(from, bytes),
    remove: async ({ from }) => void kept.delete(from),
  };
}

it("any slicing gives the same bytes, stopped on the way or not", async () => {
  const device = checkDevice(await openDevice());
  const engine = sweepEngine(device, "test");
  const running = { signal: new AbortController().signal, partials: memory(), checkpointEvery: 1e9 };
  const whole = { from: 0, to: sweep.count };
  expect(sweep.segmentEnds).toEqual([18]);
  const file = encodeShard(sweep, whole, engine, await computeShard(device, sweep, whole, running));
  for (const cuts of [
    [5, 11, 18],
    [1, 2, 17, 18],
  ]) {
    let [from, rows] = [0, undefined as Awaited<ReturnType<typeof computeShard>> | undefined];
    for (const to of cuts) {
      // Each part is stopped once, and goes on from what was kept.
      const stop = new AbortController();
      const partials = memory();
      const stopped = computeShard(
        device,
        sweep,
        { from, to },
        {
          signal: stop.signal,
          partials,
          checkpointEvery: 0,
          onSteps: () => stop.abort(new Error("stopped")),
        },
      ).catch((error) => error);
      const outcome = await stopped;
      const part =
        outcome instanceof Error
          ? await computeShard(device, sweep, { from, to }, { ...running, partials })
          : outcome;
      rows = rows === undefined ? part : appended(rows, part);
      from = to;
    }
    expect(encodeShard(sweep, whole, engine, rows!)).toEqual(file);
  }
  expect(decodeShard(file, sweep, whole).rows["final.loss"].shape).toEqual([18]);
  device.destroy();
});
