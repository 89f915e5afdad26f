/** Payloads of jobs: what is none is refused with its place, and no part of it becomes a path. SCALE_RUNS raises how many are tried. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { checkShardJob, shardJob, shardJobId } from "../../src/sweep/job.ts";

const SWEEP = "0123456789abcdef".repeat(2);
const TRIES = Math.max(1000, 100 * Number(process.env.SCALE_RUNS ?? 0));

test("what the queue is given is understood by who takes it", () => {
  const job = shardJob(SWEEP, { from: 3, to: 12 });
  expect(checkShardJob(JSON.parse(JSON.stringify(job)))).toEqual({ v: 1, sweep: SWEEP, from: 3, to: 12 });
  expect(shardJobId(SWEEP, job)).toBe(`${SWEEP}-3-12`);
});

describe("refused, with its place", () => {
  const job = shardJob(SWEEP, { from: 0, to: 4 });
  test.each<[unknown, string]>([
    [undefined, "job"],
    [null, "job"],
    ["rm", "job"],
    [[job], "job"],
    [{ ...job, v: 2 }, "job.v"],
    [{ ...job, v: undefined }, "job.v"],
    [{ ...job, sweep: "../../../../etc/passwd" }, "job.sweep"],
    [{ ...job, sweep: `/${SWEEP.slice(1)}` }, "job.sweep"],
    [{ ...job, sweep: SWEEP.toUpperCase() }, "job.sweep"],
    [{ ...job, sweep: `${SWEEP}\n` }, "job.sweep"],
    [{ ...job, sweep: [SWEEP] }, "job.sweep"],
    [{ ...job, from: -1 }, "job.from"],
    [{ ...job, from: "0" }, "job.from"],
    [{ ...job, from: 0.5 }, "job.from"],
    [{ ...job, to: 0 }, "job.to"],
    [{ ...job, to: 2 ** 20 + 1 }, "job.to"],
    [{ ...job, from: 1e9 - 1, to: 1e9 + 1 }, "job.to"],
    [{ ...job, to: Number.NaN }, "job.to"],
    [{ ...job, path: "/etc" }, "job.path"],
    [JSON.parse(`{"v":1,"sweep":"${SWEEP}","from":0,"to":4,"__proto__":{"a":1}}`), "job.__proto__"],
  ])("%j", (data, path) => {
    let refused: unknown;
    try {
      checkShardJob(data);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(ConfigError);
    expect((refused as ConfigError).path).toBe(path);
  });
});

test("whatever comes is understood as what it says, or is a ConfigError", () => {
  const anything = fc.oneof(
    fc.anything({ withNullPrototype: true, withDate: true, withTypedArray: true }),
    fc.record(
      {
        v: fc.constantFrom(1, true, "1"),
        sweep: fc.oneof(fc.constant(SWEEP), fc.string()),
        from: fc.float(),
        to: fc.anything(),
      },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(anything, (data) => {
      try {
        const { sweep, from, to } = checkShardJob(data);
        expect(sweep).toBe(SWEEP);
        expect(Number.isInteger(from) && Number.isInteger(to) && to > from).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { seed: 17, numRuns: TRIES },
  );
});
