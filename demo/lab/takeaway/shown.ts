/** What there is to take away, and the plots among it by name. Not here: how they are drawn (`figures.ts`). */

import type { LabConfig } from "../state/fields.ts";
import { shownView } from "../state/presets.ts";
import type { Experiment } from "../training/experiment.ts";
import type { History } from "../training/measured/history.ts";
import type { Quantity } from "../training/measured/quantities.ts";
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

/** Plots that can be exported, and what they are called; curves by what is measured. */
export const PLOTS = {
  picture: "Picture",
  scene: "3-D view",
  sweep: "Error over α",
  error: "Error",
  loss: "Loss",
  alone: "Loss of nets alone",
  "training-loss": "Training loss",
  head: "Logits, frequent classes",
  tail: "Logits, rare classes",
  accuracy: "Accuracy",
  opportunity: "Gap",
} as const;

export type PlotName = keyof typeof PLOTS;

/** Plots of curves, named as the columns of what they show. */
export type CurveName = Exclude<PlotName, "picture" | "scene" | "sweep">;

/** What a plot of curves shows. */
export function plotQuantity(name: CurveName, { quantities }: Experiment): number {
  return quantities.findIndex((quantity) => curveName(quantity) === name);
}

function curveName({ column }: Quantity): CurveName {
  return column.replace("_", "-") as CurveName;
}

/** The plots that are on the page, the large one first. */
export function plotNames({
  config,
  inSpace,
  experiment: { quantities },
}: Shown & { readonly experiment: Experiment }): PlotName[] {
  const view = shownView(config);
  const curves = quantities.filter(({ title }) => title !== "").map(curveName);
  if (view === "sweep") return ["picture", "sweep", ...curves];
  if (view === "picture") return ["picture", ...curves];
  return inSpace ? ["scene", ...curves] : curves;
}
