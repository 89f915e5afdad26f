/** Folders of images in a browser: its own decoder, and a real folder behind a handle. */

import { expect, test } from "vitest";
import { folderFiles } from "../../src/data/folderFiles.ts";
import { readImageFolder } from "../../src/data/imageFolder.ts";

/** A PNG of some pixels. */
async function png(width: number, height: number, pixels: number[]): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.putImageData(new ImageData(Uint8ClampedArray.from(pixels), width, height), 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

/** A chunk of a PNG, its checksum included. */
function chunk(type: string, data: number[]): number[] {
  const body = [...new TextEncoder().encode(type), ...data];
  let crc = -1;
  for (const byte of body) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const word = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  return [...word(data.length), ...body, ...word(~crc)];
}

test("bytes of a PNG come back as they were, whatever gamma it claims", async () => {
  const colours = [1, 2, 3, 255, 100, 150, 200, 255, 254, 255, 0, 255, 17, 99, 250, 255];
  const plain = await png(2, 2, colours);
  const bytes = [...new Uint8Array(await plain.arrayBuffer())];
  // After the signature and IHDR: 8 + 25 bytes.
  const dark = new Blob([
    Uint8Array.from([...bytes.slice(0, 33), ...chunk("gAMA", [0, 0, 0x4e, 0x20]), ...bytes.slice(33)]),
  ]);
  const { images, refused } = await readImageFolder([
    { path: "a/1.png", file: plain },
    { path: "b/1.png", file: dark },
    { path: "b/cut.png", file: plain.slice(0, 40) },
    { path: "b/notes.txt", file: new Blob(["hello"]) },
  ]);
  const planes = [0, 1, 2].flatMap((c) => [0, 1, 2, 3].map((k) => colours[4 * k + c]));
  expect([...images.images.values]).toEqual([...planes, ...planes]);
  expect(refused.map(({ path }) => path)).toEqual(["b/cut.png", "b/notes.txt"]);
});

test("what is transparent is black, and a JPEG is near its colour", async () => {
  const jpeg = new OffscreenCanvas(8, 8);
  const context = jpeg.getContext("2d")!;
  context.fillStyle = "rgb(100, 150, 200)";
  context.fillRect(0, 0, 8, 8);
  const { images } = await readImageFolder(
    [
      { path: "a/1.png", file: await png(1, 1, [200, 100, 50, 0]) },
      { path: "b/1.jpg", file: await jpeg.convertToBlob({ type: "image/jpeg", quality: 1 }) },
    ],
    { size: [1, 1] },
  );
  expect([...images.images.values.subarray(0, 3)]).toEqual([0, 0, 0]);
  [100, 150, 200].forEach((value, c) => {
    expect(Math.abs(images.images.values[3 + c] - value)).toBeLessThanOrEqual(2);
  });
});

test("a folder behind a handle is read to its depths", async () => {
  const storage = await navigator.storage.getDirectory();
  const root = await storage.getDirectoryHandle("images", { create: true });
  try {
    for (const [place, value] of [["b", 9] as const, ["a", 5] as const]) {
      const folder = await root.getDirectoryHandle(place, { create: true });
      const deep = await folder.getDirectoryHandle("deep", { create: true });
      const writable = await (await deep.getFileHandle("1.png", { create: true })).createWritable();
      await writable.write(await png(1, 1, [value, value, value, 255]));
      await writable.close();
    }
    const { images, classNames } = await readImageFolder(await folderFiles(root), { color: "grey" });
    expect(classNames).toEqual(["a", "b"]);
    expect([...images.images.values]).toEqual([5, 9]);
  } finally {
    await storage.removeEntry("images", { recursive: true });
  }
});
