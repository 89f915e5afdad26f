/** What tests of training share: how well two backends must agree, and what of a run must be equal to the bit. */

import { expect } from "vitest";
import type { TrainingResult } from "../../src/index.ts";
import { TOLERANCES } from "../tolerances.ts";

/** Parameters, curves and probabilities of all runs, after some steps on a GPU and in the reference. */
export function expectAgreement(actual: TrainingResult, expected: TrainingResult): void {
  const { limit } = TOLERANCES.afterSomeSteps;
  for (let r = 0; r < expected.runs.length; r++) {
    for (const [name, { data }] of Object.entries(expected.runs[r].parameters)) {
      const own = actual.runs[r].parameters[name].data;
      // A mean that is 0 but for rounding is compared as it is.
      let [difference, largest] = [0, 1e-2];
      for (let i = 0; i < data.length; i++) {
        difference = Math.max(difference, Math.abs(own[i] - data[i]));
        largest = Math.max(largest, Math.abs(data[i]));
      }
      expect(difference / largest, `${name} of run ${r}`).toBeLessThan(limit);
    }
    for (const curve of ["loss", "trainingLoss"] as const) {
      actual.curves.runs[r][curve].forEach((value, e) => {
        expect(Math.abs(value / expected.curves.runs[r][curve][e] - 1), `${curve} ${e}`).toBeLessThan(limit);
      });
    }
    actual.runs[r].probabilities.forEach((p, i) => {
      expect(Math.abs(p - expected.runs[r].probabilities[i])).toBeLessThan(limit);
    });
  }
}

/** All of a run that must be equal. */
export function fingerprint(result: TrainingResult, r: number) {
  const { parameters, probabilities, error, loss } = result.runs[r];
  return { parameters, probabilities, error, loss, curves: result.curves.runs[r] };
}
