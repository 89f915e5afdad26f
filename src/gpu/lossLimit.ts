/**
 * How often a lost device is opened again: as long as something comes of it. A submit that a driver refuses, since it is too long
 * for it, is refused every time.
 *
 * Not here: opening it again (`device.ts`), what is kept (whoever computes).
 */

import { DeviceLostError } from "../errors.ts";

/** Losses between two states that were kept, at most. */
const MOST_LOSSES = 3;

export class LossLimit {
  /** Devices lost since something was kept that was not kept before. */
  losses = 0;

  /** `kept` is how far the work had come that is kept already. */
  constructor(private kept = 0) {}

  /** Work has been kept up to there. */
  keep(done: number): void {
    if (done <= this.kept) return;
    this.kept = done;
    this.losses = 0;
  }

  /**
   * Returns where the device is to be opened again.
   * @throws the error itself if it is of no loss, or of one that somebody wanted; DeviceLostError at the last loss.
   */
  check(error: unknown): void {
    if (!(error instanceof DeviceLostError) || error.reason === "destroyed") throw error;
    this.losses++;
    if (this.losses < MOST_LOSSES) return;
    throw new DeviceLostError(
      error.reason,
      `${this.losses} times in a row, and nothing came of it in between: a submit takes too long for the driver, perhaps. ` +
        "Try fewer runs at once or a smaller pace. What was done until then is kept.",
      { cause: error },
    );
  }
}
