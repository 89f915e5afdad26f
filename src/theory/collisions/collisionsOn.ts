/**
 * Collision analysis on either backend. On WebGPU the kernel `collisions` finds, per query and chunk of mixtures, the
 * nearest mixture in 32-bit floats and how near the runner-up is. Float64 on the CPU then decides: it computes the
 * distance of what was found, and where the runner-up is so near that rounding might have swapped the two, it looks at
 * the query's whole chunk. So the answer is the reference's, bit for bit, whatever the adapter and the chunk.
 *
 * Not here: the reference, which also makes the mixtures (`collisions.ts`).
 */

import { DeviceLostError, LimitError } from "../../errors.ts";
import { checkDevice, type Device, type WebGpuDevice } from "../../gpu/device.ts";
import { BUFFER_USAGE } from "../../gpu/flags.ts";
import { bind, compileKernel } from "../../gpu/kernel.ts";
import { type BufferSet, roundedLimit } from "../../gpu/memory.ts";
import { readBuffer } from "../../gpu/readback.ts";
import {
  collisionStrips,
  collisionsGrid,
  collisionsKernel,
  collisionsSpecialization,
  groupQueries,
  MIXTURE_TILE,
  NEAREST_WORDS,
  NONE,
  packSearch,
  rowWords,
} from "../../kernels/theory/collisions.ts";
import { queryTile, variantTraits } from "../../kernels/variants.ts";
import { checkComputing } from "../computing.ts";
import { SubmitQueue } from "../submitQueue.ts";
import {
  type CollisionPlan,
  type CollisionRequest,
  type CollisionState,
  copyState,
  planCollisions,
  resumeCollisions,
} from "./collisionPlan.ts";
import { type CollisionScale, collisionScale, refineChunk, type Shortlist } from "./collisionRefinement.ts";
import {
  analyzeCollisions,
  type CollisionOptions,
  type CollisionResult,
  collisionResult,
  type MixedChunk,
  mixChunk,
  readQuery,
} from "./collisions.ts";

/** Mixtures of a chunk, if nothing is asked for and rows are not too long. */
const DEFAULT_CHUNK = 1024;
/** Multiply-adds of the smallest submit, one workgroup of queries and a chunk, at most. */
const SUBMIT_OPERATIONS = 2 ** 28;
/** Bytes of one buffer of queries or mixtures at most; more queries are in several. */
const BUFFER_BYTES = 2 ** 27;

/**
 * How near the mixtures of `request.data` come to points of classes they don't have, on `device`: see
 * {@link CollisionRequest}. Both backends give the same result and the same states, bit for bit, so that an analysis
 * may begin on one and end on the other. Memory: the queries, and a chunk of mixtures; time: mixtures x Q x D.
 *
 * A lost device is opened again, and the analysis goes on from the last chunk. An abort ends it with what it has.
 * Paper 2.4.
 * @throws ConfigError for a bad request or a state of another one, before anything is allocated; LimitError for rows
 * that are too long for the adapter; OutOfMemoryError; DeviceLostError when the device was destroyed or the browser
 * gives none back. What was computed until then is in the last state that `onProgress` was given.
 */
export async function analyzeCollisionsOn(
  device: Device,
  request: CollisionRequest,
  options: CollisionOptions = {},
): Promise<CollisionResult> {
  const own = checkDevice(device);
  if (own.backend === "cpu") return analyzeCollisions(request, options);
  checkComputing(options, ["state"]);
  const plan = planCollisions(request);
  const state = resumeCollisions(plan, options.state);
  while (state.done < plan.mixtures && !options.signal?.aborted) {
    try {
      await advanceOnGpu(own, plan, state, options);
    } catch (error) {
      // A device that somebody destroyed on purpose is not ours to open again.
      if (!(error instanceof DeviceLostError) || error.reason === "destroyed") throw error;
      await own.recover();
    }
  }
  return collisionResult(plan, state);
}

/** Chunk after chunk until the end or an abort; `state` changes only when a chunk is done. */
async function advanceOnGpu(
  device: WebGpuDevice,
  plan: CollisionPlan,
  state: CollisionState,
  { signal, onProgress }: CollisionOptions,
): Promise<void> {
  device.check();
  const search = await CollisionSearch.create(device, plan);
  try {
    while (state.done < plan.mixtures) {
      const count = Math.min(search.chunk, plan.mixtures - state.done);
      const chunk = mixChunk(plan, state.done, count);
      const finds = await search.find(chunk, signal);
      if (finds === undefined) return;
      refineChunk(plan, state, search.scale, chunk, finds);
      state.done += count;
      onProgress?.(state.done, plan.mixtures, copyState(state));
      if (signal?.aborted) return;
    }
  } finally {
    await search.destroy();
  }
}

/** Queries that share a buffer. */
interface Slice {
  readonly firstQuery: number;
  readonly queries: number;
  /** Workgroups, and the strips that the mixtures are divided into. */
  readonly groups: number;
  readonly strips: number;
  readonly memory: BufferSet<"search" | "queries" | "classes" | "nearest">;
  readonly binding: GPUBindGroup;
}

/** The queries on the GPU, and a chunk's worth of room for mixtures. */
class CollisionSearch {
  private readonly slices: Slice[] = [];
  private readonly queue: SubmitQueue;
  private readonly rows: Float32Array<ArrayBuffer>;
  private readonly classes: Uint32Array<ArrayBuffer>;

  private constructor(
    private readonly device: WebGpuDevice,
    private readonly plan: CollisionPlan,
    readonly scale: CollisionScale,
    private readonly pipeline: GPUComputePipeline,
    private readonly memory: BufferSet<"mixtures" | "classes">,
    /** Queries of a workgroup. */
    private readonly groupSize: number,
    /** Mixtures at a time. */
    readonly chunk: number,
  ) {
    this.queue = new SubmitQueue(device, groupSize * chunk * plan.data.dimensions);
    this.rows = new Float32Array(roomFor(chunk) * rowWords(plan.data.dimensions));
    this.classes = new Uint32Array(2 * roomFor(chunk));
  }

  static async create(device: WebGpuDevice, plan: CollisionPlan): Promise<CollisionSearch> {
    const traits = variantTraits(device);
    const tile = queryTile(traits);
    const groupSize = groupQueries(tile);
    const { dimensions } = plan.data;
    const rowBytes = 4 * rowWords(dimensions);
    const { maxStorageBufferBindingSize, maxBufferSize } = device.gpu.limits;
    const bytes = roundedLimit(Math.min(BUFFER_BYTES, maxStorageBufferBindingSize, maxBufferSize));
    if (groupSize * rowBytes > bytes) {
      throw new LimitError(
        "maxStorageBufferBindingSize",
        groupSize * rowBytes,
        bytes,
        `${dimensions} dimensions are too many: take fewer, or the CPU backend.`,
      );
    }
    const wanted = plan.chunk ?? Math.min(DEFAULT_CHUNK, SUBMIT_OPERATIONS / (groupSize * dimensions));
    const tiles = Math.floor(bytes / (MIXTURE_TILE * rowBytes));
    const chunk = Math.max(1, Math.min(Math.floor(wanted), tiles * MIXTURE_TILE, plan.mixtures));
    const specialization = collisionsSpecialization(tile, traits.subgroups);
    const pipeline = await compileKernel(device, collisionsKernel, specialization);
    const usage = BUFFER_USAGE.STORAGE | BUFFER_USAGE.COPY_DST;
    const memory = await device.memory.allocate("collisions mixtures", {
      mixtures: { size: roomFor(chunk) * rowBytes, usage },
      classes: { size: roomFor(chunk) * 8, usage },
    });
    const search = new CollisionSearch(
      device,
      plan,
      collisionScale(plan),
      pipeline,
      memory,
      groupSize,
      chunk,
    );
    try {
      const sliceSize = Math.floor(bytes / (groupSize * rowBytes)) * groupSize;
      for (let first = 0; first < plan.queries.size; first += sliceSize) {
        await search.addSlice(first, Math.min(sliceSize, plan.queries.size - first));
      }
      return search;
    } catch (error) {
      await search.destroy();
      throw error;
    }
  }

  private async addSlice(firstQuery: number, queries: number): Promise<void> {
    const { device, plan, scale, groupSize } = this;
    const { dimensions } = plan.data;
    const groups = Math.ceil(queries / groupSize);
    const strips = collisionStrips(groups, roomFor(this.chunk));
    const words = rowWords(dimensions);
    const rows = new Float32Array(groups * groupSize * words);
    const classes = new Uint32Array(groups * groupSize);
    const query = new Float64Array(dimensions);
    for (let q = 0; q < queries; q++) {
      readQuery(plan, firstQuery + q, query);
      scale.write(query, 0, rows, q * words);
      classes[q] = plan.queries.labels![firstQuery + q];
    }
    const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = BUFFER_USAGE;
    const memory = await device.memory.allocate("collisions queries", {
      search: { size: 16, usage: UNIFORM | COPY_DST },
      queries: { size: rows.byteLength, usage: STORAGE | COPY_DST, data: rows },
      classes: { size: classes.byteLength, usage: STORAGE | COPY_DST, data: classes },
      nearest: { size: 4 * NEAREST_WORDS * strips * groups * groupSize, usage: STORAGE | COPY_SRC },
    });
    const { search, nearest } = memory.buffers;
    const mixtures = this.memory.buffers;
    const buffers = [search, memory.buffers.queries, memory.buffers.classes];
    const binding = bind(device, this.pipeline, 0, [
      ...buffers,
      mixtures.mixtures,
      mixtures.classes,
      nearest,
    ]);
    this.slices.push({ firstQuery, queries, groups, strips, memory, binding });
  }

  /** The chunk's finds for every query; undefined when aborted. */
  async find(chunk: MixedChunk, signal: AbortSignal | undefined): Promise<Shortlist | undefined> {
    const { device, queue, groupSize } = this;
    const mixtures = this.upload(chunk);
    for (const { groups, strips, memory, binding } of this.slices) {
      const sizes = { dimensions: this.plan.data.dimensions, mixtures, queryRows: groups * groupSize };
      for (let group = 0; group < groups; ) {
        if (signal?.aborted) return undefined;
        const count = Math.min(queue.budget(), groups - group);
        const packed = packSearch({ ...sizes, firstQuery: group * groupSize });
        device.gpu.queue.writeBuffer(memory.buffers.search, 0, packed.buffer);
        await queue.submit(count, (pass) => {
          pass.setPipeline(this.pipeline);
          pass.setBindGroup(0, binding);
          pass.dispatchWorkgroups(...collisionsGrid(count, strips));
        });
        group += count;
      }
    }
    await queue.finish();
    const finds: Shortlist = {
      squares: new Float32Array(this.plan.queries.size),
      runnersUp: new Float32Array(this.plan.queries.size),
      mixtures: new Int32Array(this.plan.queries.size),
    };
    for (const slice of this.slices) {
      const bytes = await readBuffer(device, slice.memory.buffers.nearest);
      device.check();
      collect(slice, slice.groups * groupSize, new Float32Array(bytes), finds);
    }
    return finds;
  }

  /** Puts a chunk into the GPU's memory; returns its rows with those that fill it up. */
  private upload({ points, classes }: MixedChunk): number {
    const { device, plan, scale, rows } = this;
    const { dimensions } = plan.data;
    const count = classes.length / 2;
    const padded = roomFor(count);
    const words = rowWords(dimensions);
    this.classes.fill(NONE);
    for (let m = 0; m < count; m++) {
      scale.write(points, m * dimensions, rows, m * words);
      if (classes[2 * m] >= 0) this.classes.set(classes.subarray(2 * m, 2 * m + 2), 2 * m);
    }
    device.gpu.queue.writeBuffer(this.memory.buffers.mixtures, 0, rows, 0, padded * words);
    device.gpu.queue.writeBuffer(this.memory.buffers.classes, 0, this.classes, 0, 2 * padded);
    return padded;
  }

  /** Frees everything, after what is still under way. */
  async destroy(): Promise<void> {
    await this.queue.finish().catch(() => {});
    for (const { memory } of this.slices) memory.destroy();
    this.memory.destroy();
  }
}

/** Brings the strips' finds together: of equals the one with the lowest index. */
function collect(
  { firstQuery, queries, strips }: Slice,
  queryRows: number,
  nearest: Float32Array,
  finds: Shortlist,
): void {
  const words = new Uint32Array(nearest.buffer);
  for (let q = 0; q < queries; q++) {
    let [square, runnerUp, mixture] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -1];
    for (let strip = 0; strip < strips; strip++) {
      const at = NEAREST_WORDS * (strip * queryRows + q);
      if (words[at + 2] === NONE) continue;
      runnerUp = Math.min(runnerUp, nearest[at + 1], Math.max(square, nearest[at]));
      if (nearest[at] < square || (nearest[at] === square && words[at + 2] < mixture)) {
        [square, mixture] = [nearest[at], words[at + 2]];
      }
    }
    finds.squares[firstQuery + q] = square;
    finds.runnersUp[firstQuery + q] = runnerUp;
    finds.mixtures[firstQuery + q] = mixture;
  }
}

/** Rows that hold so many mixtures: whole tiles. */
function roomFor(mixtures: number): number {
  return Math.ceil(mixtures / MIXTURE_TILE) * MIXTURE_TILE;
}
