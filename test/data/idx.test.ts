import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readIdx } from "../../src/data/idx.ts";
import { ConfigError } from "../../src/errors.ts";

/** Type 8 (bytes), shape [2, 3], values 1 .. 6. */
const small = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

describe("readIdx", () => {
  test("reads plain and gzip bytes alike", async () => {
    for (const file of [small, new Uint8Array(gzipSync(small)), small.buffer]) {
      const { shape, values } = await readIdx(file);
      expect(shape).toEqual([2, 3]);
      expect(values).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    }
  });

  test("reads a view into a larger buffer", async () => {
    const larger = new Uint8Array(small.length + 10).fill(7);
    larger.set(small, 5);
    const { values } = await readIdx(larger.subarray(5, 5 + small.length));
    expect(values).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  test("reads every type, big-endian", async () => {
    const head = (type: number) => [0, 0, type, 1, 0, 0, 0, 1];
    const one = async (type: number, bytes: number[]) =>
      (await readIdx(Uint8Array.from([...head(type), ...bytes]))).values[0];
    expect(await one(9, [0xfe])).toBe(-2);
    expect(await one(11, [0xff, 0x00])).toBe(-256);
    expect(await one(12, [0, 1, 0, 0])).toBe(65536);
    expect(await one(13, [0x3f, 0xc0, 0, 0])).toBe(1.5);
    expect(await one(14, [0xc0, 4, 0, 0, 0, 0, 0, 0])).toBe(-2.5);
  });

  test.each([
    ["empty", new Uint8Array()],
    ["wrong magic", Uint8Array.of(1, 0, 8, 1, 0, 0, 0, 0)],
    ["unknown type", Uint8Array.of(0, 0, 10, 1, 0, 0, 0, 0)],
    ["no axes", Uint8Array.of(0, 0, 8, 0)],
    ["truncated header", small.slice(0, 9)],
    ["truncated values", small.slice(0, -1)],
    ["trailing bytes", Uint8Array.of(...small, 0)],
    ["huge shape", Uint8Array.of(0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1)],
    ["truncated gzip", new Uint8Array(gzipSync(small)).slice(0, -6)],
    ["bytes after gzip", Uint8Array.of(...gzipSync(small), 1, 2, 3)],
  ])("refuses %s, naming the file", async (_name, bytes) => {
    const error = await readIdx(bytes, "train-images").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).path).toBe("train-images");
  });
});
