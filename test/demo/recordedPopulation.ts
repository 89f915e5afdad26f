/** A recording's population on the CPU: its nets after some steps, and what the library's handle measures of them. */

import type { RecordingPlan } from "../../demo/lab/recording/plan.ts";
import { type Evaluation, openDevice, openPopulation } from "../../src/index.ts";

export async function evaluatedLosses(
  train: RecordingPlan["train"],
  steps: number,
): Promise<{ nets: Float64Array[]; evaluations: Evaluation[] }> {
  const population = openPopulation(await openDevice({ backend: "cpu" }), train);
  await population.train(steps);
  const nets = (await population.parameters()).map((named) =>
    Float64Array.from(Object.values(named).flatMap(({ data }) => Array.from(data as Float64Array))),
  );
  const evaluations = await population.evaluate();
  population.destroy();
  return { nets, evaluations };
}
