/** Words that say how steps are executed. */

import type { ExecutedBy, TrainConfig } from "./training.ts";

/** For a config: `auto` lets the planner choose. */
export const EXECUTORS = ["auto", "resident", "layered"] as const;

/** What a training goes on with that was executed so: on the CPU or in several ways, each run has its own again. */
export function forcedBy(executor: ExecutedBy): NonNullable<TrainConfig["executor"]> {
  return executor === "cpu" || executor === "mixed" ? "auto" : executor;
}
