/**
 * A population on its engine, which is made when it is needed, and made anew from the last snapshot when the device was lost.
 * Trainings and population handles are loops over it.
 *
 * Not here: when to stop, what is reported (`session.ts`, `openPopulation.ts`).
 */

import { LossLimit } from "../gpu/lossLimit.ts";
import type { Population } from "../population/population.ts";
import { CurveRecorder } from "./curves.ts";
import type { Backend, Engine, Nets, Resumed, Snapshot } from "./engine.ts";
import { firstSnapshot } from "./snapshots.ts";

/** A device that is lost after this many milliseconds of training costs no more than these. */
const SNAPSHOT_INTERVAL = 10_000;
/** The first one comes sooner, and so do all once a device was lost: it may happen again. */
const EARLY_INTERVAL = 1000;

export class LivePopulation {
  /** Of the engine now; a lost device takes what was measured since the last snapshot with it. */
  recorder: CurveRecorder;
  /** The last engine that there was, if there was one. */
  engine: Engine | undefined;
  private isOpen = false;
  /** Of the device that the engine is on. */
  private generation = 0;
  private keptAt = performance.now();
  private interval = EARLY_INTERVAL;
  private wasLost = false;
  private readonly limit: LossLimit;

  constructor(
    private readonly backend: Backend,
    readonly population: Population,
    /** What a lost device falls back to. */
    public kept?: Resumed,
  ) {
    this.recorder = kept?.recorder ?? new CurveRecorder(population);
    this.limit = new LossLimit(kept?.snapshot.step);
  }

  /** Steps done. */
  get step(): number {
    return (this.isOpen ? this.engine!.step : this.kept?.snapshot.step) ?? 0;
  }

  /** Whether it is time for a snapshot. */
  get isDue(): boolean {
    return this.limit.losses > 0 || performance.now() - this.keptAt > this.interval;
  }

  /** Makes the engine, if there is none: what takes long before the first step. */
  async begin(): Promise<void> {
    await this.survive(async () => {});
  }

  /** Does some more steps, never past `until`; none where the device was lost, which is open again then. */
  async advance(until: number): Promise<void> {
    await this.survive((engine) => engine.advance(until));
  }

  /** Photographs the engine when all that is under way is done; undefined where the device was lost meanwhile. */
  keep(): Promise<Snapshot | undefined> {
    return this.survive(async (engine) => {
      await engine.drain();
      const snapshot = await engine.snapshot();
      this.limit.keep(snapshot.step);
      this.kept = { snapshot, recorder: this.recorder.clone() };
      this.keptAt = performance.now();
      if (!this.wasLost) this.interval = SNAPSHOT_INTERVAL;
      return snapshot;
    });
  }

  /** The nets when all that is under way is done; undefined where the device was lost meanwhile. */
  nets(): Promise<Nets | undefined> {
    return this.survive(async (engine) => {
      await engine.drain();
      return engine.nets();
    });
  }

  /** What there is to go on with, whatever happened: what was kept, or the runs before their first step. */
  get safe(): Resumed {
    return (
      this.kept ?? {
        snapshot: firstSnapshot(this.population),
        recorder: new CurveRecorder(this.population),
      }
    );
  }

  /** Idempotent; what was kept stays. */
  destroy(): void {
    this.engine?.destroy();
    this.isOpen = false;
  }

  private async survive<T>(use: (engine: Engine) => Promise<T>): Promise<T | undefined> {
    // Somebody else on the same device has found it lost, and opened it again.
    if (this.isOpen && this.generation !== this.backend.generation) this.destroy();
    try {
      if (!this.isOpen) await this.open();
      return await use(this.engine!);
    } catch (error) {
      this.limit.check(error);
      this.destroy();
      this.wasLost = true;
      this.interval = EARLY_INTERVAL;
      await this.backend.recover();
      return undefined;
    }
  }

  private async open(): Promise<void> {
    this.recorder = this.kept?.recorder.clone() ?? new CurveRecorder(this.population);
    this.generation = this.backend.generation;
    this.engine = await this.backend.createEngine(this.recorder, this.kept?.snapshot);
    this.isOpen = true;
  }
}
