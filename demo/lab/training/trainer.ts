/**
 * One training after another on one device, as the lab wants it: play, pause, single steps, frames when somebody looks,
 * checkpoints for safe keeping. Knows no DOM and no worker: it is given a function to post with.
 *
 * Pausing stops the library's training and keeps its checkpoint; going on resumes it. Both are exact to the bit, so the
 * lab's curves are those of a training that was never touched.
 */

import type { ImageSources } from "../../../src/experiments/images/settings.ts";
import type { OpenedDevice } from "../../../src/gpu/device.ts";
import {
  decodeSafetensors,
  MixupError,
  type NamedTensors,
  resume,
  saveParameters,
  train,
} from "../../../src/index.ts";
import { parameterLayout } from "../../../src/model/layout.ts";
import { traceModel } from "../../../src/model/trace.ts";
import type { LabConfig } from "../state/fields.ts";
import { DomainTraining } from "./domains/domainTraining.ts";
import { MergingTraining } from "./domains/mergingTraining.ts";
import type { Experiment } from "./experiment.ts";
import { FairTraining } from "./fair/fairTraining.ts";
import { Frames } from "./frames.ts";
import { labExperiment } from "./labExperiment.ts";
import { FilterWatch } from "./measured/filters.ts";
import { meanProbability } from "./measured/predictions.ts";
import { TailTraining } from "./methods/tailTraining.ts";
import { initialNets, packProbabilities, predictNets } from "./predict.ts";
import { gridSize } from "./probes.ts";
import type { News } from "./protocol.ts";
import { ready } from "./ready.ts";
import type { LabProgress, LabResult, LabTraining, LabTrainOptions } from "./training.ts";

/** Milliseconds between checkpoints for safe keeping. */
const KEEP_INTERVAL = 4000;
/**
 * Milliseconds between frames. A software adapter also paints the page: every picture costs it steps. What is trained as slowly as eyes
 * follow leaves time for pictures.
 */
const FRAME_INTERVAL = { hardware: 30, software: 200, followed: 60 } as const;
/** Milliseconds of a submit on a software adapter: fewer turns between training and painting. */
const SOFTWARE_PACE = 60;

type Post = (news: News, transfer?: Transferable[]) => void;

/** A description being trained. */
export class LabTrainer {
  readonly experiment: Experiment;
  private checkpointBytes: Uint8Array | undefined;
  private result: LabResult | undefined;
  private training: LabTraining | undefined;
  private progress: LabProgress | undefined;
  private wanted: "run" | "pause";
  private stepsWanted = 0;
  private ended = false;
  private wake: () => void = () => {};
  private readonly done: Promise<void>;
  /** A picture that no evaluation of the training holds: before the first step, and where it stands. */
  private still: Float32Array<ArrayBuffer> | undefined;
  private keptAt = performance.now();
  private readonly frames: Frames;
  private readonly filters: FilterWatch;

  /** @throws ConfigError for a state that can't be trained. */
  constructor(
    private readonly device: OpenedDevice,
    readonly session: number,
    readonly config: LabConfig,
    private readonly post: Post,
    {
      checkpoint,
      paused = false,
      sources,
    }: { checkpoint?: Uint8Array; paused?: boolean; sources?: ImageSources } = {},
  ) {
    this.experiment = labExperiment(config, sources);
    this.checkpointBytes = checkpoint;
    this.wanted = paused ? "pause" : "run";
    this.filters = new FilterWatch(this.experiment);
    this.frames = new Frames(this.experiment, {
      interval: this.isFollowed
        ? FRAME_INTERVAL.followed
        : this.paints
          ? FRAME_INTERVAL.software
          : FRAME_INTERVAL.hardware,
      now: () => ({
        progress: this.progress,
        probabilities: () => this.probabilities(),
        filters: () => this.filters.latest,
        training: this.training !== undefined,
      }),
      post: (frame, transfer) => post({ type: "frame", session, frame }, transfer),
    });
    this.done = this.loop();
  }

  /** Mean over the last group's nets of the probability of a training point's own class, now. */
  ownProbability(point: number): number | undefined {
    const { train, groups, probe } = this.experiment;
    const label = train.data.labels?.[point];
    const probabilities = this.probabilities();
    if (label === undefined || probabilities.length === 0) return undefined;
    const size = { probes: probe.points.length / train.data.dimensions, classes: train.data.targetSize };
    return meanProbability(probabilities, size, groups[groups.length - 1], {
      probe: gridSize(probe) + point,
      label,
    });
  }

  play(): void {
    this.wanted = "run";
    this.wake();
  }

  pause(): void {
    this.wanted = "pause";
    this.training?.stop();
  }

  /** One optimizer step of every run, then a pause. */
  step(): void {
    if (this.wanted === "run") this.pause();
    this.stepsWanted++;
    this.wake();
  }

  /** The page has shown the last frame. */
  shown(): void {
    this.frames.shown();
  }

  /** Whether it is trained as slowly as eyes follow. */
  private get isFollowed(): boolean {
    return this.experiment.fairWeights !== undefined;
  }

  /** Whether whoever trains paints the page as well. */
  private get paints(): boolean {
    return this.device.backend === "cpu" || this.software;
  }

  private get software(): boolean {
    return this.device.backend === "webgpu" && this.device.adapter.isFallback;
  }

  async end(): Promise<void> {
    this.ended = true;
    this.training?.stop();
    this.wake();
    this.frames.end();
    await this.done;
  }

  /** The state now, as a library checkpoint; between two submits if it is running. */
  async checkpoint(): Promise<Uint8Array> {
    if (this.training !== undefined) return (await this.training.checkpoint()).slice();
    if (this.checkpointBytes === undefined)
      throw new MixupError("There is nothing to save before the first step.");
    return this.checkpointBytes.slice();
  }

  /** Changes whenever the nets may have: for pictures that are not drawn twice. */
  get version(): number {
    return this.training === undefined ? (this.result?.step ?? 0) : (this.progress?.step ?? 0);
  }

  /** The nets' parameters now, and at which step that is. While it runs they come from a checkpoint. */
  async parameters(): Promise<{ step: number; nets: NamedTensors[] }> {
    const { training, result } = this;
    if (training === undefined && result !== undefined)
      return { step: result.step, nets: result.runs.map(({ parameters }) => parameters) };
    if (training === undefined) return { step: 0, nets: initialNets(this.experiment) };
    const { tensors, metadata } = decodeSafetensors(await training.checkpoint());
    const { model, runs } = this.experiment.train;
    // Before a fork a run stands for several.
    const { shape } = tensors[`parameters.${parameterLayout(model).tensors[0].name}`];
    const nets = runs.map((_, shown) => {
      const r = shown % shape[0];
      const flat = parameterLayout(model).tensors.map(({ name, shape, size }) => {
        const data = tensors[`parameters.${name}`].data.slice(r * size, (r + 1) * size) as Float32Array;
        return [name, { shape, data }];
      });
      return Object.fromEntries(flat);
    });
    return { step: Number(metadata.step), nets };
  }

  async weights(run: number): Promise<Uint8Array> {
    const { nets } = await this.parameters();
    const { seed, mixing } = this.experiment.train.runs[run] ?? {};
    if (mixing === undefined) throw new MixupError(`There is no run ${run}.`);
    return saveParameters(nets[run], {
      seed: String(seed),
      mixing: JSON.stringify(mixing),
      model: JSON.stringify(this.experiment.train.model),
    });
  }

  private async loop(): Promise<void> {
    try {
      this.status("preparing");
      this.prepareStill();
      while (!this.ended) {
        const { steps } = this.experiment;
        const at = this.result?.step ?? 0;
        const finished = this.result !== undefined && at >= steps;
        const idle = this.wanted === "pause" && this.stepsWanted === 0;
        // A checkpoint handed in is opened once even if it is to stand: its picture and curves are in it.
        const unread = this.checkpointBytes !== undefined && this.result === undefined;
        if (finished || (idle && !unread)) {
          this.stepsWanted = 0;
          await this.frames.delivery();
          this.status(finished ? "finished" : "paused");
          if (this.ended || this.isWanted(finished)) continue;
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
        } else if (unread && idle) await this.run({ stopAfter: 0 });
        else if (this.stepsWanted > 0) {
          this.stepsWanted--;
          await this.run({ stopAfter: at + 1 });
        } else {
          this.status("running");
          await this.run({});
        }
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Trains until it is told to stop. */
  private async run(more: LabTrainOptions): Promise<void> {
    const options = { pace: this.software ? SOFTWARE_PACE : ("interactive" as const), ...more };
    const generation = this.generation();
    await ready(this.device);
    const training = this.begin(options);
    this.training = training;
    this.frames.rates.reset();
    for await (const progress of training) {
      this.progress = progress;
      if (progress.curves.step.length > 0) this.still = undefined;
      // How fast one can follow is no speed.
      if (!this.isFollowed)
        this.frames.rates.add(progress.runSteps ?? progress.step * this.experiment.train.runs.length);
      this.filters.look(() => this.parameters());
      this.frames.offer();
      if (!this.ended && performance.now() - this.keptAt > KEEP_INTERVAL) this.keep(training, progress.step);
    }
    this.result = await training.result;
    this.checkpointBytes = await training.checkpoint();
    this.training = undefined;
    if (this.generation() !== generation) this.post({ type: "recovered", session: this.session });
    if (this.ended) return;
    this.showResult(this.result);
    this.frames.rates.reset();
    this.frames.offer();
    this.keptAt = performance.now();
    const copy = this.checkpointBytes.slice();
    this.post({ type: "keep", session: this.session, checkpoint: copy, step: this.result.step }, [
      copy.buffer,
    ]);
  }

  /** Trains on, or from the beginning. */
  private begin(options: LabTrainOptions): LabTraining {
    const { device, experiment, checkpointBytes } = this;
    if (experiment.longTail !== undefined)
      return new TailTraining(device, experiment, checkpointBytes, options);
    if (experiment.domains !== undefined)
      return new DomainTraining(device, experiment, checkpointBytes, options);
    if (experiment.fairWeights !== undefined) return new FairTraining(experiment, checkpointBytes, options);
    if (experiment.merging !== undefined)
      return new MergingTraining(device, experiment, checkpointBytes, options);
    return checkpointBytes === undefined
      ? train(device, experiment.train, options)
      : resume(device, checkpointBytes, options);
  }

  private keep(training: LabTraining, step: number): void {
    this.keptAt = performance.now();
    training.checkpoint().then(
      (bytes) => {
        const copy = bytes.slice();
        this.post({ type: "keep", session: this.session, checkpoint: copy, step }, [copy.buffer]);
      },
      () => {
        // The training itself reports what went wrong.
      },
    );
  }

  /** The nets before their first step: there at once, while kernels compile. */
  private prepareStill(): void {
    if (this.checkpointBytes !== undefined) return;
    this.show(initialNets(this.experiment));
    this.frames.offer();
  }

  /** Takes the picture from these nets. */
  private show(nets: readonly NamedTensors[]): void {
    const { train, probe } = this.experiment;
    this.still = predictNets(train, nets, probe.points) as Float32Array<ArrayBuffer>;
    this.filters.take(nets);
  }

  /**
   * Takes the picture from what the last evaluation measured, as the last frames have, if that was at the last step. Where a run
   * has diverged there is nothing to measure; its picture is of the net as it was then.
   */
  private showResult({ step, curves, runs }: LabResult): void {
    const nets = runs.map(({ parameters }) => parameters);
    if (curves.step.at(-1) !== step || runs.some(({ failure }) => failure !== undefined)) {
      this.show(nets);
      return;
    }
    const all = new Float32Array(runs.flatMap(({ probabilities }) => [...probabilities]));
    this.still = packProbabilities(all, traceModel(this.experiment.train.model).outputs);
    this.filters.take(nets);
  }

  private probabilities(): Float32Array<ArrayBuffer> {
    if (this.still !== undefined) return this.still.slice();
    const { model } = this.experiment.train;
    return packProbabilities(this.progress?.probabilities ?? [], traceModel(model).outputs);
  }

  /** Whether somebody asked for more in the meantime. */
  private isWanted(finished: boolean): boolean {
    return !finished && (this.wanted === "run" || this.stepsWanted > 0);
  }

  private generation(): number {
    return this.device.backend === "webgpu" ? this.device.generation : 0;
  }

  private status(status: "preparing" | "running" | "paused" | "finished"): void {
    const executor = this.result?.executor;
    this.post({ type: "status", session: this.session, status, step: this.result?.step ?? 0, executor });
  }

  private fail(error: unknown): void {
    if (this.ended) return;
    const known = error instanceof MixupError;
    const message = known ? error.message : `Something went wrong in the worker: ${String(error)}`;
    this.post({ type: "failed", session: this.session, message });
  }
}
