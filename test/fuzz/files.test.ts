/**
 * Files: what is written is read back equal, whatever the names, types and numbers; and bytes that are no file, or were one
 * before something happened to them, are refused by an error of ours. FUZZ_RUNS raises the number.
 */

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { createTar } from "nanotar";
import { expect, test } from "vitest";
import {
  adam,
  beta,
  ConfigError,
  classDataset,
  decodeSafetensors,
  encodeSafetensors,
  LimitError,
  loadParameters,
  mixup,
  mlp,
  openDevice,
  readCifar,
  readIdx,
  resume,
  type SafetensorsData,
  saveParameters,
  train,
} from "../../src/index.ts";
import { seal } from "../../src/model/digest.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 300);

const ARRAYS = [
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/** Any tensor: random bytes as any type, in a shape that fits, at any offset of their buffer. */
const tensor = fc
  .tuple(
    fc.constantFrom(...ARRAYS),
    fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
    fc.infiniteStream(fc.nat({ max: 255 })),
  )
  .map(([type, shape, stream]) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const buffer = new ArrayBuffer(8 + length * type.BYTES_PER_ELEMENT);
    const bytes = new Uint8Array(buffer);
    for (let i = 0; i < bytes.length; i++) bytes[i] = stream.next().value!;
    return { shape, data: new type(buffer, 8, length) as SafetensorsData };
  });
const words = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("__proto__", "constructor", "", "1", "0", '"', "\\", "\ud800", "a.b"),
);

test("what is written is read back equal, bit for bit", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(words, tensor), { selector: ([name]) => name, maxLength: 5 }),
      fc.uniqueArray(fc.tuple(words, words), { selector: ([name]) => name, maxLength: 3 }),
      (tensors, metadata) => {
        const file = encodeSafetensors(Object.fromEntries(tensors), Object.fromEntries(metadata));
        const read = decodeSafetensors(file.buffer as ArrayBuffer);
        expect(Object.keys(read.tensors).sort()).toEqual(tensors.map(([name]) => name).sort());
        for (const [name, { shape, data }] of tensors) {
          expect(read.tensors[name].shape).toEqual(shape);
          expect(read.tensors[name].data.constructor).toBe(data.constructor);
          const bits = ({ buffer, byteOffset, byteLength }: SafetensorsData) =>
            Array.from(new Uint8Array(buffer, byteOffset, byteLength));
          expect(bits(read.tensors[name].data)).toEqual(bits(data));
        }
        expect(Object.entries(read.metadata).sort()).toEqual([...metadata].sort());
      },
    ),
    { seed: 45, numRuns: RUNS },
  );
});

/** A file as a format's page has it: header, data. */
function file(header: object, data: ArrayBufferView): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.byteLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 8 + json.length);
  return bytes;
}

test("half floats, by the bit patterns of IEEE 754 and of bfloat16", () => {
  const half = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x3555);
  const expected = [1, -2, 65504, 2 ** -14, 2 ** -24, -0, 1 / 0, -1 / 0, 0.333251953125];
  const read = decodeSafetensors(file({ a: { dtype: "F16", shape: [9], data_offsets: [0, 18] } }, half))
    .tensors.a.data;
  expect(read).toEqual(Float32Array.from(expected));
  const brain = Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x3eab, 0x0001);
  const brains = decodeSafetensors(file({ a: { dtype: "BF16", shape: [5], data_offsets: [0, 10] } }, brain))
    .tensors.a;
  expect(brains.data).toEqual(Float32Array.of(1, -2, 1 / 0, 0.333984375, 2 ** -133));
  const nan = file({ a: { dtype: "F16", shape: [1], data_offsets: [0, 2] } }, Uint16Array.of(0x7e00));
  expect(decodeSafetensors(nan).tensors.a.data[0]).toBeNaN();
});

test("a state dict with an I64, as nets with BatchNorm have; names that are missing and left over", () => {
  const weight = { shape: [2, 1], data: Float32Array.of(1, 2) };
  const bytes = encodeSafetensors({
    "layers.0.weight": weight,
    num_batches_tracked: { shape: [], data: BigInt64Array.of(7n) },
  });
  expect(loadParameters(bytes).num_batches_tracked).toEqual({ shape: [], data: Float64Array.of(7) });
  expect(() => loadParameters(bytes, mlp([1, 2]))).toThrow(
    "safetensors: missing: layers.0.bias; left over: num_batches_tracked.",
  );
  const whole = saveParameters({
    "layers.0.weight": weight,
    "layers.0.bias": { shape: [2], data: Float32Array.of(0, 0) },
  });
  expect(Object.keys(loadParameters(whole, mlp([1, 2]))).sort()).toEqual([
    "layers.0.bias",
    "layers.0.weight",
  ]);
  expect(() => loadParameters(whole, mlp([2, 2]))).toThrow(
    "layers.0.weight: shape [2,1]; this net needs [2,2].",
  );
});

test.each<[string, () => unknown]>([
  ["safetensors.a.data", () => encodeSafetensors({ a: { shape: [2], data: [1, 2] as never } })],
  [
    "safetensors.a.data",
    () => encodeSafetensors({ a: { shape: [2], data: new DataView(new ArrayBuffer(2)) as never } }),
  ],
  ["safetensors.__metadata__.epoch", () => encodeSafetensors({}, { epoch: 3 as never })],
  ["safetensors", () => decodeSafetensors(new Blob([]) as never)],
  ["safetensors", () => loadParameters(Promise.resolve() as never)],
  ["safetensors", () => decodeSafetensors(null as never)],
  ["safetensors", () => encodeSafetensors({}, { long: "x".repeat(1e8) })],
])("%s is refused before a byte is written or read", (path, call) => {
  expect(call).toThrow(expect.objectContaining({ name: "ConfigError", path }));
});

test("bytes in every wrapping, and bytes that are gone", async () => {
  const bytes = encodeSafetensors({ a: { shape: [3], data: Float32Array.of(1, 2, 3) } });
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3), 3);
  shared.set(bytes);
  const odd = new Uint8Array(bytes.length + 1);
  odd.set(bytes, 1);
  const wrappings = [
    bytes,
    bytes.slice().buffer,
    new DataView(odd.buffer, 1),
    odd.subarray(1),
    new Uint8ClampedArray(bytes),
    new Uint32Array(bytes.slice().buffer),
    Buffer.from(bytes),
    shared,
  ];
  for (const wrapping of wrappings)
    expect(decodeSafetensors(wrapping).tensors.a.data).toEqual(Float32Array.of(1, 2, 3));
  const gone = bytes.slice();
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  for (const read of [decodeSafetensors, loadParameters, readIdx])
    for (const what of [gone, gone.buffer])
      await expect(async () => read(what)).rejects.toMatchObject({
        name: "ConfigError",
        message: expect.stringContaining("its bytes are gone"),
      });
});

const device = await openDevice({ backend: "cpu" });
const data = classDataset({ points: [0, 1, 2], labels: [0, 1, 0], dimensions: 1 });
const runs = [0, 1].map((seed) => ({ seed, mixing: mixup(beta(1)) }));
const training = train(
  device,
  { data, model: mlp([1, 2, 2]), optimizer: adam(), steps: 4, evaluateEvery: 2, runs },
  { stopAfter: 2 },
);
await training.result;
const checkpoint = await training.checkpoint();
const idx = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4);

const cifar = new Uint8Array(2 * 3074).fill(5);
const cifarTar = createTar([{ name: "cifar-100-binary/train.bin", data: cifar }]);

/** With a digest that fits, so that what lies behind it is tried. */
function sealedAgain(bytes: Uint8Array): Uint8Array {
  const isWhole = bytes.length > 8 && new DataView(bytes.buffer).getUint32(0, true) < bytes.length;
  return isWhole ? seal(bytes) : bytes;
}

const READERS: Record<string, [Uint8Array, (bytes: Uint8Array) => unknown]> = {
  loadParameters: [
    saveParameters({ a: { shape: [2], data: Float32Array.of(1, 2) } }, { k: "v" }),
    loadParameters,
  ],
  resume: [checkpoint, (bytes) => resume(device, bytes).result],
  "resume of what was sealed again": [checkpoint, (bytes) => resume(device, sealedAgain(bytes)).result],
  readIdx: [idx, readIdx],
  readCifar: [cifar, (bytes) => readCifar([{ path: "train.bin", bytes }])],
  "readCifar of an archive": [cifarTar, (bytes) => readCifar([{ path: "cifar.tar", bytes }])],
  "readIdx of gzip": [new Uint8Array(gzipSync(idx)), readIdx],
};

test.each(Object.entries(READERS))(
  "%s: bytes to which something happened are read, or refused",
  async (_, [whole, read]) => {
    await read(whole);
    const change = fc.record({
      cut: fc.nat({ max: whole.length }),
      flips: fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 }),
      more: fc.uint8Array({ maxLength: 3 }),
      keep: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ cut, flips, more, keep }) => {
        const bytes = Uint8Array.from([...whole.subarray(0, keep ? whole.length : cut), ...more]);
        for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
        try {
          await read(bytes);
        } catch (error) {
          if (!(error instanceof ConfigError || error instanceof LimitError)) throw error;
          expect(error.message.length).toBeLessThan(300);
        }
      }),
      { seed: 46, numRuns: RUNS },
    );
  },
);

/** A bit of each byte, another one in each. */
function* flipped(whole: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < whole.length; at++) {
    const bytes = whole.slice();
    bytes[at] ^= 1 << ((at * 5 + (at >> 3)) % 8);
    yield bytes;
  }
}

test("a checkpoint with a flipped bit, wherever it is, is refused", () => {
  let refusedByDigest = 0;
  for (const bytes of flipped(checkpoint)) {
    try {
      resume(device, bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      if ((error as ConfigError).path === "checkpoint.sha256") refusedByDigest++;
      continue;
    }
    expect.unreachable("a changed checkpoint was taken");
  }
  // Many of its bytes are numbers, which nothing else tells from others.
  expect(refusedByDigest).toBeGreaterThan(checkpoint.length / 3);
});

test("parameters with a flipped bit are refused, or are the same", () => {
  const named = { a: { shape: [2, 8], data: Float32Array.from({ length: 16 }, (_, i) => i / 7) } };
  let refused = 0;
  const whole = saveParameters(named, { trained: "long" });
  for (const bytes of flipped(whole)) {
    try {
      // Where the name of the digest is hit, there is none to check.
      expect(loadParameters(bytes)).toEqual(named);
    } catch (error) {
      expect(error).toMatchObject({ name: "ConfigError" });
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(whole.length - 30);
});
