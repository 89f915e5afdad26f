/**
 * How many of its cases a test tries. In Chromium all of them; on further adapters, where most of the time is compiling, `.ci/run`
 * takes one in ONE_CASE_IN. Nothing else is left out: every kernel and every variant meets some of the sizes.
 */

const step = Number(globalThis.process?.env.ONE_CASE_IN ?? 1);
if (!Number.isInteger(step) || step < 1) throw new Error("ONE_CASE_IN is a whole number from 1 on");

/** The cases to try. Variants that give their own `turn` (0, 1, ...) try others, so that together they try all. */
export function selected<T>(cases: readonly T[], turn = 0): readonly T[] {
  return cases.filter((_, i) => (i + turn) % step === 0);
}
