/**
 * Reads evaluations back without stopping the loop: every submit ends in a copy of what it measured into one of two
 * staging buffers, which is mapped while the next submit runs. The map is also the only proof that a submit was really
 * executed: a lost device accepts submits for ever, but it maps nothing.
 */

import { BUFFER_USAGE, MAP_READ_MODE } from "../../gpu/flags.ts";
import type { BufferSet } from "../../gpu/memory.ts";
import { waitFor } from "../../gpu/patience.ts";
import { RUN_STATE_BYTES } from "../../kernels/population.ts";
import { evaluationsDone } from "../../population/population.ts";
import type { PopulationState } from "./state.ts";

/** Submits that may be under way at once, each with a staging buffer. */
export const MAX_IN_FLIGHT = 2;

/** What a submit measured. */
export interface SubmitMetrics {
  /** Evaluations in the submit, `[evaluations, metricsStride]`. */
  readonly entries: Uint32Array;
  /** `RunState` records after the submit, `[R]`. */
  readonly states: Uint32Array;
}

export class MetricsRing {
  private next = 0;

  private constructor(
    private readonly state: PopulationState,
    private readonly memory: BufferSet<string>,
  ) {}

  static async create(state: PopulationState): Promise<MetricsRing> {
    const size = state.plan.bytes.metrics + state.plan.bytes.states;
    const usage = BUFFER_USAGE.COPY_DST | BUFFER_USAGE.MAP_READ;
    const requests = Object.fromEntries(
      Array.from({ length: MAX_IN_FLIGHT }, (_, i) => [`staging.${i}`, { size, usage }]),
    );
    return new MetricsRing(state, await state.device.memory.allocate("metrics ring", requests));
  }

  /**
   * Encodes the copy that ends a submit of `steps` steps. Call the result after submitting: it resolves when the submit
   * is done. At most {@link MAX_IN_FLIGHT} may be unresolved.
   */
  encode(encoder: GPUCommandEncoder, firstStep: number, steps: number): () => Promise<SubmitMetrics> {
    const { plan, population, buffers } = this.state;
    const staging = this.memory.buffers[`staging.${this.next}`];
    this.next = (this.next + 1) % MAX_IN_FLIGHT;
    const evaluations =
      evaluationsDone(population, firstStep + steps) - evaluationsDone(population, firstStep);
    const entryBytes = evaluations * plan.metricsStride * 4;
    const stateBytes = population.runs.length * RUN_STATE_BYTES;
    if (entryBytes > 0) encoder.copyBufferToBuffer(buffers.metrics, 0, staging, 0, entryBytes);
    encoder.copyBufferToBuffer(buffers.states, 0, staging, entryBytes, stateBytes);
    return async () => {
      await waitFor(staging.mapAsync(MAP_READ_MODE, 0, entryBytes + stateBytes));
      const words = new Uint32Array(staging.getMappedRange(0, entryBytes + stateBytes).slice(0));
      staging.unmap();
      return { entries: words.subarray(0, entryBytes / 4), states: words.subarray(entryBytes / 4) };
    };
  }

  destroy(): void {
    this.memory.destroy();
  }
}
