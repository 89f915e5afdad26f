/**
 * Where the deltas of stages lie while a backward pass is planned: as few buffers as can be, taken over as soon as nobody needs
 * what is in them. Pure.
 */

import type { Outgoing, Planner } from "./dispatch.ts";
import { feedsDense, type Stage } from "./stages.ts";

export class DeltaBuffers {
  /** Buffers that hold a stage's deltas now, and those that nobody needs any more. */
  private readonly held = new Map<Stage, string>();
  private readonly idle: string[] = [];
  /** Numbers of each buffer. */
  private readonly sizes = new Map<string, number>();

  /** `rows` of all runs together. */
  constructor(
    private readonly planner: Pick<Planner, "stored" | "need">,
    private readonly rows: number,
  ) {}

  /** A stage's deltas are where it stores what it computed, as the loss leaves them. */
  begin(stage: Stage): void {
    this.held.set(stage, this.planner.stored(stage));
  }

  has(stage: Stage): boolean {
    return this.held.has(stage);
  }

  of(stage: Stage): string {
    const name = this.held.get(stage);
    if (name === undefined) throw new Error(`Stage ${stage.id} has no deltas yet.`);
    return name;
  }

  /** Where a reader writes the deltas of a stage that it reads. */
  into(stage: Stage): Outgoing {
    const known = this.held.get(stage);
    if (known !== undefined) return { buffer: known, adds: true };
    const buffer = feedsDense(stage) ? this.planner.stored(stage) : this.buffer(stage);
    this.held.set(stage, buffer);
    return { buffer, adds: false };
  }

  /** Nobody needs the stage's deltas any more. */
  release(stage: Stage): void {
    const buffer = this.of(stage);
    this.held.delete(stage);
    // Unless a stage that it read has taken it over.
    if (this.sizes.has(buffer) && ![...this.held.values()].includes(buffer)) this.idle.push(buffer);
  }

  /** A buffer for a stage's deltas: its reader's own where that has no more use for it, one that is idle, or a new one. */
  private buffer(stage: Stage): string {
    const [reader] = stage.readers;
    const takesOver =
      stage.readers.length === 1 &&
      reader.kind === "add" &&
      reader.inputs[0] === stage &&
      reader.inputs[1] !== stage &&
      stage.activation === undefined;
    if (takesOver) return this.of(reader);
    const numbers = this.rows * stage.size;
    const sizeOf = (name: string) => this.sizes.get(name)!;
    // The one that fits best: the smallest that is large enough, else the largest.
    this.idle.sort((a, b) => sizeOf(a) - sizeOf(b));
    const at = this.idle.findIndex((name) => sizeOf(name) >= numbers);
    const [taken = `deltas.${this.sizes.size}`] = this.idle.splice(at < 0 ? this.idle.length - 1 : at, 1);
    this.sizes.set(taken, Math.max(this.sizes.get(taken) ?? 0, numbers));
    return this.planner.need(taken, numbers);
  }
}
