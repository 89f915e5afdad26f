/**
 * Collision analysis on either backend. On WebGPU the kernel `collisions` finds, per query and chunk of mixtures, the
 * nearest mixture in 32-bit floats and how near the runner-up is. Float64 on the CPU then decides: it computes the
 * distance of what was found, and where the runner-up is so near that rounding might have swapped the two, it looks at
 * the query's whole chunk. So the answer is the reference's, bit for bit, whatever the adapter and the chunk.
 *
 * Not here: the reference, which also makes the mixtures (`collisions.ts`).
 */

import { LimitError } from "../../errors.ts";
import { checkDevice, type Device, type WebGpuDevice } from "../../gpu/device.ts";
import { BUFFER_USAGE, MAP_READ_MODE } from "../../gpu/flags.ts";
import { bind, compileKernel } from "../../gpu/kernel.ts";
import { LossLimit } from "../../gpu/lossLimit.ts";
import { type BufferSet, roundedLimit } from "../../gpu/memory.ts";
import { waitFor } from "../../gpu/patience.ts";
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
import {
  chooseTheoryVariants,
  queryTile,
  resolved,
  type TheoryVariants,
  variantTraits,
} from "../../kernels/variants.ts";
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
const DEFAULT_CHUNK = 2048;
/** Multiply-adds of the smallest submit, one workgroup of queries and a chunk, at most. */
const SUBMIT_OPERATIONS = 2 ** 27;
/** Queries that are made rows of before they are sent off. */
const UPLOAD_QUERIES = 256;
/** Bytes of one buffer of queries or mixtures at most; more queries are in several. */
const BUFFER_BYTES = 2 ** 27;

/**
 * How near the mixtures of `request.data` come to points of classes they don't have, on `device`: see
 * {@link CollisionRequest}. Both backends give the same result and the same states, bit for bit, so that an analysis
 * may begin on one and end on the other. Memory: the queries, and two chunks of mixtures; time: mixtures x Q x D.
 *
 * A lost device is opened again, and the analysis goes on from the last chunk, unless it is lost three times at the same one. An abort ends it with what it has.
 * Paper 2.4.
 * @throws ConfigError for a bad request or a state of another one, before anything is allocated; LimitError for rows
 * that are too long for the adapter; OutOfMemoryError; DeviceLostError when the device was destroyed, the browser
 * gives none back, or it is lost again and again. What was computed until then is in the last state that `onProgress` was given.
 */
export async function analyzeCollisionsOn(
  device: Device,
  request: CollisionRequest,
  options: CollisionOptions = {},
): Promise<CollisionResult> {
  const own = checkDevice(device);
  if (own.backend === "cpu") return analyzeCollisions(request, options);
  checkComputing(options, ["state", "variants"]);
  const traits = variantTraits(own);
  const variants = resolved(chooseTheoryVariants(traits), options.variants ?? {}, traits, "options.variants");
  const plan = planCollisions(request);
  const state = resumeCollisions(plan, options.state);
  const limit = new LossLimit(state.done);
  while (state.done < plan.mixtures && !options.signal?.aborted) {
    try {
      await advanceOnGpu(own, plan, state, options, variants);
    } catch (error) {
      limit.keep(state.done);
      limit.check(error);
      await own.recover();
    }
  }
  return collisionResult(plan, state);
}

/**
 * Chunk after chunk until the end or an abort; `state` changes only when a chunk is done. While the GPU looks at one, the
 * next is mixed and queued behind it.
 */
async function advanceOnGpu(
  device: WebGpuDevice,
  plan: CollisionPlan,
  state: CollisionState,
  { signal, onProgress }: CollisionOptions,
  variants: TheoryVariants,
): Promise<void> {
  device.check();
  const search = await CollisionSearch.create(device, plan, variants);
  let looking = search.look(state.done, signal);
  try {
    while (state.done < plan.mixtures) {
      const look = await looking;
      if (look === undefined) return;
      const done = look.chunk.from + look.chunk.classes.length / 2;
      if (done < plan.mixtures) {
        looking = search.look(done, signal);
        // It is awaited later, or at the end where this chunk fails.
        looking.catch(() => {});
      }
      refineChunk(plan, state, search.scale, look.chunk, await look.finds());
      state.done = done;
      onProgress?.(state.done, plan.mixtures, copyState(state));
      if (signal?.aborted) return;
    }
  } finally {
    await looking.catch(() => {});
    await search.destroy();
  }
}

/** A chunk that the GPU has been told to look at. */
interface Look {
  readonly chunk: MixedChunk;
  /** What it found for every query, once it has. */
  finds(): Promise<Shortlist>;
}

/** Queries that share a buffer. */
interface Slice {
  readonly firstQuery: number;
  readonly queries: number;
  /** Workgroups. */
  readonly groups: number;
  readonly memory: BufferSet<"search" | "queries" | "classes" | "nearest" | "reading0" | "reading1">;
  readonly binding: GPUBindGroup;
}

/** The queries on the GPU, and a chunk's worth of room for mixtures; two chunks are under way at a time. */
class CollisionSearch {
  private readonly slices: Slice[] = [];
  private readonly queue: SubmitQueue;
  private readonly rows: Float32Array<ArrayBuffer>;
  private readonly classes: Uint32Array<ArrayBuffer>;
  /** Room for the points of the two chunks, and whose turn it is. */
  private readonly mixed: readonly [Float64Array, Float64Array];
  private turn: 0 | 1 = 0;

  private constructor(
    private readonly device: WebGpuDevice,
    private readonly plan: CollisionPlan,
    readonly scale: CollisionScale,
    private readonly pipeline: GPUComputePipeline,
    private readonly memory: BufferSet<"mixtures" | "classes">,
    /** Queries of a workgroup. */
    private readonly groupSize: number,
    /** Mixtures at a time, and the strips that they are divided into. */
    readonly chunk: number,
    private readonly strips: number,
    /** Queries of a slice, but for the last. */
    private readonly sliceSize: number,
  ) {
    this.queue = new SubmitQueue(device, groupSize * chunk * plan.data.dimensions);
    this.rows = new Float32Array(roomFor(chunk) * rowWords(plan.data.dimensions));
    this.classes = new Uint32Array(2 * roomFor(chunk));
    const numbers = chunk * plan.data.dimensions;
    this.mixed = [new Float64Array(numbers), new Float64Array(chunk < plan.mixtures ? numbers : 0)];
  }

  static async create(
    device: WebGpuDevice,
    plan: CollisionPlan,
    variants: TheoryVariants,
  ): Promise<CollisionSearch> {
    const tile = queryTile(variants);
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
    const sliceSize = Math.floor(bytes / (groupSize * rowBytes)) * groupSize;
    const groups = Math.ceil(Math.min(sliceSize, plan.queries.size) / groupSize);
    const strips = collisionStrips(groups, roomFor(chunk), tile);
    const specialization = collisionsSpecialization(tile, variants.exchange === "subgroups");
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
      strips,
      sliceSize,
    );
    try {
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
    const { device, plan, scale, groupSize, strips } = this;
    const { dimensions } = plan.data;
    const groups = Math.ceil(queries / groupSize);
    const words = rowWords(dimensions);
    const classes = new Uint32Array(groups * groupSize);
    classes.set(plan.queries.labels!.subarray(firstQuery, firstQuery + queries));
    const { STORAGE, UNIFORM, COPY_DST, COPY_SRC, MAP_READ } = BUFFER_USAGE;
    const found = 4 * NEAREST_WORDS * strips * groups * groupSize;
    const memory = await device.memory.allocate("collisions queries", {
      search: { size: 16, usage: UNIFORM | COPY_DST },
      queries: { size: 4 * groups * groupSize * words, usage: STORAGE | COPY_DST },
      classes: { size: classes.byteLength, usage: STORAGE | COPY_DST, data: classes },
      nearest: { size: found, usage: STORAGE | COPY_SRC },
      reading0: { size: found, usage: COPY_DST | MAP_READ },
      reading1: { size: found, usage: COPY_DST | MAP_READ },
    });
    // Some at a time: fresh memory for all of them would take longer to get than to fill.
    const rows = new Float32Array(UPLOAD_QUERIES * words);
    const query = new Float64Array(dimensions);
    for (let first = 0; first < queries; first += UPLOAD_QUERIES) {
      const count = Math.min(UPLOAD_QUERIES, queries - first);
      for (let q = 0; q < count; q++) {
        readQuery(plan, firstQuery + first + q, query);
        scale.write(query, 0, rows, q * words);
      }
      device.gpu.queue.writeBuffer(memory.buffers.queries, 4 * first * words, rows, 0, count * words);
    }
    const { search, nearest } = memory.buffers;
    const mixtures = this.memory.buffers;
    const buffers = [search, memory.buffers.queries, memory.buffers.classes];
    const binding = bind(device, this.pipeline, 0, [
      ...buffers,
      mixtures.mixtures,
      mixtures.classes,
      nearest,
    ]);
    this.slices.push({ firstQuery, queries, groups, memory, binding });
  }

  /**
   * Mixes the chunk that begins at `from`, at once, and submits it; undefined when aborted. The chunk before must have been
   * submitted, and the one before that be done with.
   */
  async look(from: number, signal: AbortSignal | undefined): Promise<Look | undefined> {
    const { device, plan, queue, groupSize, strips, turn } = this;
    this.turn = turn === 0 ? 1 : 0;
    const chunk = mixChunk(plan, from, Math.min(this.chunk, plan.mixtures - from), this.mixed[turn]);
    const mixtures = this.upload(chunk);
    const mapped: Promise<void>[] = [];
    for (const { groups, memory, binding } of this.slices) {
      const { nearest, [`reading${turn}` as const]: reading } = memory.buffers;
      // What was found two chunks before has been read.
      reading.unmap();
      const sizes = { dimensions: plan.data.dimensions, mixtures, queryRows: groups * groupSize };
      for (let group = 0; group < groups; ) {
        if (signal?.aborted) return undefined;
        const count = Math.min(queue.budget(), groups - group);
        const packed = packSearch({ ...sizes, firstQuery: group * groupSize });
        device.gpu.queue.writeBuffer(memory.buffers.search, 0, packed.buffer);
        const isLast = group + count === groups;
        await queue.submit(
          count,
          (pass) => {
            pass.setPipeline(this.pipeline);
            pass.setBindGroup(0, binding);
            pass.dispatchWorkgroups(...collisionsGrid(count, strips));
          },
          (encoder) => {
            if (isLast) encoder.copyBufferToBuffer(nearest, 0, reading, 0, reading.size);
          },
        );
        group += count;
      }
      mapped.push(waitFor(reading.mapAsync(MAP_READ_MODE)));
      mapped.at(-1)!.catch(() => {});
    }
    return { chunk, finds: () => this.collected(mapped, turn) };
  }

  private async collected(mapped: readonly Promise<void>[], turn: 0 | 1): Promise<Shortlist> {
    const { device, plan, groupSize, sliceSize, strips } = this;
    const nearest: Float32Array[] = [];
    const finds: Shortlist = {
      squares: new Float32Array(plan.queries.size),
      runnersUp: new Float32Array(plan.queries.size),
      mixtures: new Int32Array(plan.queries.size),
      strips,
      stripSquare: (strip, query) => {
        const slice = Math.floor(query / sliceSize);
        const row = strip * this.slices[slice].groups * groupSize + (query % sliceSize);
        return nearest[slice][NEAREST_WORDS * row];
      },
    };
    for (const [i, slice] of this.slices.entries()) {
      await mapped[i].catch((error) => device.explain(error));
      device.check();
      nearest.push(new Float32Array(slice.memory.buffers[`reading${turn}`].getMappedRange()));
      collect(slice, slice.groups * groupSize, nearest[i], finds);
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
  { firstQuery, queries }: Slice,
  queryRows: number,
  nearest: Float32Array,
  finds: Shortlist,
): void {
  const words = new Uint32Array(nearest.buffer);
  const end = firstQuery + queries;
  const squares = finds.squares.subarray(firstQuery, end);
  const runnersUp = finds.runnersUp.subarray(firstQuery, end);
  const mixtures = finds.mixtures.subarray(firstQuery, end);
  squares.fill(Number.POSITIVE_INFINITY);
  runnersUp.fill(Number.POSITIVE_INFINITY);
  mixtures.fill(-1);
  // Strip by strip, as they lie in memory.
  for (let strip = 0; strip < finds.strips; strip++) {
    for (let q = 0, at = NEAREST_WORDS * strip * queryRows; q < queries; q++, at += NEAREST_WORDS) {
      const mixture = words[at + 2];
      if (mixture === NONE) continue;
      const square = nearest[at];
      const least = squares[q];
      // What is not the nearest of the two is a runner-up.
      const further = Math.max(square, least);
      const second = Math.min(nearest[at + 1], further);
      if (second < runnersUp[q]) runnersUp[q] = second;
      if (square < least || (square === least && mixture < mixtures[q])) {
        squares[q] = square;
        mixtures[q] = mixture;
      }
    }
  }
}

/** Rows that hold so many mixtures: whole tiles. */
function roomFor(mixtures: number): number {
  return Math.ceil(mixtures / MIXTURE_TILE) * MIXTURE_TILE;
}
