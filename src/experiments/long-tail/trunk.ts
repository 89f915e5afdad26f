/**
 * A trained net cut in two: what its trunk, which stays as it is, makes of all points, and the classifier that goes on with that. The
 * trunk's part of every further step, most of its work, is then done once.
 *
 * Not here: who trains the classifiers (`experiment.ts`).
 */

import { classDataset, type Dataset } from "../../data/dataset.ts";
import type { NamedTensors } from "../../model/layout.ts";
import { mlp } from "../../model/nets.ts";
import type { Trainer } from "../trainer.ts";

export interface CutNets {
  /** Activations of all points, net after net, `[R N, hidden]`: row r N + n is of net r and point n. */
  readonly data: Dataset;
  /** Of each net the parameters of its classifier, as a net without hidden layers names them. */
  readonly classifiers: NamedTensors[];
}

/**
 * Cuts nets with one hidden layer of ReLUs.
 * @param nets of the model `mlp([data.dimensions, hidden, data.targetSize])`; all of them finite
 * @param data with classes, `[N, D]`
 * @throws the trainer's errors as they are; the signal's reason.
 */
export async function cutNets(
  trainer: Pick<Trainer, "predict">,
  nets: readonly NamedTensors[],
  data: Dataset,
  hidden: number,
  signal?: AbortSignal,
): Promise<CutNets> {
  const trunks = nets.map(
    (net): NamedTensors => ({
      "layers.0.weight": net["layers.0.weight"],
      "layers.0.bias": net["layers.0.bias"],
    }),
  );
  const sums = await trainer.predict(
    // Of squared error outputs come as they are.
    { model: mlp([data.dimensions, hidden]), parameters: trunks, points: data.points, loss: "squared-error" },
    { signal },
  );
  return {
    data: classDataset({
      points: Float32Array.from(sums, (sum) => Math.max(0, sum)),
      labels: Uint32Array.from(
        { length: nets.length * data.size },
        (_, row) => data.labels![row % data.size],
      ),
      dimensions: hidden,
      classes: data.targetSize,
    }),
    classifiers: nets.map((net) => ({
      "layers.0.weight": net["layers.1.weight"],
      "layers.0.bias": net["layers.1.bias"],
    })),
  };
}
