/** Bytes between Node and a page: taken out, put back, kept in a folder. */

import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { detach, type Exchange, openExchange } from "../../src/cli/backends/exchange.ts";
import { attach, remoteStore } from "../../src/cli/backends/exchanged.ts";
import { folderStore } from "../../src/cli/files/keptFiles.ts";
import { keep, readKept } from "../../src/experiments/store.ts";

const many = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
const options = { images: { train: { pixels: many, shape: [1, 2] }, few: Uint8Array.of(1, 2) }, seeds: 3 };

let folder: string;
let exchange: Exchange;
beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "mixup-kept-")), "kept");
  exchange = await openExchange(detach(options).bytes, folderStore(folder));
});
afterAll(() => exchange.close());

it("large arrays of bytes go another way than the rest, and come together again", async () => {
  const { value, bytes } = detach(options);
  expect(bytes).toHaveLength(1);
  expect(JSON.stringify(value).length).toBeLessThan(200);
  expect(await attach(value, exchange.url)).toEqual(options);
});

it("nobody else gets at them", async () => {
  const { origin } = new URL(exchange.url);
  expect((await fetch(`${origin}/0`)).status).toBe(404);
  expect((await fetch(`${exchange.url}/7`)).status).toBe(404);
});

describe("a store", () => {
  it("gives back what was kept, to whoever asks", async () => {
    const [local, remote] = [folderStore(folder), remoteStore(exchange.url)];
    expect(await local.read("a.bin")).toBeUndefined();
    expect(await remote.read("a.bin")).toBeUndefined();
    await remote.write("a.bin", many);
    expect(await local.read("a.bin")).toEqual(many);
    await local.write("a.bin", Uint8Array.of(1, 2, 3));
    expect(await remote.read("a.bin")).toEqual(Uint8Array.of(1, 2, 3));
    expect(await readdir(folder)).toEqual(["a.bin"]);
  });

  it("keeps to its folder", async () => {
    for (const name of ["../a", "", ".", "a/b", ".hidden"])
      await expect(folderStore(folder).read(name)).rejects.toThrow("is no name");
    await expect(remoteStore(exchange.url).write("../a", many)).rejects.toThrow("could not be kept");
  });

  it("holds values for what they depend on, and for nothing else", async () => {
    const store = folderStore(folder);
    await keep(store, "run.json", "key", { error: [1, null] });
    expect(await readKept(store, "run.json", "key")).toEqual({ error: [1, null] });
    expect(await readKept(store, "run.json", "other")).toBeUndefined();
    expect(await readKept(store, "none.json", "key")).toBeUndefined();
    await writeFile(join(folder, "run.json"), '{"key": "key", "val');
    expect(await readKept(store, "run.json", "key")).toBeUndefined();
  });
});
