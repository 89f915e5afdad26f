/** The progress bar: its text, the time it says is left, and how often it writes where. */

import { expect, test } from "vitest";
import { clock, progressBar, progressLine, timeLeft } from "../../src/cli/progress.ts";

const at = (fraction: number) => ({
  label: "10 points, 2 classes",
  step: 5000 * fraction,
  steps: 5000,
  fraction,
});

test("clock", () => {
  expect([0, 6.2, 60, 750, 3723].map(clock)).toEqual(["0:00", "0:07", "1:00", "12:30", "1:02:03"]);
});

test("the time left follows from the share that is done", () => {
  expect(timeLeft(0.25, 30)).toBe("1:30");
  expect(timeLeft(0.5, 7000)).toBe("1:56:40");
});

test("no time is claimed at the start, nor at the end", () => {
  expect(timeLeft(0, 10)).toBe("");
  expect(timeLeft(0.5, 0.1)).toBe("");
  expect(timeLeft(1, 10)).toBe("");
});

test("a line has bar, percent, what trains, steps and time left", () => {
  expect(progressLine(at(0.5), 30)).toBe(
    `${"━".repeat(12)}${"─".repeat(12)}  50%  10 points, 2 classes  2,500 of 5,000 steps  0:30 left`,
  );
});

test("a terminal's line is rewritten, at most ten times a second, within its width, and cleared", () => {
  const written: string[] = [];
  let time = 0;
  const bar = progressBar({ isTTY: true, columns: 40, write: (text) => written.push(text) }, () => time);
  for (time = 0; time <= 1000; time += 10) bar.update(at(time / 2000));
  expect(written.length).toBe(11);
  for (const text of written) {
    expect(text.startsWith("\r\x1b[2K")).toBe(true);
    expect(text.length).toBeLessThan(40 + "\r\x1b[2K".length);
    expect(text).not.toContain("\n");
  }
  bar.close();
  expect(written.at(-1)).toBe("\r\x1b[2K");
});

test("elsewhere a plain line comes every few seconds, and the end comes once", () => {
  const written: string[] = [];
  let time = 0;
  const bar = progressBar({ write: (text) => written.push(text) }, () => time);
  for (time = 0; time <= 12_000; time += 100) bar.update(at(time / 12_000));
  bar.update(at(1));
  bar.close();
  expect(written.map((text) => text.match(/\d+%/)?.[0])).toEqual(["0%", "41%", "83%", "100%"]);
  for (const text of written)
    expect(text.endsWith("\n") && !text.includes("\r") && !text.includes("\x1b")).toBe(true);
});

test("a notice is a line of its own, whenever it comes", () => {
  const written: string[] = [];
  const bar = progressBar({ isTTY: true, write: (text) => written.push(text) }, () => 0);
  bar.update(at(0.1));
  bar.update({ ...at(0.1), notice: "It will take an hour." });
  expect(written.slice(1)).toEqual(["\r\x1b[2KIt will take an hour.\n"]);
});
