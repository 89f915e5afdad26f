/** The theory beside the nets: J*, h_eps on the probe grid, and the effective eps at one point. In the worker. */

import {
  type ClassifierRequest,
  type Device,
  DeviceLostError,
  effectiveEpsilon,
  flipAlphas,
  type Mixing,
  MixupError,
  maxMargin,
  optimalClassifier,
  optimalClassifierOn,
  optimalLoss,
  type Pairing,
} from "../../../src/index.ts";
import { perceptron } from "../../../src/model/perceptron.ts";
import type { Experiment } from "./experiment.ts";
import { packProbabilities } from "./predict.ts";
import { channels, type TheoryReport } from "./protocol.ts";
import { ready } from "./ready.ts";

/** J* grows with the cube of the points: above this it would take seconds. */
const MOST_POINTS_FOR_LOSS = 120;
/** Flips are searched over 200 alphas at every point: above this it would be felt while eps is dragged. */
const MOST_POINTS_FOR_FLIPS = 10;
/** So many pairs at a grid are computed here, before a device has answered. */
const FEW = 100_000;

export class LabTheory {
  private loss: number | null | undefined;
  private margin: readonly [number, number] | null | undefined;
  private optimal: { epsilon: number; values: Float32Array } | undefined;
  private flip: { epsilon: number; alpha: number } | undefined;

  constructor(
    private readonly device: Device,
    private readonly experiment: Experiment,
  ) {}

  /**
   * `epsilon` null leaves h_eps out. `probability` is Mixup's mean probability of point `point`'s own class.
   */
  async report(
    epsilon: number | null,
    point: number,
    probability: number | undefined,
  ): Promise<TheoryReport> {
    const { law } = this.experiment;
    const alpha = law.kind === "beta" ? law.a : null;
    try {
      await ready(this.device);
      return {
        alpha,
        epsilon,
        optimalLoss: this.optimalLoss(),
        maxMargin: this.maxMargin(),
        flipAlpha: epsilon === null ? null : this.flipAlpha(epsilon),
        optimal: epsilon === null ? new Float32Array(0) : await this.optimalOnGrid(epsilon),
        ...(await this.atPoint(epsilon, point, probability)),
      };
    } catch (error) {
      // A device that is lost on the way: the page asks again.
      if (!(error instanceof MixupError) || error instanceof DeviceLostError) throw error;
      const nothing = { alpha, epsilon, optimalLoss: null, maxMargin: null, optimal: new Float32Array(0) };
      return {
        ...nothing,
        flipAlpha: null,
        pointProbability: null,
        effectiveEpsilon: null,
        message: error.message,
      };
    }
  }

  private optimalLoss(): number | null {
    const { train, law } = this.experiment;
    if (this.loss === undefined) {
      this.loss = train.data.size > MOST_POINTS_FOR_LOSS ? null : optimalLoss({ ...this.request(), law });
    }
    return this.loss;
  }

  private flipAlpha(epsilon: number): number | null {
    const { law, train } = this.experiment;
    if (law.kind !== "beta" || train.data.size > MOST_POINTS_FOR_FLIPS) return null;
    if (this.flip?.epsilon !== epsilon) {
      const alphas = flipAlphas({ ...this.request(), epsilon });
      this.flip = { epsilon, alpha: alphas.reduce((least, alpha) => Math.min(least, alpha)) };
    }
    return this.flip.alpha;
  }

  private maxMargin(): readonly [number, number] | null {
    const { model, data } = this.experiment.train;
    if (String(perceptron(model)?.sizes) !== "2,2") return null;
    if (this.margin === undefined) {
      try {
        const [x, y] = maxMargin(data).direction;
        this.margin = [x, y];
      } catch (error) {
        // No line through the origin separates them.
        if (!(error instanceof MixupError)) throw error;
        this.margin = null;
      }
    }
    return this.margin;
  }

  private request() {
    const { train, groups } = this.experiment;
    return { data: train.data, pairing: namedPairing(groups[groups.length - 1].mixing) };
  }

  private async optimalOnGrid(epsilon: number): Promise<Float32Array> {
    if (this.optimal?.epsilon !== epsilon) {
      const { probe, train } = this.experiment;
      const { probabilities, mass } = await this.classifier({ epsilons: [epsilon], queries: probe.points });
      const values = packProbabilities(probabilities, train.data.targetSize);
      const K = channels(train.data.targetSize);
      mass.forEach((value, m) => {
        if (value === 0) values.fill(Number.NaN, m * K, (m + 1) * K);
      });
      this.optimal = { epsilon, values };
    }
    return this.optimal.values.slice();
  }

  private async classifier(asked: Pick<ClassifierRequest, "epsilons" | "queries">) {
    const { law, train } = this.experiment;
    const request = { ...this.request(), ...asked, laws: [law] };
    const work = train.data.size ** 2 * (asked.queries.length / train.data.dimensions);
    return work > FEW ? optimalClassifierOn(this.device, request) : optimalClassifier(request);
  }

  private async atPoint(epsilon: number | null, point: number, probability: number | undefined) {
    const { law, train } = this.experiment;
    const { data } = train;
    if (!(point < data.size)) return { pointProbability: null, effectiveEpsilon: null };
    const query = data.points.subarray(point * data.dimensions, (point + 1) * data.dimensions);
    const label = data.labels![point];
    let pointProbability: number | null = null;
    if (epsilon !== null) {
      const at = await this.classifier({ epsilons: [epsilon], queries: query });
      pointProbability = at.probabilities[label];
    }
    const effective =
      probability === undefined
        ? Number.NaN
        : effectiveEpsilon({ ...this.request(), law, query, label, probability });
    return { pointProbability, effectiveEpsilon: Number.isFinite(effective) ? effective : null };
  }
}

/** The pairing, if it is one that the theory knows: all pairs are as likely as each other. */
function namedPairing({ pairing }: Mixing): Pairing | undefined {
  return typeof pairing === "object" || pairing === "all-pairs" ? undefined : pairing;
}
