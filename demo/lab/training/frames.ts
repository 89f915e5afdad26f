/**
 * What a training shows: frames, made when the page wants one and never more than one under way, with the evaluations
 * that the page has not had yet and the samples of the latest step.
 */

import type { Progress } from "../../../src/index.ts";
import { classIndex, Sampler } from "../../../src/mixing/sampling.ts";
import type { Experiment } from "./experiment.ts";
import type { Frame } from "./protocol.ts";

/** Samples shown of a batch. */
const MOST_MIXED = 48;

/** Where a training stands. */
export interface Standing {
  readonly progress: Progress | undefined;
  /** A copy of those at the probe points, `[R, M, K]`. */
  probabilities(): Float32Array<ArrayBuffer>;
  /** A copy of the filters over the input. */
  filters(): Float32Array<ArrayBuffer>;
  /** Steps are being taken. */
  readonly training: boolean;
}

export interface FrameOptions {
  /** Least milliseconds between frames of a training. */
  readonly interval: number;
  now(): Standing;
  post(frame: Frame, transfer: Transferable[]): void;
}

export class Frames {
  readonly rates = new Rate();
  /** Evaluations that the page has. */
  private entriesSent = 0;
  private onItsWay = false;
  private waits = false;
  private ended = false;
  private madeAt = 0;
  /** Called when the page has every frame. */
  private delivered: () => void = () => {};
  private readonly sampler: Sampler | undefined;

  constructor(
    private readonly experiment: Experiment,
    private readonly options: FrameOptions,
  ) {
    const { data, runs, batch = "full" } = experiment.train;
    const shown = experiment.groups.find(({ mixing }) => mixing.kind === "mixup");
    this.sampler =
      shown && new Sampler(runs[shown.firstRun].seed, shown.mixing, data.size, classIndex(data), batch);
  }

  /** Sends a frame, now or when the page is ready for it. */
  offer(): void {
    if (this.ended) return;
    const standing = this.options.now();
    const early = standing.training && performance.now() - this.madeAt < this.options.interval;
    if (this.onItsWay || early) {
      this.waits = true;
      return;
    }
    this.waits = false;
    this.madeAt = performance.now();
    this.onItsWay = true;
    const frame = this.frame(standing);
    const { entries, probabilities, mixed, filters } = frame;
    this.options.post(
      frame,
      [entries, probabilities, mixed, filters].map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  /** The page has shown the last frame. */
  shown(): void {
    this.onItsWay = false;
    if (this.waits) this.offer();
    if (!this.onItsWay) this.delivered();
  }

  /** Resolves when the page shows what there is: it hears of an end after it has seen it. */
  async delivery(): Promise<void> {
    if (!this.onItsWay || this.ended) return;
    await new Promise<void>((resolve) => {
      this.delivered = resolve;
    });
  }

  /** No frame more. */
  end(): void {
    this.ended = true;
    this.delivered();
  }

  private frame({ progress, probabilities, filters }: Standing): Frame {
    const { runs, steps } = this.experiment.train;
    const { step = 0, curves, failures = [] } = progress ?? {};
    const evaluations = curves?.step.length ?? 0;
    // After a lost device the training begins again a little earlier.
    if (this.entriesSent > evaluations) this.entriesSent = 0;
    const firstEntry = this.entriesSent;
    const R = runs.length;
    const entries = new Float32Array((evaluations - firstEntry) * R * 3);
    for (let e = firstEntry; e < evaluations; e++) {
      for (let r = 0; r < R; r++) {
        const { error, loss, trainingLoss } = curves!.runs[r];
        entries.set([error[e], loss[e], trainingLoss[e]], ((e - firstEntry) * R + r) * 3);
      }
    }
    this.entriesSent = evaluations;
    return {
      step,
      steps,
      firstEntry,
      entrySteps: curves?.step.slice(firstEntry) ?? [],
      entries,
      probabilities: probabilities(),
      mixed: this.mixed(step),
      filters: filters(),
      rate: this.rates.perSecond(),
      failed: failures.map(({ run }) => run),
    };
  }

  /** The batch of the step before, as the first Mixup net saw it: same pairs, same lambdas. */
  private mixed(step: number): Float32Array {
    const { sampler } = this;
    if (step === 0 || sampler === undefined) return new Float32Array(0);
    const count = Math.min(sampler.batchSize, MOST_MIXED);
    const mixed = new Float32Array(3 * count);
    for (let b = 0; b < count; b++) {
      const { first, partner, featureLambda } = sampler.sample(step - 1, b);
      mixed.set([first, partner, featureLambda], 3 * b);
    }
    return mixed;
  }
}

/** Steps a second over about the last second. */
class Rate {
  private marks: { time: number; count: number }[] = [];

  reset(): void {
    this.marks = [];
  }

  add(count: number): void {
    const time = performance.now();
    this.marks.push({ time, count });
    while (this.marks.length > 2 && this.marks[0].time < time - 1500) this.marks.shift();
  }

  perSecond(): number {
    const [first, last] = [this.marks[0], this.marks[this.marks.length - 1]];
    if (first === undefined || last.time - first.time < 50) return 0;
    return Math.max(0, (1000 * (last.count - first.count)) / (last.time - first.time));
  }
}
