/**
 * A training under way, on either backend: drives an engine to the end, hands out progress, serves checkpoints between
 * submits, stops when told, and begins again from its last snapshot when the device is lost.
 */

import { DestroyedError, DeviceLostError, MixupError } from "../errors.ts";
import type { Variants } from "../kernels/variants.ts";
import { nameParameters } from "../model/layout.ts";
import { traceModel } from "../model/trace.ts";
import type { Population } from "../population/population.ts";
import { encodeCheckpoint } from "./checkpoint.ts";
import { CurveRecorder } from "./curves.ts";
import type { Engine, Resumed, Snapshot } from "./engine.ts";
import type {
  ExecutorName,
  Progress,
  RunResult,
  Training,
  TrainingResult,
  TrainOptions,
} from "./training.ts";

/** What a backend gives a session. */
export interface Backend {
  /** Makes an engine; from a snapshot, or from the seeds. Its recorder holds what was measured up to there. */
  createEngine(recorder: CurveRecorder, snapshot?: Snapshot): Promise<Engine>;
  /** After a lost device: resolves when {@link createEngine} may be called again, rejects when there is no way. */
  recover(): Promise<void>;
}

/** A device that is lost after this many milliseconds of training costs no more than these. */
const SNAPSHOT_INTERVAL = 10_000;

export class Session implements Training {
  readonly result: Promise<TrainingResult>;
  private engine: Engine | undefined;
  private readonly started = performance.now();
  private executor: ExecutorName | "cpu" = "cpu";
  private variants: Variants | undefined;
  private stopping = false;
  private destroyed = false;
  private finished = false;
  /** What a lost device falls back to. */
  private safe: Resumed | undefined;
  private safeAt = performance.now();
  private checkpointRequests: { resolve: (bytes: Uint8Array) => void; reject: (error: unknown) => void }[] =
    [];
  /** Those who wait for news; woken after every submit and at the end. */
  private waiting: (() => void)[] = [];
  private news = 0;
  private recorder: CurveRecorder;
  /** Steps at which it stops. */
  private readonly until: number;

  constructor(
    private readonly backend: Backend,
    private readonly population: Population,
    options: TrainOptions,
    resumed?: Resumed,
  ) {
    this.safe = resumed;
    this.until = Math.min(options.stopAfter ?? population.steps, population.steps);
    this.recorder = resumed?.recorder ?? new CurveRecorder(population);
    if (options.signal?.aborted) this.stopping = true;
    const abort = () => this.stop();
    options.signal?.addEventListener("abort", abort);
    this.result = this.run().finally(() => {
      options.signal?.removeEventListener("abort", abort);
      this.wake();
    });
    // Whoever awaits the result or iterates gets the error; somebody who does neither must not crash the process.
    this.result.catch(() => {});
  }

  stop(): void {
    this.stopping = true;
  }

  async checkpoint(): Promise<Uint8Array> {
    if (this.destroyed) throw new DestroyedError("training");
    if (this.finished) {
      // After a failure the last safe state is still worth having.
      if (this.safe === undefined) await this.result;
      return this.encodeSafe();
    }
    return new Promise((resolve, reject) => this.checkpointRequests.push({ resolve, reject }));
  }

  destroy(): void {
    this.destroyed = true;
    this.stop();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Progress> {
    let seen = 0;
    while (true) {
      if (this.news > seen) {
        seen = this.news;
        yield this.progress();
      } else if (this.finished) {
        await this.result;
        return;
      } else {
        await new Promise<void>((resolve) => this.waiting.push(resolve));
      }
    }
  }

  private progress(): Progress {
    const { recorder } = this;
    return {
      step: this.engine?.step ?? this.safe?.snapshot.step ?? 0,
      steps: this.population.steps,
      curves: recorder.copy(),
      probabilities: recorder.probabilities.slice(),
      failures: recorder.failures,
    };
  }

  private async run(): Promise<TrainingResult> {
    try {
      while (true) {
        try {
          return await this.runOnce();
        } catch (error) {
          // A device that somebody destroyed on purpose is not ours to open again.
          if (!(error instanceof DeviceLostError) || error.reason === "destroyed") throw error;
          this.engine?.destroy();
          this.engine = undefined;
          await this.backend.recover();
        }
      }
    } finally {
      this.engine?.destroy();
      this.finished = true;
      // Requests that came too late for a submit, or that a failure has cut off.
      for (const { resolve, reject } of this.checkpointRequests.splice(0)) {
        if (this.safe === undefined)
          reject(new MixupError("The training failed before its first checkpoint."));
        else resolve(this.encodeSafe());
      }
    }
  }

  private async runOnce(): Promise<TrainingResult> {
    this.recorder = this.safe?.recorder.clone() ?? new CurveRecorder(this.population);
    const engine = await this.backend.createEngine(this.recorder, this.safe?.snapshot);
    this.engine = engine;
    this.executor = engine.executor;
    this.variants = engine.variants;
    while (!this.stopping && engine.step < this.until) {
      await engine.advance(this.until);
      this.news++;
      this.wake();
      if (this.checkpointRequests.length > 0 || performance.now() - this.safeAt > SNAPSHOT_INTERVAL) {
        await engine.drain();
        await this.keep(engine);
      }
    }
    await engine.drain();
    const snapshot = await this.keep(engine);
    this.news++;
    return this.createResult(engine, snapshot);
  }

  /** Photographs the engine, and answers those who asked for a checkpoint. */
  private async keep(engine: Engine): Promise<Snapshot> {
    const snapshot = await engine.snapshot();
    this.safe = { snapshot, recorder: this.recorder.clone() };
    this.safeAt = performance.now();
    const requests = this.checkpointRequests.splice(0);
    if (requests.length > 0) {
      const bytes = this.encodeSafe();
      for (const { resolve } of requests) resolve(bytes);
    }
    return snapshot;
  }

  private encodeSafe(): Uint8Array {
    const { snapshot, recorder } = this.safe!;
    return encodeCheckpoint(this.population, snapshot, recorder, this.executor, this.variants);
  }

  private createResult(engine: Engine, snapshot: Snapshot): TrainingResult {
    const { population, recorder } = this;
    const { parameters, state } = traceModel(population.model);
    const ofRun = (flat: Float32Array | Float64Array, size: number, r: number) =>
      flat.subarray(r * size, (r + 1) * size);
    const probes = recorder.probabilities.length / population.runs.length;
    const runs = population.runs.map((run, r): RunResult => {
      const { error, loss } = recorder.curves.runs[r];
      const failure = recorder.failure(r);
      return {
        run,
        error: error[error.length - 1],
        loss: loss[loss.length - 1],
        probabilities: recorder.probabilities.slice(r * probes, (r + 1) * probes),
        parameters: nameParameters(
          population.model,
          ofRun(snapshot.parameters, parameters.size, r),
          ofRun(snapshot.state, state.size, r),
        ),
        ...(failure && { failure }),
      };
    });
    return {
      step: snapshot.step,
      stopped: snapshot.step < population.steps,
      executor: engine.executor,
      variants: engine.variants,
      curves: recorder.copy(),
      runs,
      elapsedSeconds: (performance.now() - this.started) / 1000,
      dispatches: engine.dispatches,
      submits: engine.submits,
    };
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
