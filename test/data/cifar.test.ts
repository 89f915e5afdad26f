/** CIFAR's binary files, made here with known bytes: order of labels and planes, archives, and what is refused by name. */

import { gzipSync } from "node:zlib";
import { createTar } from "nanotar";
import { describe, expect, test } from "vitest";
import { type CifarFile, readCifar } from "../../src/data/cifar.ts";
import { imageDataset, NORMALIZATIONS } from "../../src/data/imageDataset.ts";

/** A record: labels, then planes in which red is 1 + n, green 101 + n, blue 201 + n, but for the first of each. */
function record(n: number, ...labels: number[]): number[] {
  const plane = (value: number) => [value + 50, ...new Array<number>(1023).fill(value)];
  return [...labels, ...plane(1 + n), ...plane(101 + n), ...plane(201 + n)];
}
const file = (path: string, ...records: number[][]): CifarFile => ({
  path,
  bytes: Uint8Array.from(records.flat()),
});
const names = (path: string, count: number, word = "class"): CifarFile => ({
  path,
  bytes: new TextEncoder().encode(
    `${Array.from({ length: count }, (_, c) => `${word} ${c}`).join("\n")}\n\n`,
  ),
});

const ten = [
  file("data_batch_2.bin", record(2, 9)),
  file("folder/data_batch_1.bin", record(0, 3), record(1, 0)),
  file("test_batch.bin", record(3, 5)),
  names("batches.meta.txt", 10),
];
const hundred = [
  file("train.bin", record(0, 19, 99), record(1, 0, 7), record(2, 19, 98)),
  file("test.bin", record(3, 0, 7)),
];

describe("readCifar", () => {
  test("CIFAR-10: batches in order, red before green before blue, names", async () => {
    const { train, test, classNames } = await readCifar(ten);
    expect(train!.images.shape).toEqual([3, 3, 32, 32]);
    expect(train!.labels).toEqual({ shape: [3], values: Uint8Array.of(3, 0, 9) });
    expect(train!.classes).toBe(10);
    const { values } = train!.images;
    expect([0, 1, 1024, 1025, 2048, 2049].map((k) => values[k])).toEqual([51, 1, 151, 101, 251, 201]);
    expect([0, 1, 2].map((n) => values[n * 3072 + 5])).toEqual([1, 2, 3]);
    expect(test!.labels.values).toEqual(Uint8Array.of(5));
    expect(classNames[9]).toBe("class 9");
  });

  test("CIFAR-100: the coarse label stands before the fine one", async () => {
    const fine = await readCifar(hundred);
    expect([fine.train!.labels.values, fine.train!.classes]).toEqual([Uint8Array.of(99, 7, 98), 100]);
    expect(fine.train!.images.values[0]).toBe(51);
    expect(fine.classNames).toHaveLength(100);
    const coarse = await readCifar(
      [...hundred, names("fine_label_names.txt", 100), names("coarse_label_names.txt", 20, "group")],
      { labels: "coarse" },
    );
    expect([coarse.train!.labels.values, coarse.train!.classes]).toEqual([Uint8Array.of(19, 0, 19), 20]);
    expect(coarse.classNames[19]).toBe("group 19");
  });

  test("a file alone, and files in archives, packed or not", async () => {
    const alone = await readCifar([ten[2]]);
    expect(alone).toMatchObject({ test: { classes: 10 } });
    expect(alone.train).toBeUndefined();
    const entries = [
      { name: "cifar-10-batches-bin/" },
      ...ten.map(({ path, bytes }) => ({ name: `cifar-10-batches-bin/${path}`, data: bytes as Uint8Array })),
      { name: "cifar-10-batches-bin/readme.html", data: "<html>" },
    ];
    const tar = createTar(entries);
    const odd = new Uint8Array(tar.length + 3);
    odd.set(tar, 3);
    const expected = await readCifar(ten);
    for (const bytes of [tar, odd.subarray(3), new Uint8Array(gzipSync(tar))])
      expect(await readCifar([{ path: "cifar-10-binary.tar.gz", bytes }])).toEqual(expected);
    expect(
      await readCifar([{ path: "test_batch.bin.gz", bytes: gzipSync(ten[2].bytes as Uint8Array) }]),
    ).toEqual(alone);
  });

  test("becomes a data set, with the authors' normalisation", async () => {
    const { train } = await readCifar(ten);
    const data = imageDataset({ ...train!, ...NORMALIZATIONS.cifar10 });
    expect(data).toMatchObject({ size: 3, shape: [3, 32, 32], targetSize: 10 });
    expect(data.points[1024]).toBe(Math.fround((151 / 255 - 0.4822) / 0.1994));
  });
});

const cut = (whole: CifarFile, by: number): CifarFile => ({
  ...whole,
  bytes: (whole.bytes as Uint8Array).slice(0, -by),
});
const tarOf = (name: string) => createTar([{ name, data: new Uint8Array(2000) }]);

test.each<[string, string, string, CifarFile[]]>([
  ["a truncated file", "test_batch.bin", "3072 bytes", [ten[0], cut(ten[2], 1)]],
  ["an empty file", "train.bin", "empty", [{ path: "train.bin", bytes: new Uint8Array() }]],
  [
    "a label out of range",
    "data_batch_1.bin",
    "record 1 has label 10",
    [file("data_batch_1.bin", record(0, 9), record(1, 10))],
  ],
  ["a coarse label out of range", "test.bin", "coarse label 20", [file("test.bin", record(0, 20, 5))]],
  ["swapped labels", "train.bin", "record 0 has coarse label 99", [file("train.bin", record(0, 99, 19))]],
  [
    "a fine class in two groups",
    "train.bin",
    "fine class 7 in coarse class 1",
    [hundred[1], file("train.bin", record(0, 0, 7), record(1, 1, 7))],
  ],
  ["the other data set", "test.bin", "CIFAR-100", [ten[1], hundred[1]]],
  [
    "a file twice",
    "b/test.bin",
    "twice",
    [
      { ...hundred[1], path: "a/test.bin" },
      { ...hundred[1], path: "b/test.bin" },
    ],
  ],
  ["a name that says nothing", "images.bin", "by its name", [{ ...ten[0], path: "images.bin" }]],
  [
    "the version for Python",
    "data_batch_1",
    "binary version",
    [{ path: "data_batch_1", bytes: Uint8Array.of(0x80, 2) }],
  ],
  [
    "its archive",
    "a.tar.gz",
    "binary version",
    [{ path: "a.tar.gz", bytes: tarOf("cifar-10-batches-py/data_batch_1") }],
  ],
  ["a truncated archive", "a.tar", "truncated", [{ path: "a.tar", bytes: tarOf("test.bin").slice(0, 1500) }]],
  [
    "broken compression",
    "a.tar.gz",
    "gzip",
    [{ path: "a.tar.gz", bytes: new Uint8Array(gzipSync(tarOf("test.bin"))).slice(0, -9) }],
  ],
  ["too few names", "batches.meta.txt", "9 names", [ten[0], names("batches.meta.txt", 9)]],
  ["names alone", "files", "no images", [names("batches.meta.txt", 10)]],
  ["no files", "files", "no images", []],
])("%s: the error names the file and what was found", async (_name, path, found, files) => {
  const error = await readCifar(files).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: "ConfigError", path, message: expect.stringContaining(found) });
});

test("an archive whose sizes are damaged is refused, and ends", async () => {
  for (const size of ["-0000002000", "zzz", "77777777777"]) {
    const bytes = tarOf("test.bin");
    bytes.set(new TextEncoder().encode(size), 124);
    await expect(readCifar([{ path: "a.tar", bytes }])).rejects.toMatchObject({
      name: "ConfigError",
      path: "a.tar",
    });
  }
});

test("coarse labels of CIFAR-10 are refused", async () => {
  await expect(readCifar(ten, { labels: "coarse" })).rejects.toMatchObject({ path: "options.labels" });
});
