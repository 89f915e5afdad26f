/**
 * A population that keeps its state at the ends of stretches, so that the same experiment, started again, finds it there and does not train
 * them anew. A state is known by all that led to it: the description, what was changed, forked and averaged, and the steps since.
 *
 * Not here: trainings that go straight through (`keeping.ts`).
 */

import type { Dataset } from "../data/dataset.ts";
import type { NamedTensors } from "../model/layout.ts";
import { fingerprint } from "../numeric/fingerprint.ts";
import type { Run } from "../population/population.ts";
import type { RunChange } from "../training/changes.ts";
import type { Evaluation, EvaluationOptions } from "../training/evaluation.ts";
import type { PopulationHandle, Stretch } from "../training/openPopulation.ts";
import type { Store } from "./store.ts";

export class KeptPopulation implements PopulationHandle {
  /** Steps since the last change. */
  private trained = 0;
  private keptAt = performance.now();

  constructor(
    private inner: PopulationHandle,
    /** What led to the last change. */
    private history: string,
    private readonly store: Store,
    private readonly nameOf: (key: string) => string,
    private readonly reopen: (snapshot: Uint8Array) => PopulationHandle,
    private readonly worth: number,
  ) {}

  get size(): number {
    return this.inner.size;
  }

  get step(): number {
    return this.inner.step;
  }

  get runs(): readonly Run[] {
    return this.inner.runs;
  }

  /** Goes to where it would be after so many steps, if that is kept. */
  async reach(steps: number): Promise<boolean> {
    const kept = await this.store.read(this.name(this.trained + steps));
    if (kept === undefined) return false;
    let found: PopulationHandle;
    try {
      found = this.reopen(kept);
    } catch {
      // Damaged, or of another format: as if it were not there.
      return false;
    }
    this.inner.destroy();
    this.inner = found;
    this.trained += steps;
    return true;
  }

  /** Keeps the state, if it took some time to come to it. */
  async keep(): Promise<void> {
    if (performance.now() - this.keptAt < this.worth) return;
    await this.store.write(this.name(this.trained), await this.inner.snapshot());
    this.keptAt = performance.now();
  }

  async train(steps: number, options?: { signal?: AbortSignal }): Promise<Stretch> {
    const before = this.inner.step;
    const stretch = await this.inner.train(steps, options);
    this.trained += stretch.step - before;
    return stretch;
  }

  losses(data?: Dataset, options?: EvaluationOptions): Promise<Float64Array[]> {
    return this.inner.losses(data, options);
  }

  evaluate(data?: Dataset, options?: EvaluationOptions): Promise<Evaluation[]> {
    return this.inner.evaluate(data, options);
  }

  policies(): Promise<(number[] | undefined)[]> {
    return this.inner.policies();
  }

  parameters(): Promise<NamedTensors[]> {
    return this.inner.parameters();
  }

  async fork(sources: readonly number[]): Promise<void> {
    await this.inner.fork(sources);
    this.changed({ fork: sources });
  }

  async average(
    groups: readonly (readonly number[])[],
    weights?: readonly (readonly number[])[],
  ): Promise<void> {
    await this.inner.average(groups, weights);
    this.changed({ average: groups, weights });
  }

  async set(
    runs: number | readonly number[],
    change: RunChange | ((run: number) => RunChange),
  ): Promise<void> {
    const changes = new Map<number, RunChange>();
    const noted = (run: number) => {
      const own = typeof change === "function" ? change(run) : change;
      changes.set(run, own);
      return own;
    };
    await this.inner.set(runs, noted);
    this.changed({ set: [...changes] });
  }

  snapshot(): Promise<Uint8Array> {
    return this.inner.snapshot();
  }

  destroy(): void {
    this.inner.destroy();
  }

  private changed(change: object): void {
    this.history = fingerprint({ before: this.name(this.trained), change });
    this.trained = 0;
  }

  private name(trained: number): string {
    return this.nameOf(fingerprint({ history: this.history, trained }));
  }
}
