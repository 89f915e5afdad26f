/**
 * Feeds a GPU queue with pieces of a long computation: at most two in flight, each as large as the time budget of a
 * submit allows by what earlier ones took. It never changes what is computed.
 */

import type { WebGpuDevice } from "../gpu/device.ts";
import { waitFor } from "../gpu/patience.ts";
import { PACES, Pace } from "../training/pace.ts";

/** A GPU's first submit is so many times as large as a software adapter's: still far less than a second on a slow one. */
const GPU_SPEED = 256;

export class SubmitQueue {
  private readonly pace: Pace;
  /** Ends of the submits in flight, oldest first. */
  private readonly inFlight: Promise<void>[] = [];
  private lastEnd = 0;

  /** `operationsPerItem`: multiply-adds, roughly; they only matter for the first submits. */
  constructor(
    private readonly device: WebGpuDevice,
    operationsPerItem: number,
  ) {
    const speed = device.adapter.isFallback ? 1 : GPU_SPEED;
    this.pace = new Pace(PACES.throughput, operationsPerItem / speed);
  }

  /** How many items the next submit should have. */
  budget(): number {
    return this.pace.steps(0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1);
  }

  /** Submits one compute pass of so many items, and what `after` adds; resolves when there is room for another. */
  async submit(
    items: number,
    encode: (pass: GPUComputePassEncoder) => void,
    after: (encoder: GPUCommandEncoder) => void = () => {},
  ): Promise<void> {
    const { device } = this;
    device.check();
    const encoder = device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encode(pass);
    pass.end();
    after(encoder);
    device.gpu.queue.submit([encoder.finish()]);
    const begin = performance.now();
    const done = waitFor(device.gpu.queue.onSubmittedWorkDone()).then(
      () => {
        const end = performance.now();
        this.pace.measured(items, end - Math.max(begin, this.lastEnd));
        this.lastEnd = end;
      },
      (error) => device.explain(error),
    );
    // It is awaited later, or never where another failed first; a rejection must not count as unhandled.
    done.catch(() => {});
    this.inFlight.push(done);
    if (this.inFlight.length >= 2) await this.inFlight.shift();
  }

  /** Resolves when all that was submitted is done. */
  async finish(): Promise<void> {
    await Promise.all(this.inFlight.splice(0));
    this.device.check();
  }
}
