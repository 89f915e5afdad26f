/** Collecting measurements: the documentation's tables are what its files give, and a bad file changes nothing. */

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resultJson } from "../../src/bench/format.ts";
import { main } from "../../src/cli/bench/bench.ts";
import { collect, PERFORMANCE_PAGE, readMeasurements, withTables } from "../../src/cli/bench/collect.ts";
import { ConfigError } from "../../src/errors.ts";
import { benchResult } from "../bench/results.ts";

const OWN = "docs/measurements";

it("the documentation's tables are those of its files: run npm run bench -- --collect docs/measurements", async () => {
  const page = await readFile(PERFORMANCE_PAGE, "utf8");
  const measurements = await readMeasurements(OWN);
  expect(measurements.length).toBeGreaterThan(0);
  expect(page).toBe(withTables(page, measurements));
});

it("would notice a number that is in no file", async () => {
  const page = await readFile(PERFORMANCE_PAGE, "utf8");
  const measurements = await readMeasurements(OWN);
  const invented = page.replace(/(<!-- measurements -->[\s\S]*?)\d+\.\d+ µs/, "$11.23 ns");
  expect(invented).not.toBe(page);
  expect(withTables(invented, measurements)).not.toBe(invented);
});

it("has no number of a software adapter that is not called one", async () => {
  for (const { result } of await readMeasurements(OWN)) {
    if (/swiftshader|llvmpipe|lavapipe/i.test(`${result.adapter.architecture} ${result.adapter.description}`))
      expect(result.adapter.isFallback).toBe(true);
  }
});

describe("in a folder of one's own", () => {
  let folder: string;
  let page: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mixup-webgpu-"));
    page = join(folder, "page.md");
    await cp(PERFORMANCE_PAGE, page);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("writes the files into the page, by the order of their names, and the same again", async () => {
    await writeFile(join(folder, "b.json"), resultJson(benchResult()));
    const adapter = { ...benchResult().adapter, vendor: "first" };
    await writeFile(join(folder, "a.json"), resultJson(benchResult({ adapter })));
    await writeFile(join(folder, "notes.txt"), "no measurement");
    expect(await collect(folder, page)).toBe(2);
    const text = await readFile(page, "utf8");
    expect(text.indexOf("[first card](a.json)")).toBeGreaterThan(0);
    expect(text.indexOf("[maker card](b.json)")).toBeGreaterThan(text.indexOf("[first card](a.json)"));
    await collect(folder, page);
    expect(await readFile(page, "utf8")).toBe(text);
  });

  it("names the file and the place of what is wrong, and leaves the page alone", async () => {
    const before = await readFile(page, "utf8");
    await writeFile(join(folder, "a.json"), resultJson(benchResult()));
    await writeFile(join(folder, "bad.json"), resultJson(benchResult({ library: 1 as never })));
    const error = await collect(folder, page).then(
      () => undefined,
      (error) => error,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.path).toBe("bad.json: library");
    expect(await readFile(page, "utf8")).toBe(before);
  });

  it("is a way of the command, which then measures nothing", async () => {
    await writeFile(join(folder, "bad.json"), "{");
    expect(await main(["--collect", folder])).toBe(2);
    expect(await main(["--collect", join(folder, "none")])).toBe(2);
  });
});
