import { describe, expect, test } from "vitest";
import { easyPart, logitMargins, probabilityMargins } from "../../../src/model/metrics/margins.ts";
import { rankedIndices } from "../../../src/numeric/ranking.ts";
import { configErrorPath } from "../../configError.ts";
import { expectNear, FIXTURE } from "./fixture.ts";

const { logits, labels, probabilities, margins, order, easy } = FIXTURE.margins;
const classes = logits[0].length;

describe("margins", () => {
  test("the unit values, of logits and of probabilities", () => {
    expectNear(probabilityMargins({ logits: logits.flat(), labels, classes }), margins);
    expectNear(probabilityMargins({ probabilities: probabilities.flat(), labels, classes }), margins);
    expect(Array.from(rankedIndices(margins.map((margin) => -margin)))).toEqual(order);
    expect(easy.length).toBeGreaterThan(0);
    for (const { share, kept } of easy) expect(Array.from(easyPart(margins, share))).toEqual(kept);
  });

  test("of logits: the difference itself, also from probabilities", () => {
    const expected = logits.map(
      (row, n) => row[labels[n]] - Math.max(...row.filter((_, c) => c !== labels[n])),
    );
    expectNear(logitMargins({ logits: logits.flat(), labels, classes }), expected);
    expectNear(logitMargins({ probabilities: probabilities.flat(), labels, classes }), expected);
    expect(Array.from(logitMargins({ probabilities: [1, 0], labels: [0], classes: 2 }))).toEqual([Infinity]);
  });

  test("a point whose outputs are not finite has none, and is the hardest", () => {
    const scores = { logits: [0, 1, Number.NaN, 3, Infinity, 0, 0, 9], labels: [0, 1, 0, 1], classes: 2 };
    for (const found of [logitMargins(scores), probabilityMargins(scores)]) {
      expect(Array.from(found, Number.isFinite)).toEqual([true, false, false, true]);
      expect(Array.from(easyPart(found, 0.5))).toEqual([0, 3]);
      expect(Array.from(easyPart(found, 0.75))).toEqual([0, 1, 3]);
    }
  });
});

test("the easy part: one point at least, the earlier of equals", () => {
  expect(Array.from(easyPart([0.5], 0.01))).toEqual([0]);
  expect(Array.from(easyPart([1, 2, 2, 2], 0.5))).toEqual([1, 2]);
  expect(Array.from(easyPart([1, 0, -0, 0], 0.5))).toEqual([0, 1]);
});

test("refuses", () => {
  expect(configErrorPath(() => easyPart([], 0.5))).toBe("margins");
  expect(configErrorPath(() => easyPart([1, null as unknown as number], 0.5))).toBe("margins[1]");
  for (const share of [0, 1.1, Number.NaN]) expect(configErrorPath(() => easyPart([1], share))).toBe("share");
  expect(
    configErrorPath(() => logitMargins({ logits: ["a" as unknown as number, 0], labels: [0], classes: 2 })),
  ).toBe("scores.logits[0]");
  expect(configErrorPath(() => probabilityMargins({ logits: [0, 1], labels: [2], classes: 2 }))).toBe(
    "scores.labels[0]",
  );
});
