/**
 * What must come out of Mixup for regression: bounds on ratios of means over the same sets, and what a repetition in PyTorch gave
 * for two draws of six sets, whose distance is the room of the bounds. Fixed before ours were computed.
 */

import { bounded, type Reference } from "../../report/references.ts";
import { counted } from "../../report/words.ts";
import { type Arm, type ArmGroup, armName, type CMixupResults } from "./results.ts";

const SETS = 6;
const STEPS = 1500;
const SOURCE = "repeated in PyTorch on two draws of six sets of another generator";

/** Which group is meant; what is left out is as in {@link PLAIN}. */
type Wanted = Partial<Arm> & Pick<Arm, "law">;

const PLAIN = { data: "digits", noisy: false, trimmed: false, forked: false } as const;
const C_MIXUP: Wanted = { law: "c-mixup", bandwidth: 0.1 };
const NOISY = { noisy: true } as const;
const TRIMMED = { noisy: true, trimmed: true } as const;
const FRIEDMAN = { data: "friedman" } as const;

/** The group of an arm, if it was trained. */
export function findGroup(groups: readonly ArmGroup[], wanted: Wanted): ArmGroup | undefined {
  return groups.find((group) =>
    Object.entries({ ...PLAIN, ...wanted }).every(([key, value]) => group[key as keyof Arm] === value),
  );
}

/** `C-Mixup, s = 0.1: 0.064 ± 0.005`. */
function meanOf(group: ArmGroup): string {
  const { mean, std } = group.error;
  return `${armName(group)} (${mean?.toFixed(3) ?? "–"} ± ${std?.toFixed(3) ?? "–"})`;
}

/** References for the arms that were trained. */
export function cMixupChecks({
  groups,
  sets,
  steps,
}: Pick<CMixupResults, "groups" | "sets" | "steps">): Reference[] {
  const compare = (
    heading: string,
    [one, other]: readonly [Wanted, Wanted],
    relation: "at most" | "at least",
    bound: number,
    measure: "ratio" | "difference" = "ratio",
  ): Reference[] => {
    const [first, second] = [findGroup(groups, one), findGroup(groups, other)];
    if (first === undefined || second === undefined) return [];
    const [a, b] = [first.error.mean, second.error.mean];
    const diverged = first.diverged + second.diverged;
    const measured = a === null || b === null ? null : measure === "ratio" ? a / b : a - b;
    return [
      bounded({
        heading,
        what: `${meanOf(first)} ${measure === "ratio" ? "over" : "less"} ${meanOf(second)}, means of ${counted(sets, "set")}`,
        relation,
        bound,
        measured,
        source: SOURCE,
        basis: "repeated",
        differences: [
          ...(sets < SETS ? [`${sets} of ${SETS} sets`] : []),
          ...(steps === STEPS ? [] : [`${steps} steps, not ${STEPS}`]),
          ...(diverged === 0 ? [] : [`${counted(diverged, "run")} diverged`]),
        ],
      }),
    ];
  };
  const erm: Wanted = { law: "erm" };
  const trimmed = { ...erm, ...TRIMMED };
  const both = { ...C_MIXUP, ...TRIMMED };
  const searched: Wanted = { ...TRIMMED, law: "c-mixup", forked: true };
  const friedmanErm = { ...erm, ...FRIEDMAN };
  const [clean, noisy, friedman] = ["Turned digits", "Noisy labels", "Friedman's function"];
  return [
    ...compare(clean, [C_MIXUP, erm], "at most", 0.92),
    ...compare(clean, [C_MIXUP, { law: "mixup" }], "at most", 0.9),
    ...compare(clean, [{ ...C_MIXUP, bandwidth: 0.4 }, C_MIXUP], "at least", 1),
    ...compare(noisy, [both, trimmed], "at most", 0.92),
    ...compare(noisy, [trimmed, { ...C_MIXUP, ...NOISY }], "at most", 0.8),
    ...compare(noisy, [searched, both], "at most", 1.1),
    ...compare(friedman, [{ law: "mixup", ...FRIEDMAN }, friedmanErm], "at least", 0.05, "difference"),
    ...compare(friedman, [{ law: "c-mixup", ...FRIEDMAN }, friedmanErm], "at least", 0.05, "difference"),
  ];
}

/** Means of the repetition in PyTorch, of one draw of six sets or of two. */
const REPEATED: readonly (readonly [Wanted, readonly number[]])[] = [
  [{ law: "erm" }, [0.08, 0.084]],
  [{ law: "mixup" }, [0.088, 0.086]],
  [{ law: "c-mixup", bandwidth: 0.02 }, [0.066, 0.07]],
  [{ law: "c-mixup", bandwidth: 0.05 }, [0.064, 0.07]],
  [C_MIXUP, [0.064, 0.071]],
  [{ law: "c-mixup", bandwidth: 0.2 }, [0.068, 0.072]],
  [{ law: "c-mixup", bandwidth: 0.4 }, [0.08, 0.082]],
  [{ ...NOISY, law: "erm" }, [0.277, 0.281]],
  [{ ...NOISY, law: "mixup" }, [0.237, 0.234]],
  [{ ...NOISY, ...C_MIXUP }, [0.237, 0.246]],
  [{ ...TRIMMED, law: "erm" }, [0.143, 0.163]],
  [{ ...TRIMMED, law: "mixup" }, [0.131, 0.135]],
  [{ ...TRIMMED, ...C_MIXUP }, [0.113, 0.129]],
  [{ ...TRIMMED, law: "c-mixup", forked: true }, [0.105, 0.12]],
  [{ ...FRIEDMAN, law: "erm" }, [0.252]],
  [{ ...FRIEDMAN, law: "mixup" }, [0.353]],
  [{ ...FRIEDMAN, law: "c-mixup" }, [0.361]],
];

/** What the repetition had for an arm; nothing where it had none. */
export function repeatedMeans(group: ArmGroup): readonly number[] {
  return REPEATED.find(([wanted]) => findGroup([group], wanted) !== undefined)?.[1] ?? [];
}
