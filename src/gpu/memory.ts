/**
 * The one place where GPU buffers are made and counted. A request is a set of named buffers that live and die together:
 * if one can't be had, all are given back and the request fails with a typed error.
 */

import { OutOfMemoryError } from "../errors.ts";

/** Sizes of buffers are rounded up to a multiple of so many bytes. */
const GRANULE = 16;

/** What of a limit a buffer may be asked for: adapters have limits that are one byte short of a power of two. */
export function roundedLimit(bytes: number): number {
  return bytes - (bytes % GRANULE);
}

/** One buffer of a request. `data` fills it from its start. */
export interface BufferRequest {
  /** Bytes. Rounded up to 16, so that no binding is empty or odd. */
  readonly size: number;
  readonly usage: GPUBufferUsageFlags;
  readonly data?: ArrayBufferView;
}

/** Buffers that were allocated together. */
export interface BufferSet<Name extends string> {
  readonly buffers: Readonly<Record<Name, GPUBuffer>>;
  /** Bytes held. */
  readonly bytes: number;
  /** Frees them all. Idempotent. */
  destroy(): void;
}

export class Memory {
  /** Bytes and buffers allocated now. */
  bytes = 0;
  count = 0;

  /** `explain` throws what lies behind a failed operation: `WebGpuDevice.explain`. */
  constructor(
    private readonly gpu: GPUDevice,
    private readonly explain: (error: unknown) => Promise<never>,
  ) {}

  /**
   * Allocates a set of buffers, zero-filled where there is no data.
   * @throws OutOfMemoryError if the adapter has no memory left, after giving back what had been allocated;
   *   DeviceLostError.
   */
  async allocate<Name extends string>(
    label: string,
    requests: Readonly<Record<Name, BufferRequest>>,
  ): Promise<BufferSet<Name>> {
    const entries = Object.entries(requests) as [Name, BufferRequest][];
    const sizeOf = ({ size }: BufferRequest) => Math.max(GRANULE, Math.ceil(size / GRANULE) * GRANULE);
    const bytes = entries.reduce((sum, [, request]) => sum + sizeOf(request), 0);

    this.gpu.pushErrorScope("validation");
    this.gpu.pushErrorScope("out-of-memory");
    const buffers = {} as Record<Name, GPUBuffer>;
    let thrown: unknown;
    try {
      for (const [name, request] of entries) {
        buffers[name] = this.gpu.createBuffer({
          label: `${label}.${name}`,
          size: sizeOf(request),
          usage: request.usage,
        });
        const { data } = request;
        if (data !== undefined && data.byteLength > 0) {
          this.gpu.queue.writeBuffer(buffers[name], 0, data.buffer, data.byteOffset, data.byteLength);
        }
      }
    } catch (error) {
      // Chrome throws a RangeError at once when a mapped allocation fails.
      thrown = error;
    }
    const scopes = Promise.all([this.gpu.popErrorScope(), this.gpu.popErrorScope()]);
    const [outOfMemory, invalid] = await scopes.catch(this.explain);
    if (thrown !== undefined || outOfMemory !== null || invalid !== null) {
      for (const buffer of Object.values<GPUBuffer>(buffers)) buffer.destroy();
      if (outOfMemory === null && invalid !== null) throw new Error(`${label}: ${invalid.message}`);
      throw new OutOfMemoryError(bytes, label, { cause: thrown });
    }
    this.bytes += bytes;
    this.count += entries.length;
    let alive = true;
    return {
      buffers,
      bytes,
      destroy: () => {
        if (!alive) return;
        alive = false;
        for (const [name] of entries) buffers[name].destroy();
        this.bytes -= bytes;
        this.count -= entries.length;
      },
    };
  }
}
