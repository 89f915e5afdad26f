/**
 * What every experiment hands back: the part of `results.json` that all have. Plain data that survives JSON, so the same
 * object goes from a page to Node, into files, figures, the report and the closing table.
 *
 * Not here: an experiment's own numbers (`experiments/<name>/results.ts`).
 */

import type { AdapterInfo } from "../gpu/device.ts";
import type { Variants } from "../kernels/variants.ts";
import type { Reference } from "./references.ts";

/** Who computed, and with which variants of the kernels; none on the CPU. */
export interface UsedAdapter extends AdapterInfo {
  readonly variants?: Variants;
}

/** What the outcomes of all experiments share; the content of `results.json`. */
export interface ExperimentResults {
  readonly experiment: string;
  readonly version: string;
  /** Everything that determines the runs. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly backend: "webgpu" | "cpu";
  readonly adapter: UsedAdapter;
  readonly references: Reference[];
  readonly elapsedSeconds: number;
}
