import { expect, test } from "vitest";
import { groupAccuracy } from "../../../src/model/metrics/groups.ts";
import { configErrorPath } from "../../configError.ts";

/** Predictions 0 1 1 2 2 of 4 classes; the tie of the last point goes to class 2, the smaller. */
const scores = {
  logits: [5, 1, 1, 1, 0, 2, 0, 0, 0, 2, 0, 0, -1, -2, 0.5, 0, 0, 0, 7, 7],
  labels: [0, 1, 0, 2, 1],
  classes: 4,
};

test("accuracy overall, by group, by class", () => {
  const found = groupAccuracy(scores, [[0, 1], [2], [3], [3, 2]]);
  expect(found.overall).toBeCloseTo(3 / 5, 15);
  expect(found.groups).toEqual([2 / 4, 1, null, 1]);
  expect(found.classes).toEqual([1 / 2, 1 / 2, 1, null]);
});

test("without groups there are classes still", () => {
  expect(groupAccuracy(scores, []).groups).toEqual([]);
});

test("refuses groups that are none", () => {
  const path = (groups: unknown) => configErrorPath(() => groupAccuracy(scores, groups as number[][]));
  expect(path([[0], []])).toBe("groups[1]");
  expect(path([[0, 4]])).toBe("groups[0][1]");
  expect(path([[0, 1, 0]])).toBe("groups[0][2]");
  expect(path(undefined)).toBe("groups");
  expect(path([3])).toBe("groups[0]");
});
