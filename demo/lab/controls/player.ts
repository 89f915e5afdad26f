/** Plays a recording's steps one after another, and goes through them one by one. */

import type { LabConfig } from "../state/fields.ts";

/** Milliseconds of a recorded step: a hundred of them are a film of seven seconds. */
const INTERVAL = 70;

export interface PlayerHandlers {
  /** The step that is shown; -1 for the last. */
  at(): number;
  /** The recorded step after a step; undefined at the end. */
  next(at: number): number | undefined;
  change(change: Partial<LabConfig>): void;
  /** It began or ended. */
  turned(): void;
}

export class Player {
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly handlers: PlayerHandlers) {}

  get isPlaying(): boolean {
    return this.timer !== undefined;
  }

  /** From the beginning, where it stands at the end. */
  toggle(): void {
    if (this.isPlaying) {
      this.stop();
      return;
    }
    const { at, next, change, turned } = this.handlers;
    if (at() < 0 || next(at()) === undefined) change({ at: 0 });
    this.timer = setInterval(() => {
      const following = next(at());
      if (following === undefined) this.stop();
      // The end of a film is the end of the recording, however far it comes.
      else change({ at: next(following) === undefined ? -1 : following });
      if (at() < 0) this.stop();
    }, INTERVAL);
    turned();
  }

  step(): void {
    this.stop();
    const { at, next, change } = this.handlers;
    const following = at() < 0 ? undefined : next(at());
    if (following !== undefined) change({ at: next(following) === undefined ? -1 : following });
  }

  reset(): void {
    this.stop();
    this.handlers.change({ at: 0 });
  }

  stop(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.handlers.turned();
  }
}
