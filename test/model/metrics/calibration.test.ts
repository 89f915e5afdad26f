import { describe, expect, test } from "vitest";
import { calibration } from "../../../src/model/metrics/calibration.ts";
import { configErrorPath } from "../../configError.ts";
import { expectNear, FIXTURE } from "./fixture.ts";

const { probabilities, labels, bins, ece, nll, brier } = FIXTURE.calibration;
const classes = probabilities[0].length;

describe("calibration", () => {
  test("the unit values, of probabilities and of logits", () => {
    const flat = probabilities.flat();
    // Any constant may be added to the logits of a point.
    const logits = flat.map((p, i) => Math.log(p) + 3 * Math.floor(i / classes));
    for (const scores of [
      { probabilities: flat, labels, classes },
      { logits, labels, classes },
    ]) {
      const found = calibration(scores, { bins });
      expectNear(
        [found.expectedCalibrationError, found.negativeLogLikelihood, found.brierScore],
        [ece, nll, brier],
      );
      expect(found.bins.reduce((sum, { count }) => sum + count, 0)).toBe(labels.length);
    }
  });

  test("bins by hand: closed below, the last one above, too", () => {
    const found = calibration(
      { probabilities: [0.3, 0.7, 1, 0, 0.2, 0.8, 0.5, 0.5], labels: [1, 1, 1, 0], classes: 2 },
      { bins: 10 },
    );
    // Confidences 0.7 (right), 1 (wrong), 0.8 (right), 0.5 (class 0 of the two: right).
    expect(found.bins.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 1, 0, 1, 1, 1]);
    expect(found.accuracy).toBe(0.75);
    expect(found.bins[9]).toEqual({ from: 0.9, to: 1, count: 1, accuracy: 0, confidence: 1 });
    expect(found.bins[0]).toMatchObject({ count: 0, accuracy: null, confidence: null });
    expectNear([found.expectedCalibrationError], [(0.3 + 1 + 0.2 + 0.5) / 4]);
    expect(found.negativeLogLikelihood).toBe(Infinity);
    expectNear([found.brierScore], [(2 * 0.09 + 2 + 2 * 0.04 + 2 * 0.25) / 4]);
  });

  test("one bin: the distance of mean accuracy and mean confidence", () => {
    const found = calibration(
      { probabilities: [0.9, 0.1, 0.4, 0.6], labels: [1, 1], classes: 2 },
      { bins: 1 },
    );
    expectNear([found.expectedCalibrationError], [0.25]);
  });

  test("logits far apart stay finite", () => {
    const found = calibration({ logits: [1000, -1000, 0, 0, 0, 0], labels: [1, 2], classes: 3 });
    expectNear([found.negativeLogLikelihood], [(2000 + Math.log(3)) / 2]);
  });

  test("refuses", () => {
    const path = (scores: object, options?: object) =>
      configErrorPath(() => calibration(scores as Parameters<typeof calibration>[0], options));
    const good = { probabilities: [0.5, 0.5, 1, 0], labels: [0, 1], classes: 2 };
    expect(path(good)).toBeUndefined();
    expect(path(good, { bins: 0 })).toBe("options.bins");
    expect(path({ ...good, classes: 1 })).toBe("scores.classes");
    expect(path({ ...good, labels: [0, 2] })).toBe("scores.labels[1]");
    expect(path({ ...good, labels: [0] })).toBe("scores.probabilities");
    expect(path({ ...good, labels: [], probabilities: [] })).toBe("scores.probabilities");
    expect(path({ ...good, probabilities: [0.5, 0.5, 1.5, -0.5] })).toBe("scores.probabilities[3]");
    expect(path({ ...good, probabilities: [0.5, 0.5, 0.5, 0.4] })).toBe("scores.probabilities[2]");
    expect(path({ ...good, logits: [0, 0, 0, 0] })).toBe("scores.probabilities");
    expect(path({ logits: [0, 0, Number.NaN, 0], labels: [0, 1], classes: 2 })).toBe("scores.logits[2]");
    expect(path({ labels: [0, 1], classes: 2 })).toBe("scores.probabilities");
    expect(path({ ...good, lables: [] })).toBe("scores.lables");
  });
});
