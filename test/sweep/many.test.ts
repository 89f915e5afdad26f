/**
 * Very many shards: what a command holds in memory does not grow with them. SCALE_SHARDS says how many (`npm run test:scale`); few show
 * only what is lost at each.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { DESCRIPTION, newFolder, sweep, written } from "./sweeps.ts";

const SHARDS = Number(process.env.SCALE_SHARDS ?? 400);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

test("memory is flat from a quarter of the shards on", async () => {
  const file = await written({
    ...DESCRIPTION,
    data: DESCRIPTION.data.slice(0, 1),
    model: { sizes: [1, 1, 2] },
    steps: 1,
    grid: { seed: { count: SHARDS }, mixing: [{ kind: "erm" }], optimizer: [{ kind: "sgd" }] },
    keep: ["final"],
  });
  const out = await newFolder();
  expect((await sweep(file, "--out", out, "--shard-size", "1", "--shard", "1/4")).code).toBe(0);
  const before = heap();
  expect((await sweep(file, "--out", out)).code).toBe(0);
  // A megabyte is what compiled code and caches come and go with.
  expect(heap()).toBeLessThan(1.1 * before + 2 ** 20);
});
