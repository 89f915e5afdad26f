/** Image files in a folder: those that come with the repository, plain ones, missing ones. */

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readImageFolder } from "../../src/cli/imageFolder.ts";

async function copy(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mixup-images-"));
  await cp(new URL("../../data/fashion-mnist", import.meta.url), folder, { recursive: true });
  return folder;
}

test("the images that come with the repository: 80 and 40 of each class", async () => {
  const { height, width, classes, train, test } = await readImageFolder();
  expect([height, width, classes]).toEqual([28, 28, 10]);
  for (const [{ labels, pixels }, perClass] of [[train, 80] as const, [test, 40] as const]) {
    expect(pixels).toHaveLength(10 * perClass * 784);
    for (let c = 0; c < 10; c++) expect(labels.filter((label) => label === c)).toHaveLength(perClass);
  }
});

test("unpacked files are as good", async () => {
  const folder = await copy();
  const path = join(folder, "train-images-idx3-ubyte");
  await writeFile(path, gunzipSync(await readFile(`${path}.gz`)));
  await rm(`${path}.gz`);
  const [unpacked, packed] = [await readImageFolder(folder), await readImageFolder()];
  expect(Buffer.compare(unpacked.train.pixels, packed.train.pixels)).toBe(0);
});

test("a missing or truncated file is named", async () => {
  const folder = await copy();
  const path = join(folder, "t10k-labels-idx1-ubyte");
  await writeFile(`${path}.gz`, (await readFile(`${path}.gz`)).subarray(0, 100));
  await expect(readImageFolder(folder)).rejects.toMatchObject({ name: "ConfigError", path: `${path}.gz` });
  await rm(`${path}.gz`);
  await expect(readImageFolder(folder)).rejects.toMatchObject({ name: "ConfigError", path });
  await expect(readImageFolder(join(folder, "nowhere"))).rejects.toThrow("no such file");
});
