/** safetensors: what is written is read back, by the letter of the format, and nothing invalid is let in. */

import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from "../../src/model/safetensors.ts";
import { threefry } from "../../src/numeric/threefry.ts";

const TENSORS: Record<string, SafetensorsTensor> = {
  "layers.0.weight": { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-45, -0) },
  steps: { shape: [1], data: Uint32Array.of(0xffffffff) },
  moments: { shape: [2, 1, 2], data: Float64Array.of(Math.PI, -1e300, 5e-324, 7) },
  empty: { shape: [0, 4], data: new Float32Array(0) },
  scalar: { shape: [], data: Float32Array.of(42) },
};

/** A file of a header, as text or object, and data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

function contents(bytes: Uint8Array) {
  const { tensors, metadata } = decodeSafetensors(bytes);
  return { tensors: { ...tensors }, metadata: { ...metadata } };
}

describe("encode and decode", () => {
  it("give back tensors, shapes, bits and metadata", () => {
    const metadata = { config: '{"steps":5}', "": "empty name", ü: 'ünïcode \u0000 "quoted"' };
    expect(contents(encodeSafetensors(TENSORS, metadata))).toEqual({ tensors: TENSORS, metadata });
    const weight = decodeSafetensors(encodeSafetensors(TENSORS)).tensors["layers.0.weight"].data;
    expect(Object.is(weight[5], -0)).toBe(true);
  });

  it("keep NaN and infinities: a diverged run is a run", () => {
    const data = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    expect(decodeSafetensors(encodeSafetensors({ data: { shape: [3], data } })).tensors.data.data).toEqual(
      data,
    );
  });

  it("write the format: length, header padded with spaces to 8 bytes, aligned data", () => {
    const bytes = encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } }, { k: "v" });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    );
    expect(header.slice(header.trimEnd().length)).toMatch(/^ {0,7}$/);
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  it("align 8-byte numbers behind any number of 4-byte ones", () => {
    const bytes = encodeSafetensors(TENSORS);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(header.moments.data_offsets[0] % 8).toBe(0);
  });

  it("read an unaligned part of a larger buffer, and a Node Buffer, as copies", () => {
    const bytes = encodeSafetensors(TENSORS);
    const within = new Uint8Array(bytes.length + 7);
    within.set(bytes, 3);
    const view = within.subarray(3, 3 + bytes.length);
    const decoded = contents(view);
    expect(decoded.tensors).toEqual(TENSORS);
    expect(contents(Buffer.from(bytes)).tensors).toEqual(TENSORS);
    view.fill(0);
    expect(decoded.tensors).toEqual(TENSORS);
  });

  it("write views at any offset of their buffer", () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    expect(contents(encodeSafetensors({ a: { shape: [2], data } })).tensors.a.data).toEqual(
      Float32Array.of(1, 2),
    );
  });

  it("take names that objects are touchy about", () => {
    const names = ["__proto__", "constructor", "toString", "1", "0", 'quo"te', "a:b{}[]\\", "\ud800"];
    const entries = names.map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }] as const);
    const { tensors } = decodeSafetensors(encodeSafetensors(Object.fromEntries(entries)));
    for (const [name, tensor] of entries) expect(tensors[name], name).toEqual(tensor);
    expect(Object.keys(tensors).length).toBe(names.length);
    expect(Object.getPrototypeOf(tensors)).toBe(null);
  });

  it("refuse to write a shape that does not fit and the reserved name", () => {
    const data = new Float32Array(4);
    for (const shape of [[3], [2, 3], [-2, -2], [0.5, 8], [Number.NaN]]) {
      expect(() => encodeSafetensors({ a: { shape, data } })).toThrow(ConfigError);
    }
    expect(() => encodeSafetensors({ __metadata__: { shape: [4], data } })).toThrow(ConfigError);
  });
});

describe("decode", () => {
  const eight = new Uint8Array(8);
  const huge = file({});
  new DataView(huge.buffer).setBigUint64(0, 2n ** 63n, true);

  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["seven bytes", new Uint8Array(7)],
    ["a header longer than the file", file({}).subarray(0, 9)],
    ["a header of 2^63 bytes", huge],
    ["an empty header", file("")],
    ["a header that is not JSON", file("{nonsense")],
    ["a header that is not UTF-8", file("{}").map((byte, i) => (i === 8 ? 0xff : byte))],
    ["a header with a byte order mark", file("\ufeff{}")],
    ["a header that starts with a space", file(" {}")],
    ["an array for a header", file([])],
    ["null for a header", file("null")],
    [
      "a name twice",
      file(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
    ],
    [
      "a name twice, once escaped",
      file(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
    ],
    ["an entry that is no object", file({ a: 3 })],
    ["an entry without anything", file({ a: {} })],
    ["an unknown dtype", file({ a: entry(0, 8, [8], "F8_E4M3") }, eight)],
    ["a dtype that every object has", file({ a: entry(0, 8, [2], "toString") }, eight)],
    ["a dtype that is no string", file({ a: { ...entry(0, 8), dtype: 4 } }, eight)],
    ["a shape that is no array", file({ a: { ...entry(0, 8), shape: 2 } }, eight)],
    ["a negative shape", file({ a: entry(0, 8, [-2, -1]) }, eight)],
    ["a fractional shape", file({ a: entry(0, 8, [0.5, 4]) }, eight)],
    ["a shape of strings", file({ a: { ...entry(0, 8), shape: ["2"] } }, eight)],
    ["a shape too small for its bytes", file({ a: entry(0, 8, [1]) }, eight)],
    ["a shape too large for its bytes", file({ a: entry(0, 8, [3]) }, eight)],
    ["a shape that overflows", file({ a: entry(0, 8, [2 ** 52, 2 ** 52, 2 ** 52]) }, eight)],
    ["bytes that are no whole number", file({ a: entry(0, 7) }, eight.subarray(0, 7))],
    ["offsets beyond the data", file({ a: entry(0, 12) }, eight)],
    ["negative offsets", file({ a: entry(-4, 4) }, eight)],
    ["offsets turned around", file({ a: { ...entry(0, 8), data_offsets: [8, 0] } }, eight)],
    ["one offset", file({ a: { ...entry(0, 8), data_offsets: [0] } }, eight)],
    ["overlapping tensors", file({ a: entry(0, 8), b: entry(4, 8) }, eight)],
    ["the same bytes twice", file({ a: entry(0, 8), b: entry(0, 8) }, eight)],
    ["a gap before", file({ a: entry(4, 8) }, eight)],
    ["a gap between", file({ a: entry(0, 4), b: entry(8, 12) }, new Uint8Array(12))],
    ["bytes left over", file({ a: entry(0, 4) }, eight)],
    ["data without tensors", file({}, eight)],
    ["metadata that are no strings", file({ __metadata__: { steps: 5 } })],
    ["metadata that are no object", file({ __metadata__: "5" })],
  ])("refuses %s", (_, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(ConfigError);
  });

  it("takes no tensors at all, and tensors in any order", () => {
    expect(contents(file({}))).toEqual({ tensors: {}, metadata: {} });
    const { tensors } = contents(file({ b: entry(4, 8), a: entry(0, 4), none: entry(4, 4) }, eight));
    expect(Object.keys(tensors).sort()).toEqual(["a", "b", "none"]);
  });

  it("is not polluted by __proto__, in names or metadata", () => {
    const header = `{"__proto__":${JSON.stringify(entry(0, 8))},"__metadata__":{"__proto__":"x"}}`;
    const { tensors, metadata } = decodeSafetensors(file(header, eight));
    expect(Object.keys(tensors)).toEqual(["__proto__"]);
    expect(Object.keys(metadata)).toEqual(["__proto__"]);
    expect((metadata as { polluted?: string }).polluted).toBeUndefined();
    expect(Object.keys({})).toEqual([]);
  });

  it("refuses every truncation", () => {
    const bytes = encodeSafetensors(TENSORS, { k: "v" });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length)), `${length} bytes`).toThrow(ConfigError);
    }
  });

  it("answers damaged files with a ConfigError or a whole file, never with another error (6000 seeded trials)", () => {
    const original = encodeSafetensors(TENSORS, { config: "{}" });
    const headerEnd = 8 + Number(new DataView(original.buffer).getBigUint64(0, true));
    let [refused, accepted] = [0, 0];
    for (let trial = 0; trial < 6000; trial++) {
      const bytes = original.slice();
      const flips = 1 + (threefry(1, 98, trial, 0) % 3);
      for (let flip = 1; flip <= flips; flip++) {
        const word = threefry(1, 98, trial, flip);
        bytes[word % headerEnd] ^= 1 << (word >>> 29);
      }
      try {
        for (const { shape, data } of Object.values(decodeSafetensors(bytes).tensors)) {
          if (shape.reduce((a, b) => a * b, 1) !== data.length)
            expect.fail(`trial ${trial}: [${shape}], ${data.length}`);
        }
        accepted++;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        refused++;
      }
    }
    // A flip in a name or in metadata makes another valid file.
    expect(refused).toBeGreaterThan(3000);
    expect(accepted).toBeGreaterThan(30);
  });
});
