/** What data are in short: whatever the order of keys, and the numbers as they are now. */

import { expect, test } from "vitest";
import { canonicalJson, fingerprint } from "../../src/numeric/fingerprint.ts";

test("the order of keys and what is undefined do not matter, everything else does", () => {
  const one = { b: [1, { y: 2, x: "a" }], a: Float32Array.of(1, 2), c: undefined };
  expect(fingerprint(one)).toBe(fingerprint({ a: Float32Array.of(1, 2), b: [1, { x: "a", y: 2 }] }));
  const others = [
    { ...one, a: Float64Array.of(1, 2) },
    { ...one, a: Float32Array.of(2, 1) },
    { ...one, a: [1, 2] },
    { ...one, b: [{ x: "a", y: 2 }, 1] },
    { ...one, d: null },
  ];
  expect(new Set([one, ...others].map(fingerprint)).size).toBe(1 + others.length);
  expect(canonicalJson({ b: 1, a: 0.1 })).toBe('{"a":0.1,"b":1}');
});

test("numbers that were changed in place are other numbers", () => {
  const numbers = Float32Array.of(1, 2);
  const before = fingerprint({ numbers });
  numbers[0] = 3;
  expect(fingerprint({ numbers })).not.toBe(before);
});
