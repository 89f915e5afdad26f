/**
 * A trainer that keeps what it trains in a store, now and then and in the end, so that an experiment that was stopped or killed goes on
 * where it was: the same trainings are asked for again, and begin where they are kept. A training is known by all that determines it.
 *
 * Not here: populations that are trained in stretches (`keptPopulation.ts`), where the store is.
 */

import { fingerprint } from "../numeric/fingerprint.ts";
import type { PopulationHandle } from "../training/openPopulation.ts";
import type { Progress, TrainConfig, Training, TrainingResult, TrainOptions } from "../training/training.ts";
import { VERSION } from "../version.ts";
import { KeptPopulation } from "./keptPopulation.ts";
import type { Store } from "./store.ts";
import type { Trainer } from "./trainer.ts";

/** How names of kept trainings begin. */
export const KEPT_TRAINING = "training-";

export interface KeepingOptions {
  /** Milliseconds between two checkpoints of a training under way; default a minute. */
  readonly interval?: number;
  /** A training that took less is not kept: it is done again as fast as it is read. */
  readonly worth?: number;
}

/** The trainer, keeping its trainings. Those that count their steps by hand measure time, and are not kept. */
export function keepingTrainer(
  trainer: Trainer,
  store: Store,
  { interval = 60_000, worth = 250 }: KeepingOptions = {},
): Trainer {
  const { backend, adapter } = trainer;
  const reopen = (snapshot: Uint8Array) => trainer.reopen(snapshot);
  const kept = (population: PopulationHandle, origin: object) => {
    const key = fingerprint({ version: VERSION, backend, adapter, ...origin });
    return new KeptPopulation(population, key, store, nameOf, reopen, worth);
  };
  return {
    ...trainer,
    open: (config) => kept(trainer.open(config), { open: config }),
    reopen: (snapshot) => kept(reopen(snapshot), { reopen: snapshot }),
    train(config, options = {}) {
      if (options.stepsPerSubmit !== undefined) return trainer.train(config, options);
      const name = nameOf(
        fingerprint({ version: VERSION, backend, adapter, config, stopAfter: options.stopAfter }),
      );
      return new KeptTraining(trainer, config, options, store, name, interval, worth);
    },
  };
}

function nameOf(key: string): string {
  return `${KEPT_TRAINING}${key.slice(0, 32)}.safetensors`;
}

/** A training that begins when it is known whether it was begun before. */
class KeptTraining implements Training {
  readonly result: Promise<TrainingResult>;
  private readonly training: Promise<Training>;
  private keptAt = performance.now();

  constructor(
    private readonly trainer: Trainer,
    private readonly config: TrainConfig,
    private readonly options: TrainOptions,
    private readonly store: Store,
    private readonly name: string,
    private readonly interval: number,
    private readonly worth: number,
  ) {
    this.training = this.begin();
    this.result = this.training.then((training) => this.keepAlong(training));
    // Whoever awaits the result gets the error.
    this.result.catch(() => {});
  }

  stop(): void {
    this.later((training) => training.stop());
  }

  async checkpoint(): Promise<Uint8Array> {
    return (await this.training).checkpoint();
  }

  destroy(): void {
    this.later((training) => training.destroy());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Progress> {
    yield* await this.training;
    await this.result;
  }

  private later(tell: (training: Training) => void): void {
    this.training.then(tell, () => {});
  }

  private async begin(): Promise<Training> {
    const { trainer, config, options, store, name } = this;
    const kept = await store.read(name);
    if (kept === undefined) return trainer.train(config, options);
    try {
      return trainer.resume(kept, options);
    } catch {
      // Damaged, or of another format: as if it were not there.
      return trainer.train(config, options);
    }
  }

  private async keepAlong(training: Training): Promise<TrainingResult> {
    const began = performance.now();
    let isOver = false;
    const watch = async () => {
      for await (const { step } of training) {
        if (step > 0 && !isOver && performance.now() - this.keptAt > this.interval) await this.keep(training);
      }
    };
    // It fails as the result does.
    const watching = watch().catch(() => {});
    const result = await training.result.finally(() => {
      isOver = true;
    });
    await watching;
    if (result.step > 0 && performance.now() - began > this.worth) await this.keep(training);
    return result;
  }

  private async keep(training: Training): Promise<void> {
    await this.store.write(this.name, await training.checkpoint());
    this.keptAt = performance.now();
  }
}
