/** Calls that wait for each other, in the order in which they were made. */

import { DestroyedError, DeviceLostError } from "../errors.ts";
import { checkDevice, type OpenedDevice } from "../gpu/device.ts";

export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private destroyed = false;

  /** Of something on a device; `what` it is, for errors; whether it `recovers` by itself from the loss of its device. */
  constructor(
    private readonly device: OpenedDevice,
    private readonly what: string,
    private readonly recovers = false,
  ) {}

  /** @throws DestroyedError when it has ended; what has befallen its device, unless that is opened again. */
  check(): void {
    if (this.destroyed) throw new DestroyedError(this.what);
    try {
      checkDevice(this.device);
    } catch (error) {
      const isLost = error instanceof DeviceLostError && error.reason !== "destroyed";
      if (!(this.recovers && isLost)) throw error;
    }
  }

  /** Makes the call when those before it are done. */
  take<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.last.then(() => {
      this.check();
      return call();
    });
    // Whoever called hears of a failure; the next in turn goes on. A call cut off by the end is told so.
    const result = turn.catch((error) => {
      this.check();
      throw error;
    });
    this.last = result.catch(() => {});
    return result;
  }

  /** Calls to come are refused, and those that wait. */
  end(): void {
    this.destroyed = true;
  }
}
