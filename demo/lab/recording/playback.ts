/**
 * A recording as it is looked at: nets and measurements of every recorded step so far, the part of them that a state shows, and
 * frames of it. Nets between recorded alphas or steps are not made up: the nearest recorded ones are shown. Pure.
 *
 * Not here: where the nets come from (`recorder.ts`), which frame is sent when.
 */

import type { NamedTensors } from "../../../src/index.ts";
import { nameParameters } from "../../../src/model/layout.ts";
import type { LabConfig } from "../state/fields.ts";
import type { Experiment } from "../training/experiment.ts";
import { channels, type Frame } from "../training/protocol.ts";
import { packSample, type SampleAt, samplesOf } from "../training/samples.ts";
import { Forward } from "./forward.ts";
import { Geometry } from "./geometry.ts";
import { fromHalves } from "./halves.ts";
import { MEASURES } from "./mixtures.ts";
import { nearestAlpha, nearestMoment, type RecordingPlan, type Shown, shownOf } from "./plan.ts";

/** A recorded step. */
export interface Moment {
  /** `[R, P]` as halves. */
  readonly nets: Uint16Array<ArrayBuffer>;
  /** `[R, 3]`: error, loss, loss on mixtures. */
  readonly measured: Float32Array<ArrayBuffer>;
}

/** Samples shown of a batch. */
const MOST_MIXED = 48;

/** Milliseconds of a frame for where nets of other alphas cut: little while the recording grows, which comes first. */
const GEOMETRY_TIME = { growing: 1, whole: 6 } as const;

/** What is shown, with what is kept of it between frames. */
interface View extends Shown {
  readonly forward: Forward;
  /** Numbers of a net's picture. */
  readonly size: number;
  readonly samples: SampleAt | undefined;
}

export class Playback {
  readonly moments: Moment[] = [];
  /** Runs that have diverged, with their steps. */
  readonly failures = new Map<number, number>();
  private readonly views = new Map<number, View>();
  private readonly net: Float32Array;
  private readonly geometry: Geometry;
  /** Pictures of the nets of one group at one step, by both: the last few. */
  private readonly pictures = new Map<string, Float32Array>();
  /** What the page has of the curves. */
  private sent = { alpha: Number.NaN, count: 0 };

  constructor(
    private readonly plan: RecordingPlan,
    private config: LabConfig,
  ) {
    this.net = new Float32Array(plan.parameters);
    this.geometry = new Geometry(plan, config);
  }

  look(config: LabConfig): void {
    this.config = config;
  }

  /** The curves are to be sent again. */
  forget(): void {
    this.sent = { alpha: Number.NaN, count: 0 };
  }

  /** Index of the alpha that is shown; -1 for all. */
  get alpha(): number {
    return this.config.view === "sweep" ? -1 : nearestAlpha(this.plan, this.config.alpha);
  }

  /** Index of the step that is shown. */
  get moment(): number {
    return nearestMoment(this.plan, this.config.at, this.moments.length);
  }

  get step(): number {
    return this.plan.moments[this.moment];
  }

  get experiment(): Experiment {
    return this.view.experiment;
  }

  /** The nets that are shown, as they are at rest. */
  nets(): NamedTensors[] {
    const { firstRuns } = this.view;
    return firstRuns.flatMap((first) =>
      Array.from({ length: this.plan.seeds }, (_, i) =>
        nameParameters(this.plan.train.model, this.netAt(this.moment, first + i)),
      ),
    );
  }

  /** Probabilities at the probe points of what is shown, `[R, M, K]`. */
  probabilities(): Float32Array<ArrayBuffer> {
    const { firstRuns, size } = this.view;
    const groupSize = size * this.plan.seeds;
    const all = new Float32Array(firstRuns.length * groupSize);
    firstRuns.forEach((first, g) => {
      all.set(this.picture(first), g * groupSize);
    });
    return all;
  }

  frame(secondsLeft: number | undefined): Frame {
    const { plan, alpha, moment, step, moments } = this;
    const { experiment, samples } = this.view;
    const isWhole = moments.length === plan.moments.length;
    const firstEntry = this.sent.alpha === alpha ? this.sent.count : 0;
    // Nothing is measured before the first step.
    const entrySteps = plan.moments.slice(1 + firstEntry, moments.length);
    const entries = this.entries(firstEntry, entrySteps.length);
    this.sent = { alpha, count: firstEntry + entrySteps.length };
    const mixed =
      samples === undefined || step === 0 ? [] : samples(step - 1, MOST_MIXED).flatMap(packSample);
    const runs = this.view.firstRuns.flatMap((first) =>
      Array.from({ length: plan.seeds }, (_, i) => first + i),
    );
    return {
      step,
      steps: experiment.steps,
      firstEntry,
      entrySteps,
      entries,
      probabilities: this.probabilities(),
      mixed: Float32Array.from(mixed),
      filters: new Float32Array(0),
      rate: 0,
      failed: runs.flatMap((run, r) =>
        (this.failures.get(run) ?? Number.POSITIVE_INFINITY) < step ? [r] : [],
      ),
      recorded: {
        alpha,
        moment,
        count: moments.length,
        relief: this.relief(),
        ...(this.geometry.kind !== undefined && {
          geometry: {
            kind: this.geometry.kind,
            values: this.geometry.at(
              moment,
              alpha,
              isWhole ? GEOMETRY_TIME.whole : GEOMETRY_TIME.growing,
              (a) => this.netsOf(moment, (a + 1) * plan.seeds),
            ),
          },
        }),
        secondsLeft,
      },
    };
  }

  /** Whether another frame of what is shown would say more. */
  get hasMore(): boolean {
    return this.geometry.lacks(this.moment);
  }

  private get view(): View {
    const { alpha } = this;
    let view = this.views.get(alpha);
    if (view === undefined) {
      const shown = shownOf(this.plan, this.config);
      const { train, probe, groups } = shown.experiment;
      const count = probe.points.length / train.data.dimensions;
      view = {
        ...shown,
        forward: new Forward(train.model, probe.points, count),
        size: count * channels(train.data.targetSize),
        samples: alpha < 0 ? undefined : samplesOf(train, groups[groups.length - 1].firstRun),
      };
      this.views.set(alpha, view);
    }
    return view;
  }

  private netAt(moment: number, run: number): Float32Array {
    const { parameters } = this.plan;
    return fromHalves(this.moments[moment].nets.subarray(run * parameters, (run + 1) * parameters), this.net);
  }

  /** A group's nets that have not diverged, each until the next. */
  private *netsOf(moment: number, first: number): Iterable<Float32Array> {
    for (let run = first; run < first + this.plan.seeds; run++) {
      const failedAt = this.failures.get(run) ?? Number.POSITIVE_INFINITY;
      if (failedAt >= this.plan.moments[moment]) yield this.netAt(moment, run);
    }
  }

  /** Pictures of a group's nets, from its first run on. */
  private picture(first: number): Float32Array {
    const { view, moment, plan } = this;
    const key = `${view.size} ${moment} ${first}`;
    let picture = this.pictures.get(key);
    if (picture === undefined) {
      picture = new Float32Array(plan.seeds * view.size);
      for (let i = 0; i < plan.seeds; i++)
        view.forward.probabilities(this.netAt(moment, first + i), picture, i * view.size);
      // While alpha is dragged ERM's stay what they are.
      if (this.pictures.size >= 2 + plan.alphas.length) this.pictures.clear();
      this.pictures.set(key, picture);
    }
    return picture;
  }

  private entries(from: number, count: number): Float32Array {
    const { firstRuns } = this.view;
    const width = this.plan.seeds * MEASURES;
    const entries = new Float32Array(count * firstRuns.length * width);
    for (let e = 0; e < count; e++) {
      const { measured } = this.moments[1 + from + e];
      firstRuns.forEach((first, g) => {
        const own = measured.subarray(first * MEASURES, first * MEASURES + width);
        entries.set(own, (e * firstRuns.length + g) * width);
      });
    }
    return entries;
  }

  private relief(): Float32Array {
    const { seeds, alphas } = this.plan;
    const { measured } = this.moments[this.moment];
    return Float32Array.from({ length: alphas.length * MEASURES }, (_, i) => {
      const [alpha, q] = [Math.floor(i / MEASURES), i % MEASURES];
      const values = Array.from(
        { length: seeds },
        (_, r) => measured[((alpha + 1) * seeds + r) * MEASURES + q],
      );
      const known = values.filter(Number.isFinite);
      return known.reduce((sum, value) => sum + value / known.length, 0);
    });
  }
}
