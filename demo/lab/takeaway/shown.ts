/** What there is to take away, and the plots among it by name. Not here: how they are drawn (`figures.ts`). */

import type { History } from "../charts/history.ts";
import type { LabConfig } from "../state/fields.ts";
import type { Experiment } from "../training/experiment.ts";
import type { DeviceReport, Frame, TheoryReport } from "../training/protocol.ts";

export interface Shown {
  readonly config: LabConfig;
  readonly experiment: Experiment | undefined;
  readonly history: History;
  readonly frame: Frame | undefined;
  readonly theory: TheoryReport | undefined;
  readonly device: DeviceReport | undefined;
  /** Whether there is a 3-D view. */
  readonly inSpace: boolean;
}

/** Once something has been trained. */
export type Trained = Shown & { readonly experiment: Experiment; readonly frame: Frame };

/** Plots that can be exported, and what they are called. */
export const PLOTS = {
  picture: "Picture",
  scene: "3-D view",
  sweep: "Error over α",
  error: "Error",
  loss: "Loss",
  "training-loss": "Training loss",
} as const;

export type PlotName = keyof typeof PLOTS;

/** The plots that are on the page, the large one first. */
export function plotNames({ config: { view }, inSpace }: Shown): PlotName[] {
  const curves: PlotName[] = ["error", "loss", "training-loss"];
  if (view === "sweep") return ["picture", "sweep", ...curves];
  if (view === "picture") return ["picture", ...curves];
  return inSpace ? ["scene", ...curves] : curves;
}
