/** The line of a sweep: shards, speed, and the time that is left by what was finished since. */

import { expect, test } from "vitest";
import { SweepProgress, short, sweepLine } from "../../src/cli/sweep/sweepProgress.ts";

test("a line", () => {
  expect(sweepLine({ shards: 40, done: 12, failed: 0 }, 0, 12, 5)).toBe("shards 12/40");
  expect(sweepLine({ shards: 40, done: 20, failed: 2 }, 1.94e6, 10, 60)).toBe(
    "shards 20/40  failed 2  1.9M net-steps/s  2:00 left",
  );
  expect(sweepLine({ shards: 40, done: 40, failed: 0 }, 0, 10, 60)).toBe("shards 40/40");
  expect([7, 999, 1500, 15_400, 2e7].map(short)).toEqual(["7", "999", "1.5k", "15k", "20M"]);
});

test("one of many who look has the turn", () => {
  let time = 0;
  const written: string[] = [];
  const progress = new SweepProgress({ write: (text) => written.push(text) }, () => time);
  expect(progress.takeTurn()).toBe(false);
  time = 10_000;
  expect([progress.takeTurn(), progress.takeTurn()]).toEqual([true, false]);
  progress.add(20_000);
  progress.draw({ shards: 4, done: 1, failed: 0 });
  progress.close();
  expect(written).toEqual(["shards 1/4  2.0k net-steps/s\n"]);
});
