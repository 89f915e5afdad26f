/**
 * A training under way, on either backend: drives a population to the end, hands out progress, serves checkpoints between
 * submits, and stops when told.
 */

import { DestroyedError } from "../errors.ts";
import { nameParameters } from "../model/layout.ts";
import { traceModel } from "../model/trace.ts";
import type { Population } from "../population/population.ts";
import { encodeCheckpoint } from "./checkpoint.ts";
import type { Backend, Resumed, Snapshot } from "./engine.ts";
import { LivePopulation } from "./livePopulation.ts";
import type { Progress, RunResult, Training, TrainingResult, TrainOptions } from "./training.ts";

export class Session implements Training {
  readonly result: Promise<TrainingResult>;
  private readonly live: LivePopulation;
  private readonly started = performance.now();
  private stopping = false;
  private destroyed = false;
  private finished = false;
  private checkpointRequests: { resolve(bytes: Uint8Array): void; reject(error: unknown): void }[] = [];
  /** Those who wait for news; woken after every submit and at the end. */
  private waiting: (() => void)[] = [];
  private news = 0;
  /** Steps at which it stops. */
  private readonly until: number;

  constructor(
    backend: Backend,
    private readonly population: Population,
    options: TrainOptions,
    resumed?: Resumed,
  ) {
    this.live = new LivePopulation(backend, population, resumed);
    this.until = Math.min(options.stopAfter ?? population.steps, population.steps);
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
      // After a failure, too, there is something to go on with.
      return this.encodeKept();
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
    const { recorder, step } = this.live;
    return {
      step,
      steps: this.population.steps,
      curves: recorder.copy(),
      probabilities: recorder.probabilities.slice(),
      failures: recorder.failures,
    };
  }

  private async run(): Promise<TrainingResult> {
    try {
      const { live } = this;
      // Whoever stops it until then stops it before its first step.
      await live.begin();
      while (!this.stopping && live.step < this.until) {
        await live.advance(this.until);
        this.news++;
        this.wake();
        if (this.checkpointRequests.length > 0 || live.isDue) await this.keep();
      }
      let snapshot: Snapshot | undefined;
      // A device that is lost this late has the steps since its last snapshot done again.
      while (snapshot === undefined) {
        while (!this.stopping && live.step < this.until) await live.advance(this.until);
        snapshot = await this.keep();
      }
      this.news++;
      return this.createResult(snapshot);
    } finally {
      this.live.destroy();
      this.finished = true;
      // Requests that came too late for a submit, or that a failure has cut off.
      this.answer();
    }
  }

  /** Photographs the engine, and answers those who asked for a checkpoint. */
  private async keep(): Promise<Snapshot | undefined> {
    const snapshot = await this.live.keep();
    if (snapshot === undefined) return undefined;
    this.answer();
    return snapshot;
  }

  /** Gives those who asked for a checkpoint what is kept. What can't be written is their error, and not the training's. */
  private answer(): void {
    const requests = this.checkpointRequests.splice(0);
    if (requests.length === 0) return;
    try {
      const bytes = this.encodeKept();
      for (const { resolve } of requests) resolve(bytes);
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }

  private encodeKept(): Uint8Array {
    const { safe, engine } = this.live;
    return encodeCheckpoint(
      this.population,
      safe.snapshot,
      safe.recorder,
      engine?.executor ?? "cpu",
      engine?.variants,
    );
  }

  private createResult(snapshot: Snapshot): TrainingResult {
    const { population } = this;
    const { recorder } = this.live;
    const engine = this.live.engine!;
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
