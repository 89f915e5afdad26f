/**
 * The filters with which a net looks at images: the weights of the operation that reads its input, as far as these are
 * filters. Found in the trace by their shape.
 *
 * Not here: how they are drawn (`imagePanel.ts`).
 */

import type { Model, NamedTensors } from "../../../../src/index.ts";
import { type TensorLayout, traceModel } from "../../../../src/model/trace.ts";
import type { Experiment } from "../experiment.ts";

/** Milliseconds between looks at the nets while they train: each is a checkpoint. */
const INTERVAL = 400;

/** Weights `[filters, channels, height, width]` over the net's input, or undefined where it is not looked at in patches. */
export function filterTensor(model: Model): TensorLayout | undefined {
  const { operations } = traceModel(model);
  const weights = operations
    .filter(({ inputs }) => inputs.includes(0))
    .map(({ parameters }) => parameters.weight);
  return weights.find((weight) => weight?.shape.length === 4);
}

/** Filters of the first net of each group, `[groups, size]`; empty where there are none. */
export function filtersOf(
  { train, groups }: Experiment,
  nets: readonly NamedTensors[],
): Float32Array<ArrayBuffer> {
  const tensor = filterTensor(train.model);
  if (tensor === undefined) return new Float32Array(0);
  const filters = new Float32Array(groups.length * tensor.size);
  groups.forEach(({ firstRun }, g) => {
    filters.set(nets[firstRun][tensor.name].data as ArrayLike<number>, g * tensor.size);
  });
  return filters;
}

/** The latest filters of nets that train. */
export class FilterWatch {
  private values = new Float32Array(0);
  private looking = false;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private readonly exist: boolean;

  constructor(private readonly experiment: Experiment) {
    this.exist = filterTensor(experiment.train.model) !== undefined;
  }

  /** A copy of the latest. */
  get latest(): Float32Array<ArrayBuffer> {
    return this.values.slice();
  }

  /** Takes those of these nets. */
  take(nets: readonly NamedTensors[]): void {
    if (this.exist) this.values = filtersOf(this.experiment, nets);
  }

  /** Looks again, if it is time and there is something to see; `nets` gives the nets now. */
  look(nets: () => Promise<{ nets: readonly NamedTensors[] }>): void {
    if (!this.exist || this.looking || performance.now() - this.lookedAt < INTERVAL) return;
    this.looking = true;
    const before = this.values;
    nets()
      .then(
        (now) => {
          // The training may have ended meanwhile: what it ended in stands.
          if (this.values === before) this.take(now.nets);
        },
        () => {
          // The training itself reports what went wrong.
        },
      )
      .finally(() => {
        this.looking = false;
        this.lookedAt = performance.now();
      });
  }
}
