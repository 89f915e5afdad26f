/** Files that are there as a whole or not at all, and one sentence where they can't be written. */

import { mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeFolder, writeWhole } from "../../src/cli/files/wholeFiles.ts";
import { MixupError } from "../../src/errors.ts";

const newFolder = () => mkdtemp(join(tmpdir(), "mixup-files-"));

test("a file replaces the one before, and leaves nothing beside", async () => {
  const folder = await newFolder();
  const path = join(folder, "a");
  await writeWhole(path, "old");
  await writeWhole(path, Uint8Array.of(110, 101, 119));
  expect(await readFile(path, "utf8")).toBe("new");
  expect(await readdir(folder)).toEqual(["a"]);
});

test("on a full disk the old file stays, and a sentence says which file and how much room there is", async () => {
  const folder = await newFolder();
  const path = join(folder, "a");
  await writeWhole(path, "old");
  // A device that is always full stands for the disk.
  await symlink("/dev/full", `${path}.unfinished`);
  const refused = await writeWhole(path, "new").catch((error) => error);
  expect(refused).toBeInstanceOf(MixupError);
  expect(refused.message).toMatch(
    /^Can't write \S+a: no room is left on its disk \([\d.]+ MB free\)\. What was there before is as it was\.$/,
  );
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["a"]);
});

test("of several files none is replaced where one can't be written", async () => {
  const folder = await newFolder();
  await writeFolder(folder, [
    { name: "a", data: "old" },
    { name: "b", data: "old" },
  ]);
  const refused = writeFolder(folder, [
    { name: "a", data: "new" },
    { name: "no/such/folder", data: "new" },
    { name: "b", data: "new" },
  ]);
  await expect(refused).rejects.toBeInstanceOf(MixupError);
  await expect(refused).rejects.toThrow("no/such/folder");
  for (const name of ["a", "b"]) expect(await readFile(join(folder, name), "utf8")).toBe("old");
  expect((await readdir(folder)).sort()).toEqual(["a", "b"]);
  // What a killed command left is no obstacle.
  await writeFile(join(folder, "stray"), "");
  await writeFolder(folder, [{ name: "a", data: "new" }]);
  expect(await readFile(join(folder, "a"), "utf8")).toBe("new");
});
