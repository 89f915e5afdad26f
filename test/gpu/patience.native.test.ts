/**
 * Waiting in Node leaves the processor to whoever works: the loop of immediates that asks takes few turns. How long a wait is does
 * not matter: a rest lasts an eighth of it so far.
 */

import { expect, test, vi } from "vitest";
import { waitFor } from "../../src/gpu/patience.ts";

/** Turns of the loop of immediates until a promise settles. */
async function turnsDuring(promise: Promise<unknown>): Promise<number> {
  let turns = 0;
  let goesOn = true;
  const count = () => {
    turns++;
    if (goesOn) setImmediate(count);
  };
  setImmediate(count);
  await promise;
  goesOn = false;
  return turns;
}

const after = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds, "done"));

test("While something is waited for, the loop rests between its turns", async () => {
  const waited = waitFor(after(300));
  const turns = await turnsDuring(waited);
  expect(await waited).toBe("done");
  // 300 rests of a millisecond, and some 70 shorter ones before them.
  expect(turns).toBeLessThan(600);
});

test("There is one loop of rests, however many waits come after each other", async () => {
  // As Dawn has it: a wait ends within a turn of immediates, and the next begins before the pending rest has had its own.
  for (let i = 0; i < 60; i++) await waitFor(new Promise((resolve) => setImmediate(resolve)));
  const rests = vi.spyOn(Atomics, "wait");
  const turns = await turnsDuring(waitFor(after(100)));
  // Sixty loops would rest sixty times a turn.
  expect(rests.mock.calls.length).toBeGreaterThan(0);
  expect(rests.mock.calls.length).toBeLessThanOrEqual(turns + 2);
  rests.mockRestore();
});

test("Nothing rests when nothing is waited for, also after a failure", async () => {
  await expect(waitFor(Promise.reject(new Error("lost")))).rejects.toThrow("lost");
  // The same wait without rests: as many turns as there is time for.
  expect(await turnsDuring(after(300))).toBeGreaterThan(600);
});
