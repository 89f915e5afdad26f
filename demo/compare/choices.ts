/** What the visitor chose, in the form and in the address: `#workloads=line,moons&engines=plain&repeats=5`. */

import { type ComparisonRequest, DEFAULT_SETTINGS } from "../../src/bench/comparison.ts";
import { ENGINE_NAMES } from "../../src/bench/engines/engine.ts";
import { WORKLOAD_NAMES } from "../../src/bench/workload.ts";

export type Choices = Pick<ComparisonRequest, "workloads" | "engines" | "crossovers"> & {
  readonly repeats: number;
};

/** The page's own default is short; the command's is patient. */
export const DEFAULT_CHOICES: Choices = {
  workloads: ["line", "line-x40", "moons"],
  engines: ENGINE_NAMES,
  crossovers: false,
  repeats: 5,
};

const REPEATS = [5, 15, 31];

/** Choices from an address's hash. What it does not name, or what makes no sense, is the default. */
export function choicesFromHash(hash: string): Choices {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const named = <Name extends string>(field: string, known: readonly Name[], otherwise: readonly Name[]) => {
    const wanted = fields.get(field)?.split(",") ?? [];
    const chosen = known.filter((name) => wanted.includes(name));
    return chosen.length > 0 ? chosen : otherwise;
  };
  const repeats = Number(fields.get("repeats"));
  return {
    workloads: named("workloads", WORKLOAD_NAMES, DEFAULT_CHOICES.workloads),
    engines: named("engines", ENGINE_NAMES, DEFAULT_CHOICES.engines),
    crossovers: fields.get("crossovers") === "1",
    repeats: REPEATS.includes(repeats) ? repeats : DEFAULT_CHOICES.repeats,
  };
}

/** The hash of choices: only what differs from the default. */
export function hashFromChoices({ workloads, engines, crossovers, repeats }: Choices): string {
  const fields: string[] = [];
  if (String(workloads) !== String(DEFAULT_CHOICES.workloads)) fields.push(`workloads=${workloads}`);
  if (String(engines) !== String(DEFAULT_CHOICES.engines)) fields.push(`engines=${engines}`);
  if (crossovers) fields.push("crossovers=1");
  if (repeats !== DEFAULT_CHOICES.repeats) fields.push(`repeats=${repeats}`);
  return fields.join("&");
}

/** The request that choices make. */
export function requestOf({ workloads, engines, crossovers, repeats }: Choices): ComparisonRequest {
  return { workloads, engines, crossovers, settings: { ...DEFAULT_SETTINGS, repeats } };
}
