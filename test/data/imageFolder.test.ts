/** Folders of images, with a decoder of the test's own: classes, sizes, colours, order, and every refusal by name. */

import { describe, expect, test } from "vitest";
import type { DecodedImage } from "../../src/data/decodeImage.ts";
import { type FolderFile, folderFiles } from "../../src/data/folderFiles.ts";
import { channelMoments, imageDataset } from "../../src/data/imageDataset.ts";
import { readImageFolder } from "../../src/data/imageFolder.ts";

/** An "image file": JSON of width, height and the pixels' four bytes. */
const image = (path: string, width: number, height: number, data: number[]): FolderFile => ({
  path,
  file: new Blob([JSON.stringify({ width, height, data })]),
});
const decode = async (file: Blob): Promise<DecodedImage> => {
  const { width, height, data } = JSON.parse(await file.text());
  return { width, height, data: Uint8Array.from(data) };
};
const dot = (path: string, ...pixel: number[]) => image(path, 1, 1, pixel);

describe("readImageFolder", () => {
  test("classes are subfolders by code points, images by paths; planes red, green, blue", async () => {
    // By UTF-16, U+1F600 would stand before U+FF5E.
    const files = [
      dot("\u{1F600}/a.png", 1, 2, 3, 255),
      dot("～/a.png", 4, 5, 6, 255),
      dot("b/z.png", 7, 8, 9, 255),
      dot("b/deep/er.png", 10, 11, 12, 255),
      dot("B/a.png", 13, 14, 15, 255),
      dot("b/.hidden.png", 0, 0, 0, 255),
      dot(".git/a.png", 0, 0, 0, 255),
    ];
    const { images, classNames, refused } = await readImageFolder(files, { decode });
    expect(classNames).toEqual(["B", "b", "～", "\u{1F600}"]);
    expect(images.images.shape).toEqual([5, 3, 1, 1]);
    expect([...images.images.values]).toEqual([13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3]);
    expect([...images.labels.values]).toEqual([0, 1, 1, 2, 3]);
    expect([images.classes, refused]).toEqual([4, []]);
    const data = imageDataset({ ...images, ...channelMoments(images) });
    expect(data).toMatchObject({ size: 5, shape: [3, 1, 1], targetSize: 4 });
  });

  test("grey as in ITU-R BT.601, transparent over black", async () => {
    const files = [
      dot("a/1", 255, 0, 0, 255),
      dot("b/1", 0, 255, 0, 255),
      dot("c/1", 77, 77, 77, 255),
      dot("d/1", 200, 200, 200, 51),
    ];
    const { images } = await readImageFolder(files, { decode, color: "grey" });
    expect(images.images.shape).toEqual([4, 1, 1, 1]);
    expect([...images.images.values]).toEqual([76, 150, 77, 40]);
  });

  test("a size for all: averages, rounded once", async () => {
    const grey = (...values: number[]) => values.flatMap((value) => [value, value, value, 255]);
    const files = [image("a/1", 2, 2, grey(0, 1, 1, 1)), image("b/1", 1, 2, grey(10, 20))];
    const { images, refused } = await readImageFolder(files, { decode, color: "grey", size: [1, 1] });
    expect([...images.images.values]).toEqual([1, 15]);
    expect(refused).toEqual([]);
  });

  test("what is no image of a class is named, with its reason", async () => {
    const { images, refused } = await readImageFolder(
      [
        dot("a/1.png", 1, 1, 1, 255),
        image("a/2.png", 2, 1, [1, 1, 1, 255, 1, 1, 1, 255]),
        image("a/3.png", 2, 2, [1, 1, 1, 255]),
        { path: "a/notes.txt", file: new Blob(["no JSON"]) },
        dot("b/1.png", 2, 2, 2, 255),
        dot("lost.png", 2, 2, 2, 255),
      ],
      { decode },
    );
    expect(images.images.shape[0]).toBe(2);
    expect(refused.map(({ path }) => path)).toEqual(["a/2.png", "a/3.png", "a/notes.txt", "lost.png"]);
    for (const [i, reason] of [
      "1 x 2 pixels; the first image has 1 x 1",
      "four bytes a pixel",
      "decoded",
      "no subfolder",
    ].entries())
      expect(refused[i].reason).toContain(reason);
  });

  test.each<[string, FolderFile[], object]>([
    ["files", [], {}],
    ["files", [dot("a/1", 1, 1, 1, 255), dot("a/2", 1, 1, 1, 255)], {}],
    ["files[0].file", [{ path: "a/1", file: "no blob" as never }], {}],
    ["files[0].path", [{ path: "", file: new Blob() }], {}],
    ["options.decode", [], { decode: undefined }],
    ["options.color", [], { color: "gray" }],
    ["options.size[0]", [], { size: [0, 1] }],
  ])("refused at %s", async (path, files, change) => {
    await expect(readImageFolder(files, { decode, ...change })).rejects.toMatchObject({
      name: "ConfigError",
      path,
    });
  });

  test("a folder without images says what was wrong with the first file", async () => {
    const broken = { path: "a/notes.txt", file: new Blob(["no JSON"]) };
    await expect(readImageFolder([broken], { decode })).rejects.toThrow('1 refused, first "a/notes.txt"');
  });
});

describe("folderFiles", () => {
  const picked = (path: string) => {
    const file = new File(["x"], path.split("/").at(-1)!);
    Object.defineProperty(file, "webkitRelativePath", { value: path });
    return file;
  };

  test("an input's files, relative to the folder that was picked", async () => {
    const files = await folderFiles([
      picked("root/a/1.png"),
      picked("root/2.png"),
      new File([], "alone.png"),
    ]);
    expect(files.map(({ path }) => path)).toEqual(["a/1.png", "2.png", "alone.png"]);
  });

  /** Entries of a drop, as browsers give them; a reader gives one child at a time. */
  const entry = (name: string, children?: object[]): object => ({
    name,
    isDirectory: children !== undefined,
    file: (resolve: (file: File) => void) => resolve(new File(["x"], name)),
    createReader: () => {
      const left = [...children!];
      return { readEntries: (resolve: (some: object[]) => void) => resolve(left.splice(0, 1)) };
    },
  });
  const drop = (...entries: (object | null)[]) =>
    Object.assign(
      entries.map((dropped) => ({ webkitGetAsEntry: () => dropped })),
      { [Symbol.toStringTag]: "DataTransferItemList" },
    ) as unknown as DataTransferItemList;

  test("a dropped folder's subfolders; of several dropped folders each", async () => {
    const [a, b] = [
      entry("a", [entry("1.png"), entry("2.png")]),
      entry("b", [entry("deep", [entry("3.png")])]),
    ];
    const expected = ["a/1.png", "a/2.png", "b/deep/3.png"];
    for (const items of [drop(entry("root", [a, b])), drop(a, null, b)])
      expect((await folderFiles(items)).map(({ path }) => path)).toEqual(expected);
  });

  test("what is no folder, and one that can't be read", async () => {
    await expect(folderFiles("images" as never)).rejects.toMatchObject({
      name: "ConfigError",
      path: "source",
    });
    await expect(folderFiles([new Blob([])] as never)).rejects.toMatchObject({ path: "source[0]" });
    const locked = {
      ...entry("a", []),
      createReader: () => ({
        readEntries: (_: unknown, reject: (error: Error) => void) => reject(new Error("locked")),
      }),
    };
    await expect(folderFiles(drop(locked))).rejects.toThrow("can't be read: locked");
  });
});
