/** Undo, redo and the browser's pages as one line of time. No browser. */

import { expect, test } from "vitest";
import type { LabConfig } from "../../demo/lab/state/fields.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { Timeline } from "../../demo/lab/state/timeline.ts";

const line = PRESETS.line.config;
const at = (alpha: number): LabConfig => ({ ...line, alpha });

test("a slider on its way is one change, points that are drawn are one each", () => {
  const timeline = new Timeline({ config: line, page: 0 });
  for (let i = 1; i <= 5; i++) timeline.record(at(i), ["alpha"], 100 * i);
  timeline.record({ ...at(5), rate: 0.1 }, ["rate"], 600);
  timeline.record(at(6), ["alpha"], 5000);
  expect([timeline.undo(), timeline.undo(), timeline.undo(), timeline.undo()].map((m) => m?.config)).toEqual([
    { ...at(5), rate: 0.1 },
    at(5),
    line,
    undefined,
  ]);
  expect(timeline.redo()?.config).toEqual(at(5));
  // What was set anew leaves no other future, and is no part of what was undone.
  timeline.record(at(7), ["alpha"], 5100);
  expect(timeline.canRedo).toBe(false);
  expect(timeline.undo()?.config).toEqual(at(5));
  for (const own of ["0,0,0", "0,0,0;1,1,1"]) timeline.record({ ...line, own }, ["own"], 5200);
  expect(timeline.undo()?.config.own).toBe("0,0,0");
});

test("nothing that changed is nothing to undo", () => {
  const timeline = new Timeline({ config: line, page: 0 });
  timeline.record(line, [], 0);
  expect([timeline.canUndo, timeline.undo(), timeline.redo()]).toEqual([false, undefined, undefined]);
});

test("Back goes to where a page was left, Forward to where it was left for Back", () => {
  const timeline = new Timeline({ config: line, page: 0 });
  timeline.record(at(8), ["alpha"], 0);
  timeline.turn(PRESETS.moons.config, 1);
  timeline.record({ ...PRESETS.moons.config, alpha: 2 }, ["alpha"], 1);
  timeline.turn(PRESETS.digits.config, 2);
  expect(timeline.travel(0)).toEqual({ config: at(8), page: 0 });
  expect(timeline.travel(1)).toEqual({ config: { ...PRESETS.moons.config, alpha: 2 }, page: 1 });
  expect(timeline.undo()).toEqual({ config: PRESETS.moons.config, page: 1 });
  expect(timeline.undo()).toEqual({ config: at(8), page: 0 });
  expect(timeline.travel(2)).toEqual({ config: PRESETS.digits.config, page: 2 });
  expect(timeline.travel(7)).toBeUndefined();
});
