/**
 * What a training shows: frames, made when the page wants one and never more than one under way, with the evaluations
 * that the page has not had yet and the samples of the latest step.
 */

import type { Experiment } from "./experiment.ts";
import type { Frame } from "./protocol.ts";
import { packSample, type SampleAt, samplesOf } from "./samples.ts";
import type { LabProgress } from "./training.ts";

/** Samples shown of a batch. */
const MOST_MIXED = 48;

/** Where a training stands. */
export interface Standing {
  readonly progress: LabProgress | undefined;
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
  private readonly samples: SampleAt | undefined;

  constructor(
    private readonly experiment: Experiment,
    private readonly options: FrameOptions,
  ) {
    const shown = experiment.groups[experiment.groups.length - 1];
    // What has no points to look at has no mixed points to show.
    const shows = shown.mixing.kind === "mixup" && experiment.probe.points.length > 0;
    this.samples = shows ? samplesOf(experiment.train, shown.firstRun) : undefined;
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
    const { experiment } = this;
    const { quantities, steps } = experiment;
    const { runs } = experiment.train;
    const { step = 0, curves, failures = [] } = progress ?? {};
    const evaluations = curves?.step.length ?? 0;
    // After a lost device the training begins again a little earlier.
    if (this.entriesSent > evaluations) this.entriesSent = 0;
    const firstEntry = this.entriesSent;
    const [R, Q] = [runs.length, quantities.length];
    const entries = new Float32Array((evaluations - firstEntry) * R * Q);
    for (let e = firstEntry; e < evaluations; e++) {
      for (let r = 0; r < R; r++) {
        const values = quantities.map((quantity) => quantity.read(curves!.runs[r], e));
        entries.set(values, ((e - firstEntry) * R + r) * Q);
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
      ...(progress?.fairWeights && { fairWeights: progress.fairWeights }),
    };
  }

  /** The batch of the step before, as the last group's first net saw it: same pairs, same lambdas. */
  private mixed(step: number): Float32Array {
    const { samples } = this;
    if (step === 0 || samples === undefined) return new Float32Array(0);
    return Float32Array.from(samples(step - 1, MOST_MIXED).flatMap(packSample));
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
