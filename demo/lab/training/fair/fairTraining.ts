/**
 * Weights of training points learnt, and beside them a model with all weights 1: rounds in float64 on the processor, for each takes
 * microseconds. A checkpoint holds models, weights, their moments and what was measured.
 *
 * Not here: the rounds themselves (the library's `experiments/fair-weights`), pausing and frames (`trainer.ts`).
 */

import { checkInteger } from "../../../../src/check.ts";
import { rateGaps } from "../../../../src/experiments/fair-weights/fairness.ts";
import { meanWeights, problemOf, RATES } from "../../../../src/experiments/fair-weights/problem.ts";
import { BiFairRounds, plainStep, predictions } from "../../../../src/experiments/fair-weights/rounds.ts";
import { ConfigError, decodeSafetensors } from "../../../../src/index.ts";
import { checkSeal, encodeSealed } from "../../../../src/model/digest.ts";
import { type Curves, emptyCurves, readCurves } from "../domains/methodTraining.ts";
import type { Experiment } from "../experiment.ts";
import { FAIR_MEASURES, type FairMeasure } from "../measured/quantities.ts";
import type { FairWeightsMethod } from "../methods/methods.ts";
import { ProgressNews } from "../progressNews.ts";
import type { FairState, LabProgress, LabResult, LabTraining, LabTrainOptions } from "../training.ts";

const FORMAT = "mixup-webgpu lab fair weights 1";
const WEIGHT = "layers.0.weight";
/** All rounds are done in about so many turns, and where one looks on each takes at least so many milliseconds. */
const TURNS = { count: 400, milliseconds: 20 };

/** One draw: its rounds, and the model with all weights 1. */
interface Pair {
  readonly draw: FairWeightsMethod["draws"][number];
  readonly biFair: BiFairRounds;
  plain: Float64Array;
}

export class FairTraining implements LabTraining {
  readonly result: Promise<LabResult>;
  private readonly pairs: Pair[];
  private readonly curves: Curves;
  private readonly news = new ProgressNews();
  private readonly dimensions: number;
  private step = 0;
  private isStopped = false;

  /** @throws ConfigError for a checkpoint that is none of this experiment. */
  constructor(
    private readonly experiment: Experiment,
    checkpoint: Uint8Array | undefined,
    private readonly options: LabTrainOptions,
  ) {
    const { train, fairWeights } = experiment;
    this.dimensions = train.data.dimensions;
    this.pairs = fairWeights!.draws.map((draw) => ({
      draw,
      biFair: new BiFairRounds(problemOf(draw.parts), new Float64Array(this.dimensions)),
      plain: new Float64Array(this.dimensions),
    }));
    this.curves =
      checkpoint === undefined ? emptyCurves(FAIR_MEASURES, train.runs.length) : this.read(checkpoint);
    this.result = this.run().finally(() => this.news.end());
    this.result.catch(() => {});
  }

  stop(): void {
    this.isStopped = true;
  }

  async checkpoint(): Promise<Uint8Array> {
    const { pairs, dimensions: D, step } = this;
    const [S, N] = [pairs.length, pairs[0].biFair.weights.values.length];
    const ofWeights = (name: "values" | "first" | "second") => ({
      shape: [S, N],
      data: Float64Array.from(pairs.flatMap(({ biFair }) => [...biFair.weights[name]])),
    });
    return encodeSealed(
      {
        [`parameters.${WEIGHT}`]: {
          shape: [2 * S, 1, D],
          data: Float64Array.from(this.thetas().flatMap((theta) => [...theta])),
        },
        weights: ofWeights("values"),
        "weights.first": ofWeights("first"),
        "weights.second": ofWeights("second"),
      },
      {
        format: FORMAT,
        step: String(step),
        kept: pairs.map(({ biFair }) => biFair.kept).join(" "),
        fairWeights: JSON.stringify(this.curves),
      },
    );
  }

  [Symbol.asyncIterator](): AsyncGenerator<LabProgress> {
    return this.news.each(() => this.progress(), this.result);
  }

  private async run(): Promise<LabResult> {
    const { experiment, options, curves } = this;
    const { stops } = experiment.fairWeights!;
    const until = Math.min(options.stopAfter ?? Number.POSITIVE_INFINITY, experiment.steps);
    const aTurn = Math.ceil(experiment.steps / TURNS.count);
    const milliseconds = options.pace === undefined ? 0 : TURNS.milliseconds;
    while (true) {
      if (stops.includes(this.step) && curves.step.at(-1) !== this.step) this.measure();
      this.news.tell();
      // Orders, such as to stop, come in between.
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      if (this.isStopped || this.step >= until) break;
      const next = Math.min(
        until,
        this.step + aTurn,
        stops.find((stop) => stop > this.step) ?? Number.POSITIVE_INFINITY,
      );
      for (; this.step < next; this.step++) for (const pair of this.pairs) round(pair);
    }
    const { curves: measured } = this.progress();
    const runs = this.thetas().map((data) => ({
      parameters: { [WEIGHT]: { shape: [1, this.dimensions], data } },
      probabilities: new Float32Array(0),
    }));
    return { step: this.step, curves: measured, runs };
  }

  /** Of the runs in their order: the models with all weights 1, then those beside learnt ones. */
  private thetas(): Float64Array[] {
    return [...this.pairs.map(({ plain }) => plain), ...this.pairs.map(({ biFair }) => biFair.theta)];
  }

  private measure(): void {
    const { curves, pairs } = this;
    curves.step.push(this.step);
    this.thetas().forEach((theta, run) => {
      const { draw, biFair } = pairs[run % pairs.length];
      const { test } = draw.parts;
      const weights = run < pairs.length ? undefined : biFair.weights.values;
      const mean = weights === undefined ? { flipped: 1, right: 1 } : meanWeights(weights, draw.draw);
      const measured: Record<FairMeasure, number> = {
        ...rateGaps(predictions(test, theta), test),
        wrong: mean.flipped,
        right: mean.right,
      };
      for (const name of FAIR_MEASURES) curves.runs[run][name]!.push(measured[name]);
    });
  }

  private progress(): LabProgress {
    const { curves, step } = this;
    const runs = curves.runs.map((run) => ({ error: [], loss: [], trainingLoss: [], ...run }));
    return {
      step,
      curves: { step: [...curves.step], runs },
      probabilities: new Float32Array(0),
      failures: [],
      fairWeights: this.state(),
    };
  }

  private state(): FairState {
    return {
      weights: Float32Array.from(this.pairs.flatMap(({ biFair }) => [...biFair.weights.values])),
      thetas: Float32Array.from(this.thetas().flatMap((theta) => [...theta])),
    };
  }

  /** Goes on with what a checkpoint holds. */
  private read(checkpoint: Uint8Array): Curves {
    const { pairs, dimensions: D, experiment } = this;
    const { tensors, metadata } = decodeSafetensors(checkpoint);
    if (metadata.format !== FORMAT)
      throw new ConfigError("checkpoint.format", `"${metadata.format}" is not "${FORMAT}".`);
    checkSeal("checkpoint", checkpoint, metadata, true);
    const [S, N] = [pairs.length, pairs[0].biFair.weights.values.length];
    const tensor = (name: string, shape: readonly number[]) => {
      const found = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
      if (!(found?.data instanceof Float64Array) || String(found.shape) !== String(shape))
        throw new ConfigError(`checkpoint.${name}`, `is not what ${S} draws of ${N} points have.`);
      const { data } = found;
      const width = data.length / shape[0];
      return (row: number) => data.slice(row * width, (row + 1) * width);
    };
    const parameters = tensor(`parameters.${WEIGHT}`, [2 * S, 1, D]);
    const [values, first, second] = ["weights", "weights.first", "weights.second"].map((name) =>
      tensor(name, [S, N]),
    );
    this.step = checkInteger(
      "checkpoint.step",
      Number(metadata.step),
      0,
      experiment.steps,
      "a number of rounds",
    );
    const kept = metadata.kept?.split(" ").map(Number) ?? [];
    pairs.forEach((pair, s) => {
      pair.plain = parameters(s);
      pair.biFair.theta = parameters(S + s);
      pair.biFair.kept = checkInteger("checkpoint.kept", kept[s], 0, this.step, "a number of rounds");
      pair.biFair.weights.resume({
        values: values(s),
        first: first(s),
        second: second(s),
        steps: this.step,
      });
    });
    return readCurves(metadata.fairWeights, FAIR_MEASURES, experiment.train.runs.length);
  }
}

function round(pair: Pair): void {
  pair.biFair.round();
  pair.plain = plainStep(pair.draw.parts.training, pair.plain, RATES.learningRate);
}
