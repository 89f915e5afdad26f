/**
 * Trains a recording's population with the library's handle and keeps its nets step by step, while whoever looks may look at any of
 * them: the worker's other session beside `trainer.ts`. What was recorded before is read from the browser's store, and goes on from there.
 */

import type { OpenedDevice } from "../../../src/gpu/device.ts";
import {
  MixupError,
  type NamedTensors,
  openPopulation,
  type PopulationHandle,
  reopenPopulation,
  saveParameters,
} from "../../../src/index.ts";
import { initialParameters } from "../../../src/model/initialization.ts";
import { parameterLayout } from "../../../src/model/layout.ts";
import type { LabConfig } from "../state/fields.ts";
import type { Experiment } from "../training/experiment.ts";
import { meanProbability } from "../training/measured/predictions.ts";
import { gridSize } from "../training/probes.ts";
import type { News } from "../training/protocol.ts";
import { LabTheory } from "../training/theory.ts";
import { toHalves } from "./halves.ts";
import { Measuring } from "./mixtures.ts";
import { Pacing } from "./pacing.ts";
import { type RecordingPlan, recordingKey } from "./plan.ts";
import { type Moment, Playback } from "./playback.ts";
import { RecordingStore } from "./store.ts";

/** Milliseconds between frames of what is recorded, where nobody looks elsewhere: a software adapter paints the page as well. */
const FRAME_INTERVAL = { hardware: 50, software: 1000 } as const;
/** Milliseconds between what is kept of an unfinished recording. */
const KEEP_INTERVAL = 3000;

type Post = (news: News, transfer?: Transferable[]) => void;

export class LabRecorder {
  private readonly playback: Playback;
  private readonly measuring: Measuring;
  private readonly pacing: Pacing;
  private readonly theories = new Map<number, LabTheory>();
  private population: PopulationHandle | undefined;
  private store: RecordingStore | undefined;
  private key = "";
  /** Steps that are in the store. */
  private keptCount = 0;
  private keptAt = performance.now();
  private wanted: "run" | "pause";
  private ended = false;
  private wake: () => void = () => {};
  private halt = new AbortController();
  private offeredAt = 0;
  private onItsWay = false;
  private waits = false;
  private delivered: () => void = () => {};
  private readonly done: Promise<void>;

  constructor(
    private readonly device: OpenedDevice,
    readonly session: number,
    config: LabConfig,
    private readonly plan: RecordingPlan,
    private readonly post: Post,
    { paused }: { paused: boolean },
  ) {
    this.playback = new Playback(plan, config);
    this.measuring = new Measuring(plan);
    this.pacing = new Pacing(plan.moments);
    this.wanted = paused ? "pause" : "run";
    this.done = this.record();
  }

  private get isDone(): boolean {
    return this.playback.moments.length === this.plan.moments.length;
  }

  /** What is shown. */
  get experiment(): Experiment {
    return this.playback.experiment;
  }

  /** Changes with the nets that are shown. */
  get version(): string {
    return `${this.playback.alpha} ${this.playback.moment}`;
  }

  /** Theory of the law that is shown. */
  get theory(): LabTheory {
    const { alpha } = this.playback;
    let theory = this.theories.get(alpha);
    if (theory === undefined) {
      theory = new LabTheory(this.device, this.experiment);
      this.theories.set(alpha, theory);
    }
    return theory;
  }

  /** Shows another alpha, step or view of what is recorded. */
  look(config: LabConfig): void {
    this.playback.look(config);
    this.offer();
  }

  play(): void {
    this.wanted = "run";
    this.wake();
  }

  pause(): void {
    this.wanted = "pause";
    this.halt.abort();
  }

  /** A recording is not stepped through while it is made. */
  step(): void {
    this.pause();
  }

  shown(): void {
    this.onItsWay = false;
    if (this.waits) this.offer();
    if (this.onItsWay) return;
    this.delivered();
    // What is measured of a step that is looked at comes frame by frame; a recording goes first.
    if (this.isDone && this.playback.hasMore) this.offer();
  }

  async end(): Promise<void> {
    this.ended = true;
    this.halt.abort();
    this.wake();
    this.delivered();
    await this.done;
  }

  ownProbability(point: number): number | undefined {
    const { train, groups, probe } = this.experiment;
    const label = train.data.labels?.[point];
    if (label === undefined) return undefined;
    const size = { probes: probe.points.length / train.data.dimensions, classes: train.data.targetSize };
    const at = { probe: gridSize(probe) + point, label };
    return meanProbability(this.playback.probabilities(), size, groups[groups.length - 1], at);
  }

  async parameters(): Promise<{ step: number; nets: NamedTensors[] }> {
    return { step: this.playback.step, nets: this.playback.nets() };
  }

  async weights(run: number): Promise<Uint8Array> {
    const { seed, mixing } = this.experiment.train.runs[run] ?? {};
    if (mixing === undefined) throw new MixupError(`There is no run ${run}.`);
    return saveParameters(this.playback.nets()[run], {
      seed: String(seed),
      mixing: JSON.stringify(mixing),
      model: JSON.stringify(this.plan.train.model),
      step: String(this.playback.step),
      precision: "16-bit floats",
    });
  }

  /** @throws MixupError: a recording holds nets, and nothing to train on with. */
  async checkpoint(): Promise<Uint8Array> {
    throw new MixupError(
      "A recording holds nets at many steps, but no state of an optimizer to go on with. Choose “Train live” and save that, or save weights.",
    );
  }

  private async record(): Promise<void> {
    try {
      const { moments } = this.playback;
      this.status("preparing");
      moments.push(this.firstMoment());
      this.offer();
      const snapshot = await this.restore();
      this.offer();
      while (!this.ended && moments.length < this.plan.moments.length) {
        if (this.wanted === "pause") {
          this.status("paused");
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
          continue;
        }
        this.status("running");
        await this.run(snapshot);
      }
      this.population?.destroy();
      await this.delivery();
      if (!this.ended) this.status("finished");
    } catch (error) {
      this.population?.destroy();
      if (this.ended) return;
      const known = error instanceof MixupError;
      const message = known ? error.message : `Something went wrong in the worker: ${String(error)}`;
      this.post({ type: "failed", session: this.session, message });
    }
  }

  /** Records on until all is recorded, or it is told to stop. */
  private async run(snapshot: Uint8Array | undefined): Promise<void> {
    const { device, plan, playback } = this;
    const population = this.population ?? this.open(snapshot);
    this.population = population;
    this.halt = new AbortController();
    const { signal } = this.halt;
    this.pacing.begin(population.step);
    let generation = generationOf(device);
    const goesOn = () =>
      !this.ended && this.wanted === "run" && playback.moments.length < plan.moments.length;
    const trainTo = (step: number) => {
      const training = population.train(step - population.step, { signal });
      // It is awaited once the nets before it are measured.
      training.catch(() => {});
      return training;
    };
    const stepOf = ({ step, failures }: Awaited<ReturnType<PopulationHandle["train"]>>) => {
      for (const { run, step: at } of failures) playback.failures.set(run, at);
      return step;
    };
    let training = trainTo(plan.moments[playback.moments.length]);
    while (goesOn()) {
      const next = plan.moments[playback.moments.length];
      if (stepOf(await training) < next) {
        if (goesOn()) training = trainTo(next);
        continue;
      }
      const named = await population.parameters();
      if (generationOf(device) !== generation) this.post({ type: "recovered", session: this.session });
      generation = generationOf(device);
      const isLast = playback.moments.length + 1 === plan.moments.length;
      const isDue = isLast || performance.now() - this.keptAt > KEEP_INTERVAL;
      const snapshot = isDue && !isLast && this.store ? await population.snapshot() : undefined;
      // The GPU goes on while its nets are measured.
      if (!isLast && goesOn()) training = trainTo(plan.moments[playback.moments.length + 1]);
      playback.moments.push(this.momentOf(named));
      this.pacing.recorded(next);
      if (isLast || performance.now() - this.offeredAt > this.interval) this.offer();
      if (isDue) await this.keep(snapshot);
    }
    stepOf(await training);
  }

  private get interval(): number {
    const isSoftware = this.device.backend === "webgpu" && this.device.adapter.isFallback;
    return isSoftware ? FRAME_INTERVAL.software : FRAME_INTERVAL.hardware;
  }

  private open(snapshot: Uint8Array | undefined): PopulationHandle {
    return snapshot === undefined
      ? openPopulation(this.device, this.plan.train)
      : reopenPopulation(this.device, snapshot);
  }

  /** The nets before their first step. */
  private firstMoment(): Moment {
    const { model, runs } = this.plan.train;
    const bySeed = new Map(runs.map(({ seed }) => [seed, undefined as Float32Array | undefined]));
    const nets = runs.map(({ seed }) => {
      const net = bySeed.get(seed) ?? initialParameters(model, seed);
      bySeed.set(seed, net);
      return net;
    });
    return this.moment(nets);
  }

  private momentOf(named: readonly NamedTensors[]): Moment {
    const { tensors, size } = parameterLayout(this.plan.train.model);
    return this.moment(
      named.map((net) => {
        const flat = new Float32Array(size);
        for (const { name, offset } of tensors) flat.set(net[name].data as ArrayLike<number>, offset);
        return flat;
      }),
    );
  }

  private moment(nets: readonly Float32Array[]): Moment {
    const { parameters } = this.plan;
    const halves = new Uint16Array(nets.length * parameters);
    nets.forEach((net, run) => {
      toHalves(net, halves, run * parameters);
    });
    const failed = new Set(this.playback.failures.keys());
    return { nets: halves, measured: this.measuring.all(nets, failed) };
  }

  /** Takes over what the store has; with what to go on from there. */
  private async restore(): Promise<Uint8Array | undefined> {
    const { backend, adapter } = this.device;
    this.key = recordingKey(this.plan, JSON.stringify([backend, adapter]));
    this.store = await RecordingStore.open();
    const kept = await this.store?.read(this.key);
    if (kept === undefined) return undefined;
    const isWhole = kept.moments.length === this.plan.moments.length;
    const count = isWhole ? kept.moments.length : (kept.resume?.count ?? 0);
    if (count === 0 || count > kept.moments.length) return undefined;
    this.playback.moments.splice(0, 1, ...kept.moments.slice(0, count));
    for (const [run, step] of kept.failures) this.playback.failures.set(run, step);
    this.keptCount = count;
    return isWhole ? undefined : kept.resume?.snapshot;
  }

  /** Keeps what is new, and a snapshot to go on with, unless all is recorded. Where that can't be, it is not tried again. */
  private async keep(snapshot: Uint8Array | undefined): Promise<void> {
    const { store, playback, key, keptCount } = this;
    if (store === undefined) return;
    const fresh = playback.moments.slice(keptCount);
    const count = playback.moments.length;
    const resume = snapshot && { snapshot, count };
    const failures = [...playback.failures];
    if (!(await store.add(key, keptCount, fresh, { failures, resume }))) this.store = undefined;
    this.keptCount = count;
    this.keptAt = performance.now();
  }

  /** Sends a frame, now or when the page is ready for it. */
  private offer(): void {
    if (this.ended) return;
    this.waits = this.onItsWay;
    if (this.onItsWay) return;
    this.onItsWay = true;
    this.offeredAt = performance.now();
    const frame = this.playback.frame(this.pacing.secondsLeft(this.playback.moments.length));
    const { entries, probabilities, mixed } = frame;
    const transfer = [entries, probabilities, mixed].map(({ buffer }) => buffer as ArrayBuffer);
    this.post({ type: "frame", session: this.session, frame }, transfer);
  }

  /** Resolves when the page shows what there is. */
  private async delivery(): Promise<void> {
    if (!this.onItsWay || this.ended) return;
    await new Promise<void>((resolve) => {
      this.delivered = resolve;
    });
  }

  private status(status: "preparing" | "running" | "paused" | "finished"): void {
    this.post({ type: "status", session: this.session, status, step: this.playback.step });
  }
}

function generationOf(device: OpenedDevice): number {
  return device.backend === "webgpu" ? device.generation : 0;
}
