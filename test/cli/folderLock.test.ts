/** One command at a time in a folder; a lock whose holder is gone is no lock. */

import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { lockFolder } from "../../src/cli/files/folderLock.ts";

const links = vi.hoisted(() => ({ refused: false }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const link: typeof real.link = async (from, to) => {
    if (links.refused) throw Object.assign(new Error("Acted."), { code: "EPERM" });
    return real.link(from, to);
  };
  return { ...real, link };
});

const newFolder = () => mkdtemp(join(tmpdir(), "mixup-lock-"));

test("a folder is refused while it is held, and free afterwards", async () => {
  const folder = await newFolder();
  const release = await lockFolder(folder);
  const refused = lockFolder(folder);
  await expect(refused).rejects.toMatchObject({ name: "ConfigError", path: "--out" });
  await expect(refused).rejects.toThrow(`process ${process.pid}, writes into`);
  await release();
  await release();
  expect(await readdir(folder)).toEqual([]);
  await (await lockFolder(folder))();
});

test("of many at once one gets it", async () => {
  const folder = await newFolder();
  await writeFile(
    join(folder, ".lock"),
    JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), birth: "", since: "" }),
  );
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
  expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(1);
});

test("where the file system has no links, too", async () => {
  links.refused = true;
  const folder = await newFolder();
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`process ${process.pid}, writes into`);
  await release();
  expect(await readdir(folder)).toEqual([]);
  links.refused = false;
});

test.each([
  ["a process that is gone", { pid: 2 ** 22 + 1, host: hostname(), birth: "" }],
  ["an earlier process of the same number", { pid: process.pid, host: hostname(), birth: "another boot 1" }],
  ["nobody that can be read", undefined],
])("a lock of %s is taken over", async (_, holder) => {
  const folder = await newFolder();
  await writeFile(
    join(folder, ".lock"),
    holder === undefined ? "{" : JSON.stringify({ ...holder, since: "" }),
  );
  const release = await lockFolder(folder);
  expect(JSON.parse(await readFile(join(folder, ".lock"), "utf8")).birth).not.toBe("another boot 1");
  await release();
  expect(await readdir(folder)).toEqual([]);
});

test("a lock of another machine is believed, and how to remove it is said", async () => {
  const folder = await newFolder();
  const lock = join(folder, ".lock");
  await writeFile(lock, JSON.stringify({ pid: 1, host: "elsewhere", birth: "", since: "noon" }));
  await expect(lockFolder(folder)).rejects.toThrow(
    `process 1 on elsewhere, writes into "${folder}" since noon`,
  );
  await expect(lockFolder(folder)).rejects.toThrow(`remove ${lock}`);
});
