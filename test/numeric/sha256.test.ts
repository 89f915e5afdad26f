/** SHA-256: the standard's own examples, and Node's on bytes of all lengths around a block, in pieces. */

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Sha256, sha256 } from "../../src/numeric/sha256.ts";

test("the examples of FIPS 180-4", () => {
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).toBe(
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
});

test("Node's answer, at all lengths around two blocks, in one piece and in two", () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * i * 31 + 7) & 255);
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length);
    const expected = createHash("sha256").update(part).digest("hex");
    expect(sha256(part)).toBe(expected);
    const cut = (length * 7) % (length + 1);
    expect(new Sha256().update(part.subarray(0, cut)).update(part.subarray(cut)).digest()).toBe(expected);
  }
});
