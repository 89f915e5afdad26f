/** What captions of the lab's exports say: everything that is needed to train it again. No browser. */

import { expect, test } from "vitest";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { failedText, meanOf, settingsText, stepText } from "../../demo/lab/takeaway/settings.ts";
import { labExperiment } from "../../demo/lab/training/labExperiment.ts";
import { readDigits } from "../../src/cli/imageFolder.ts";

const sources = { digits: await readDigits() };
const text = (config: Parameters<typeof labExperiment>[0]) =>
  settingsText(config, labExperiment(config, sources)).replaceAll("\u00a0", " ");

test("the settings of every preset are said", () => {
  expect(text(PRESETS.line.config)).toBe(
    "Data: 3 points at 0 to 2 on a line, 2 classes in turn. Net: 1–512–2, ReLU. Adam, learning rate 0.003, full batch, " +
      "1000 steps. Mixup: λ ~ Beta(32, 32), one λ per batch, partner: any point. Seeds 0 to 7, the same for both.",
  );
  expect(text({ ...PRESETS.moons.config, batch: 16, seeds: 1, firstSeed: 4, steps: 20_000 })).toBe(
    "Data: two moons, 80 points, separation 0.1, noise 0.1, seed 0. Net: 2–64–2, ReLU. Adam, learning rate 0.005, batches " +
      "of 16, 20,000 steps. Mixup: λ ~ Beta(1, 1), one λ per batch, partner: any point. Seed 4, the same for both.",
  );
  expect(text(PRESETS.linear.config)).toContain(
    "Data: two parallel lines, 16 points, separation 0.5, spread 0.9, seed 0. Net: 2–2, linear, no bias.",
  );
  expect(text(PRESETS.digits.config)).toContain(
    "Data: the first 128 images of handwritten digits, 8×8, 10 classes (Alpaydin and Kaynak, UCI Machine Learning Repository, " +
      "doi 10.24432/C50P49, CC BY 4.0). Net: 1×8×8 → conv2d(channels 8, stride 2, groups 1, bias true, initialization uniform, " +
      "kernel 3×3, padding 1×1) → activation(relu) → conv2d(",
  );
  expect(text({ ...PRESETS.own.config, names: "cat,dog" })).toContain(
    "Data: own, 4 points in the plane, classes cat, dog.",
  );
  expect(text({ ...PRESETS.line.config, view: "sweep", pairing: "other" })).toContain(
    "Mixup: λ ~ Beta(α, α), one λ per batch, partner: any other. Seeds 0 to 7, the same for every α.",
  );
});

test("a law that is no Beta is said as it is", () => {
  expect(text({ ...PRESETS.line.config, law: "constant", lambda: 0.25 })).toContain("λ = 0.25, one λ");
  expect(text({ ...PRESETS.line.config, law: "uniform" })).toContain("λ uniform, one λ");
});

test("numbers of nets and steps, and what diverged", () => {
  expect([meanOf(1), meanOf(8)]).toEqual(["one net", "mean of 8 nets"]);
  expect([stepText(60, 60), stepText(60, 5000)]).toEqual(["step 60", "step 60 of 5000"]);
  expect(failedText([], "are left out")).toBe("");
  expect(failedText([3], "left out")).toBe(" One net diverged: left out.");
  expect(failedText([3, 5], "left out")).toBe(" 2 nets diverged: left out.");
});
