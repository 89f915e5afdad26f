/** Tables of measurements: each number is one of a file's, nothing in a file becomes markup, and marks are kept. */

import { describe, expect, it } from "vitest";
import { betweenMarks, measurementTables, paperTable } from "../../src/bench/measurements.ts";
import { configErrorPath } from "../configError.ts";
import { benchResult, measuredEntry } from "./results.ts";

const cellsOf = (line: string) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, ""));

describe("measurementTables", () => {
  it("has a row for each adapter and one for each of its workloads", () => {
    const software = benchResult({
      adapter: { ...benchResult().adapter, vendor: "soft", isFallback: true },
      ceilings: { ...benchResult().ceilings, emptyPassMilliseconds: null },
    });
    const lines = measurementTables([
      { address: "measurements/a.json", result: benchResult() },
      { address: "measurements/b.json", result: software },
    ]).split("\n");
    expect(cellsOf(lines[2])).toEqual([
      ...["[maker card](measurements/a.json)", "a GPU", "Chromium 150, Linux", "2.80 µs", "24.0 µs"],
      ...["14,600 G/s", "450 GB/s", "2026-01-02, 0.1.0"],
    ]);
    expect(cellsOf(lines[3]).slice(0, 5)).toEqual([
      ...[
        "[soft card](measurements/b.json)",
        "software: the processor",
        "Chromium 150, Linux",
        "2.80 µs",
        "–",
      ],
    ]);
    expect(cellsOf(lines[5])).toEqual([
      ...["adapter", "workload", "ours, ms a step", "tfjs-webgpu", "tfjs-webgl", "tfjs-wasm", "jax-webgpu"],
      ...["jax-wasm", "plain"],
    ]);
    expect(cellsOf(lines[7])).toEqual([
      ...[
        "[maker card](measurements/a.json)",
        "line",
        "0.500 (0.450 – 0.750)",
        "skipped",
        "–",
        "–",
        "–",
        "–",
      ],
      "4.00",
    ]);
    expect(lines).toHaveLength(9);
    // In a table all rows are as wide as its head.
    const widths = lines.map((line) => cellsOf(line.replaceAll("|---", "| - ")).length);
    expect([...new Set(widths)]).toEqual([8, 1, 9]);
  });

  it("compares no wrong answer, and says where ours is missing", () => {
    const [{ name, entries }] = benchResult().workloads;
    const rowOf = (changedEntries: typeof entries) =>
      cellsOf(
        measurementTables([
          { address: "a", result: benchResult({ workloads: [{ name, entries: changedEntries }] }) },
        ]).split("\n")[6],
      );
    const wrong = { ...measuredEntry("plain", 2), correct: false };
    expect(rowOf([measuredEntry("mixup-webgpu", 1), wrong]).at(-1)).toBe("wrong");
    expect(rowOf([{ ...measuredEntry("mixup-webgpu", 1), correct: false }])[2]).toContain(", wrong");
    expect(rowOf([measuredEntry("plain", 1)]).slice(2)).toEqual([..."––––––", "–"]);
  });

  it("takes nothing of a file for markup", () => {
    const adapter = {
      ...benchResult().adapter,
      description: "a|b\n<img src=x> [c](d) `e` <!-- /measurements -->",
    };
    const text = measurementTables([{ address: "x (1).json", result: benchResult({ adapter }) }]);
    const [, , row] = text.split("\n");
    expect(row).not.toMatch(/<|`|\[c\]/);
    expect(row).toContain("](x%20%281%29.json)");
    expect(cellsOf(row)).toHaveLength(8);
  });

  it("says so without any file", () => {
    expect(measurementTables([])).toBe("No files yet.");
  });
});

it("has the published range of a dispatch's cost in the estimates, where none was measured", () => {
  const row = paperTable()
    .split("\n")
    .find((line) => line.startsWith("| mlp-784 "))!;
  const [, dispatches, , , h100, card, laptop] = cellsOf(row);
  expect(dispatches).toBe("7");
  expect(h100).toMatch(/^\d+ µs$/);
  const [from, to] = card.match(/\d+/g)!.map(Number);
  // Seven dispatches of 24 to 36, and of 32 to 71.
  expect(to - from).toBe(84);
  expect(laptop).toMatch(/^\d+ to \d+ µs$/);
});

describe("betweenMarks", () => {
  it("replaces what is between the marks, and nothing else", () => {
    const page = "a\n<!-- x -->\nold\n<!-- /x -->\nb <!-- y --><!-- /y -->";
    const written = betweenMarks(page, "x", "new");
    expect(written).toBe("a\n<!-- x -->\nnew\n<!-- /x -->\nb <!-- y --><!-- /y -->");
    expect(betweenMarks(written, "x", "new")).toBe(written);
  });

  it.each(["", "<!-- x -->", "<!-- /x --><!-- x -->", "<!-- x --><!-- x --><!-- /x -->"])(
    "refuses %j",
    (page) => {
      expect(configErrorPath(() => betweenMarks(page, "x", ""))).toBe("<!-- x -->");
    },
  );
});
