/**
 * Where the nets of each recorded alpha cut, as one number: of linear models the cosine of their direction to that of the largest
 * margin, of the two moons the margin of their mean. Measured when a step is looked at, a few alphas a frame, and kept.
 *
 * Not here: errors and losses, measured as a step is recorded (`mixtures.ts`).
 */

import { MixupError, maxMargin } from "../../../src/index.ts";
import { perceptron } from "../../../src/model/perceptron.ts";
import type { LabConfig } from "../state/fields.ts";
import { plainExperiment } from "../training/experiment.ts";
import { leastMargin } from "../training/measured/margin.ts";
import type { RecordedFrame } from "../training/protocol.ts";
import { Forward } from "./forward.ts";
import type { RecordingPlan } from "./plan.ts";

type GeometryKind = NonNullable<RecordedFrame["geometry"]>["kind"];

/** Measures one group of nets: their parameters, one after another. */
type Measure = (nets: Iterable<ArrayLike<number>>) => number;

export class Geometry {
  /** Undefined where nothing of the kind is measured. */
  readonly kind: GeometryKind | undefined;
  private readonly measure: Measure | undefined;
  /** Of each moment `[A]`; NaN where it is not measured yet. */
  private readonly known = new Map<number, Float32Array>();
  /** Measured as far as it can be. */
  private readonly done = new Map<number, Set<number>>();

  constructor(
    private readonly plan: RecordingPlan,
    config: LabConfig,
    private readonly now: () => number = () => performance.now(),
  ) {
    const cosine = config.preset === "linear" ? cosineMeasure(plan) : undefined;
    const margin = config.preset === "moons" ? marginMeasure(config) : undefined;
    this.measure = cosine ?? margin;
    this.kind = cosine !== undefined ? "cosine" : margin !== undefined ? "margin" : undefined;
  }

  /**
   * What is known of a moment `[A]`, after measuring the alpha that is shown (-1 for none), and others for so many milliseconds.
   */
  at(
    moment: number,
    shown: number,
    milliseconds: number,
    netsOf: (alpha: number) => Iterable<ArrayLike<number>>,
  ): Float32Array {
    const { plan, measure } = this;
    if (measure === undefined) return new Float32Array(0);
    const values = this.known.get(moment) ?? new Float32Array(plan.alphas.length).fill(Number.NaN);
    const done = this.done.get(moment) ?? new Set<number>();
    this.known.set(moment, values);
    this.done.set(moment, done);
    const until = this.now() + milliseconds;
    const order = [...plan.alphas.keys()].sort((a, b) => Math.abs(a - shown) - Math.abs(b - shown));
    for (const alpha of order) {
      if (done.has(alpha)) continue;
      if (alpha !== shown && this.now() > until) break;
      values[alpha] = measure(netsOf(alpha));
      done.add(alpha);
    }
    return values.slice();
  }

  /** Whether there is more to measure of a moment. */
  lacks(moment: number): boolean {
    return this.measure !== undefined && (this.done.get(moment)?.size ?? 0) < this.plan.alphas.length;
  }
}

/** The mean cosine of nets to the max-margin direction; undefined where nets or data have none. */
function cosineMeasure({ train }: RecordingPlan): Measure | undefined {
  const net = perceptron(train.model);
  if (net === undefined || String(net.sizes) !== "2,2" || net.layers[0].biasOffset >= 0) return undefined;
  let direction: ArrayLike<number>;
  try {
    direction = maxMargin(train.data).direction;
  } catch (error) {
    // No line through the origin separates them.
    if (!(error instanceof MixupError)) throw error;
    return undefined;
  }
  const { weightOffset } = net.layers[0];
  return (nets) => {
    let [sum, count] = [0, 0];
    for (const parameters of nets) {
      // Weights [2, 2]: what class 1 scores more than class 0.
      const [a, b, c, d] = [0, 1, 2, 3].map((i) => parameters[weightOffset + i]);
      sum += ((c - a) * direction[0] + (d - b) * direction[1]) / Math.hypot(c - a, d - b);
      count++;
    }
    return sum / count;
  };
}

/** The margin of the mean probability of nets. */
function marginMeasure(config: LabConfig): Measure | undefined {
  const { train, probe } = plainExperiment({ ...config, view: "picture" });
  if (train.data.targetSize !== 2) return undefined;
  const count = probe.points.length / 2;
  const forward = new Forward(train.model, probe.points, count);
  const own = new Float32Array(count);
  return (nets) => {
    const mean = new Float64Array(count);
    let runs = 0;
    for (const parameters of nets) {
      forward.probabilities(parameters, own, 0);
      for (let m = 0; m < count; m++) mean[m] += own[m];
      runs++;
    }
    for (let m = 0; m < count; m++) mean[m] /= runs;
    return runs === 0 ? Number.NaN : (leastMargin(train.data, probe, mean)?.length ?? Number.NaN);
  };
}
