/** Four IDX files that make training and test images, and everything that may be wrong with them. */

import { expect, test } from "vitest";
import {
  imageSubset,
  momentsOf,
  type NamedFile,
  readCifarSplits,
  readImageSplits,
} from "../../src/data/imageSplits.ts";
import { ConfigError } from "../../src/errors.ts";

/** An IDX file of bytes. */
function idx(path: string, shape: number[], values: number[], type = 8): NamedFile {
  const sizes = shape.flatMap((size) => [0, 0, size >> 8, size & 255]);
  return { path, bytes: Uint8Array.from([0, 0, type, shape.length, ...sizes, ...values]) };
}

const good = {
  trainImages: idx("a", [3, 1, 2], [0, 255, 51, 102, 255, 255]),
  trainLabels: idx("b", [3], [0, 1, 2]),
  testImages: idx("c", [2, 1, 2], [1, 2, 3, 4]),
  testLabels: idx("d", [2], [1, 0]),
};

test("bytes, labels and sizes as in the files", async () => {
  const splits = await readImageSplits(good);
  expect(splits).toMatchObject({ height: 1, width: 2, classes: 3 });
  expect(splits.train.pixels).toEqual(Uint8Array.of(0, 255, 51, 102, 255, 255));
  expect(splits.test.labels).toEqual(Uint8Array.of(1, 0));
});

test.each([
  ["labels for images", "a", { trainImages: good.trainLabels && idx("a", [3], [0, 1, 2]) }],
  ["images for labels", "d", { testLabels: idx("d", [2, 1, 2], [1, 2, 3, 4]) }],
  ["numbers that are not bytes", "a", { trainImages: idx("a", [1, 1, 1], [0, 0, 0, 0], 13) }],
  ["no images", "c", { testImages: idx("c", [0, 1, 2], []), testLabels: idx("d", [0], []) }],
  ["a truncated file", "c", { testImages: idx("c", [2, 1, 2], [1, 2, 3]) }],
  ["no IDX at all", "b", { trainLabels: { path: "b", bytes: Uint8Array.of(60, 104, 116, 109, 108) } }],
  ["labels of another set", "b", { trainLabels: idx("b", [2], [0, 1]) }],
  ["test images of another size", "c", { testImages: idx("c", [2, 2, 1], [1, 2, 3, 4]) }],
  ["an empty class", "b", { trainLabels: idx("b", [3], [0, 1, 3]) }],
  ["a single class", "b", { trainLabels: idx("b", [3], [0, 0, 0]) }],
  ["a test class that is not trained on", "d", { testLabels: idx("d", [2], [1, 3]) }],
])("%s: the error names the file", async (_name, path, change) => {
  const error = await readImageSplits({ ...good, ...change }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).path).toBe(path);
});

test("pixels are normalised by the mean and deviation of all training pixels", async () => {
  const splits = await readImageSplits(good);
  const { train } = splits;
  // Pixels over 255: 0, 1, 0.2, 0.4, 1, 1.
  const moments = momentsOf(splits);
  expect(moments).toEqual({ mean: [0.6], deviation: [0.4163] });
  const data = imageSubset(train, [2, 0], 3, moments);
  expect(Array.from(data.labels!)).toEqual([2, 0]);
  [1, 1, 0, 1].forEach((pixel, i) => {
    expect(data.points[i]).toBeCloseTo((pixel - 0.6) / 0.4163, 6);
  });
  expect(data.shape).toEqual([1, 1, 2]);
  const blank = { shape: [1, 2, 2], pixels: new Uint8Array(4), labels: new Uint8Array(1) } as const;
  expect(momentsOf({ ...splits, train: blank }).deviation).toEqual([1]);
});

test("CIFAR: channel after channel, with the moments that the authors use", async () => {
  const record = (...[label, red, green, blue]: number[]) => {
    const bytes = new Uint8Array(3073).fill(red, 1, 1025).fill(green, 1025, 2049).fill(blue, 2049);
    bytes[0] = label;
    return bytes;
  };
  const file = (path: string, ...records: Uint8Array[]) => ({
    path,
    bytes: Uint8Array.from(records.flatMap((bytes) => [...bytes])),
  });
  const files = [
    file("data_batch_1.bin", record(3, 255, 0, 51), record(9, 1, 2, 3)),
    file("test_batch.bin", record(0, 0, 0, 0)),
  ];
  const splits = await readCifarSplits(files, "folder");
  expect([splits.classes, splits.train.shape, splits.test.labels.length]).toEqual([10, [3, 32, 32], 1]);
  expect(momentsOf(splits).mean).toEqual([0.4914, 0.4822, 0.4465]);
  const { points, labels } = imageSubset(splits.train, [0, 1], 10, momentsOf(splits));
  expect([...labels!]).toEqual([3, 9]);
  expect(points[0]).toBeCloseTo((1 - 0.4914) / 0.2023, 6);
  expect(points[1024]).toBeCloseTo(-0.4822 / 0.1994, 6);
  expect(points[2048 + 1023]).toBeCloseTo((0.2 - 0.4465) / 0.201, 6);
  await expect(readCifarSplits([files[0]], "folder")).rejects.toMatchObject({ path: "folder" });
});
