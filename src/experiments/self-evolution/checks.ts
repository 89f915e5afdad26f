/**
 * What has to come out of the Self-Evolution experiment: that the ways of training differ in calibration, and not in accuracy.
 * Inequalities on means over sets of training points, with room between two draws of 16 sets that were trained with other
 * tools (PyTorch). The paper's own numbers are of texts, and nothing to compare with.
 *
 * Not here: ordering the easy points by probability instead of logits, which was measured nowhere else.
 */

import { bounded, type Reference, showSpread } from "../../report/references.ts";
import { counted } from "../../report/words.ts";
import type { ArmName, Measures, SelfEvolutionArm } from "./results.ts";

/** Sets of the runs that the bounds come from. */
const SETS = 16;
/**
 * Fewer than these prove nothing. Differences between ways on the same sets deviate by .01 from set to set, so the mean of ten by
 * .003, a sixth of the room.
 */
const FEWEST = 10;
const STEPS = 300;

/** Means of the repetition's two draws of 16 sets: accuracy, calibration error. */
export const REPEATED: Partial<
  Record<ArmName, { readonly accuracy: string; readonly calibrationError: string }>
> = {
  erm: { accuracy: ".853 / .857", calibrationError: ".025 / .025" },
  smoothing: { accuracy: ".851 / .856", calibrationError: ".172 / .170" },
  mixup: { accuracy: ".857 / .859", calibrationError: ".106 / .104" },
  "self-distilled": { accuracy: ".857 / .858", calibrationError: ".119 / .115" },
  "easy-first": { accuracy: ".850 / .853", calibrationError: ".151 / .145" },
};

/** The ways that are compared, in their order. */
export const COMPARED = Object.keys(REPEATED) as ArmName[];

/** All inequalities; what was run otherwise proves nothing. */
export function selfEvolutionChecks(arms: readonly SelfEvolutionArm[], steps: number): Reference[] {
  const compared = arms.filter(({ name }) => COMPARED.includes(name));
  const mean = (name: ArmName, measure: keyof Measures) =>
    compared.find((arm) => arm.name === name)?.over[measure].mean ?? Number.NaN;
  const others = (name: ArmName, measure: keyof Measures) =>
    compared.filter((arm) => arm.name !== name).map((arm) => mean(arm.name, measure));
  const accuracies = compared.map(({ name }) => mean(name, "accuracy"));
  const error = "calibrationError";
  const sets = Math.min(...compared.map(({ runs }) => runs.length));
  const lost = compared.reduce(
    (sum, { runs }) => sum + runs.filter(({ accuracy }) => accuracy === null).length,
    0,
  );
  const differences = [
    ...(sets < FEWEST ? [`${sets} of at least ${FEWEST} sets`] : []),
    ...(steps !== STEPS ? [`${steps} of ${STEPS} steps`] : []),
    ...(lost > 0 ? [`${counted(lost, "run")} diverged`] : []),
  ];
  const common = {
    source: `independent repetition (PyTorch, two draws of ${SETS} sets)`,
    basis: "repeated" as const,
    differences,
  };
  const told = (name: ArmName, measure: keyof Measures) =>
    showSpread(compared.find((arm) => arm.name === name)?.over[measure] ?? { mean: null, std: null });
  const show = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : "–");
  const largest = Math.max(...accuracies);
  const smallest = Math.min(...accuracies);
  const heading = `Means over ${sets} sets`;
  return [
    bounded({
      ...common,
      heading,
      what: `accuracy, best of ${compared.length} ways (${show(largest)}) less worst (${show(smallest)})`,
      relation: "at most",
      bound: 0.02,
      measured: largest - smallest,
    }),
    bounded({
      ...common,
      heading,
      what: `calibration error of ERM (${told("erm", error)})`,
      relation: "at most",
      bound: 0.05,
      measured: mean("erm", error),
    }),
    bounded({
      ...common,
      heading,
      what: `calibration error of ERM less the least of the others (${show(Math.min(...others("erm", error)))})`,
      relation: "at most",
      bound: 0,
      measured: mean("erm", error) - Math.min(...others("erm", error)),
    }),
    bounded({
      ...common,
      heading,
      what: `calibration error of smoothing (${told("smoothing", error)}) less the largest of the others (${show(Math.max(...others("smoothing", error)))})`,
      relation: "at least",
      bound: 0,
      measured: mean("smoothing", error) - Math.max(...others("smoothing", error)),
    }),
    bounded({
      ...common,
      heading,
      what: `calibration error with own predictions (${told("self-distilled", error)}) less Mixup's (${told("mixup", error)})`,
      relation: "at least",
      bound: 0,
      measured: mean("self-distilled", error) - mean("mixup", error),
    }),
  ];
}
