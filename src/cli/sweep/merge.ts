/**
 * The shards of a sweep as one: `merged.safetensors` with a row a run, `runs.csv`, `summary.json`. Shard by shard, so that memory is that of
 * one; the same bytes however the sweep was cut.
 */

import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Domain } from "../../data/dataset.ts";
import { MixupError } from "../../errors.ts";
import { FINITE } from "../../kernels/population.ts";
import { lawName } from "../../mixing/laws.ts";
import { DIGEST_KEY } from "../../model/digest.ts";
import { encodeSafetensors, type SafetensorsData, type SafetensorsTensor } from "../../model/safetensors.ts";
import { Sha256 } from "../../numeric/sha256.ts";
import type { Sweep, SweepRun } from "../../sweep/description.ts";
import { gapsOf, type ShardRange } from "../../sweep/layout.ts";
import { engineHash, type Rows, type Shard, type SweepEngine } from "../../sweep/results.ts";
import { UNFINISHED, writeFailure, writeWhole } from "../files/wholeFiles.ts";
import type { SweepFolder } from "./folder.ts";

const FORMAT = "mixup-webgpu merged sweep 1";

/** What was merged. */
export interface Merged {
  readonly files: readonly string[];
  /** Runs that diverged. */
  readonly failed: number;
}

/**
 * Merges a sweep all of whose shards are done.
 * @throws MixupError where shards are missing, or several engines computed and that is not allowed; ConfigError for a damaged shard, which
 * is taken away
 */
export async function mergeSweep(folder: SweepFolder, mixedEngines: boolean): Promise<Merged> {
  const { sweep, path } = folder;
  const ranges = [...(await folder.done())].sort((one, other) => one.from - other.from);
  checkWhole(ranges, sweep);
  const engines = await enginesOf(folder, ranges);
  if (engines.length > 1 && !mixedEngines) {
    const names = engines.map(({ backend, adapter, runtime }) => `${backend}: ${adapter} (${runtime})`);
    throw new MixupError(
      `Several engines computed this sweep: ${names.join("; ")}. Their results differ in the last bits at least. ` +
        "--mixed-engines merges them, with a column that says which.",
    );
  }
  const files = ["merged.safetensors", "runs.csv", "summary.json"].map((name) => join(path, name));
  const beside = files.map((file) => `${file}${UNFINISHED}`);
  const summary = new Summary(sweep);
  let writing = files[0];
  try {
    const tensors = await open(beside[0], "w+");
    const csv = await open(beside[1], "w");
    try {
      const merged = new MergedFile(tensors, sweep, engines);
      const head = [...CSV_HEAD, ...domainHead(sweep), ...(engines.length > 1 ? ["engine"] : [])];
      await csv.write(`${head.map(cell).join(",")}\n`);
      for (const range of ranges) {
        const shard = await folder.shard(range);
        const engine = engines.findIndex((one) => engineHash(one) === shard.engineHash);
        writing = files[0];
        await merged.add(shard, engine);
        writing = files[1];
        await csv.write(csvRows(sweep, shard, engines.length > 1 ? engine : undefined));
        summary.add(shard);
      }
      writing = files[0];
      await merged.end();
      await csv.sync();
    } finally {
      await tensors.close();
      await csv.close();
    }
    await writeWhole(files[2], `${JSON.stringify(summary.result(engines), null, 2)}\n`);
    for (const i of [0, 1]) await rename(beside[i], files[i]);
  } catch (error) {
    for (const file of beside) await rm(file, { force: true });
    if (error instanceof MixupError) throw error;
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw await writeFailure(writing, error);
  }
  return { files, failed: summary.failed };
}

function checkWhole(ranges: readonly ShardRange[], { count }: Sweep): void {
  const missing = gapsOf(ranges, count).reduce((sum, { from, to }) => sum + to - from, 0);
  if (missing > 0)
    throw new MixupError(
      `${missing} of ${count} runs are not done yet: the same command without --merge does them.`,
    );
  const overlap = ranges.findIndex(({ from }, s) => from !== (ranges[s - 1]?.to ?? 0));
  if (overlap >= 0)
    throw new MixupError(
      `Shards overlap at run ${ranges[overlap].from}: remove the files of one layout from shards/.`,
    );
}

/** In the order in which they come. */
async function enginesOf(folder: SweepFolder, ranges: readonly ShardRange[]): Promise<SweepEngine[]> {
  const engines = new Map<string, SweepEngine>();
  for (const range of ranges) {
    const { engine, engineHash } = await folder.shard(range);
    if (!engines.has(engineHash)) engines.set(engineHash, engine);
  }
  return [...engines.values()];
}

/** A safetensors file that is written row by row, all tensors at once. */
class MergedFile {
  private places: { name: string; offset: number; written: number }[] = [];
  private dataStart = 0;
  private digestAt = 0;
  private length = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly sweep: Sweep,
    private readonly engines: readonly SweepEngine[],
  ) {}

  async add({ rows, range }: Shard, engine: number): Promise<void> {
    const all: Rows =
      this.engines.length === 1
        ? rows
        : {
            ...rows,
            engine: {
              shape: [range.to - range.from],
              data: new Uint32Array(range.to - range.from).fill(engine),
            },
          };
    if (this.places.length === 0) await this.begin(all, range.to - range.from);
    for (const place of this.places) {
      const data = all[place.name]?.data;
      if (data === undefined) throw new MixupError(`A shard lacks ${place.name}.`);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      await writeAt(this.file, bytes, this.dataStart + place.offset + place.written);
      place.written += bytes.length;
    }
  }

  /** Writes the digest, of which it has to read all. */
  async end(): Promise<void> {
    const hash = new Sha256();
    const piece = new Uint8Array(1 << 20);
    for (let at = 0; at < this.length; ) {
      const { bytesRead } = await this.file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new MixupError("The merged file is shorter than it was written.");
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    await writeAt(this.file, new TextEncoder().encode(hash.digest()), this.digestAt);
    await this.file.sync();
  }

  /** The header, as that of a file with all rows would be. */
  private async begin(rows: Rows, first: number): Promise<void> {
    const { sweep, engines } = this;
    // Encoded with the rows of one run, whose shapes are then those of all.
    const tensors = Object.fromEntries(
      Object.entries(rows)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, { shape, data }]) => [
          name,
          {
            shape: [1, ...shape.slice(1)],
            data: (data as Float64Array).subarray(0, data.length / first) as SafetensorsData,
          },
        ]),
    );
    const metadata = {
      format: FORMAT,
      sweep: sweep.id,
      description: JSON.stringify(sweep.description),
      engines: JSON.stringify(engines),
      [DIGEST_KEY]: "0".repeat(64),
    };
    const one = encodeSafetensors(tensors, metadata);
    const length = Number(new DataView(one.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(one.subarray(8, 8 + length))) as Record<
      string,
      { shape: number[]; data_offsets: number[] }
    >;
    let end = 0;
    for (const [name, entry] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      const [begin, stop] = entry.data_offsets;
      const bytes = (stop - begin) * sweep.count;
      this.places.push({ name, offset: end, written: 0 });
      entry.shape[0] = sweep.count;
      entry.data_offsets = [end, end + bytes];
      end += bytes;
    }
    const text = JSON.stringify(header);
    const json = new TextEncoder().encode(text);
    const padded = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
    new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
    padded.set(json, 8);
    await writeAt(this.file, padded, 0);
    const key = `"${DIGEST_KEY}":"`;
    // Bytes, not characters: what stands before may be any text.
    this.digestAt = 8 + new TextEncoder().encode(text.slice(0, text.indexOf(key) + key.length)).length;
    this.dataStart = padded.length;
    this.length = padded.length + end;
    if (end > 0) await this.file.truncate(this.length);
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

const CSV_HEAD = [
  "run",
  "data",
  "seed",
  "mixing",
  "pairing",
  "granularity",
  "labelSmoothing",
  "optimizer",
  "error",
  "loss",
  "trainingLoss",
  "failedAt",
] as const;

/** Columns that sweeps over domains have besides: proportions drawn by, then what is kept of each domain. */
function domainHead({ keep, proportions, data, evaluated }: Sweep): string[] {
  const named = (what: string, domains: readonly Domain[] = []) =>
    domains.map(({ name }) => `${what} ${name}`);
  return [
    ...(proportions[0] === undefined ? [] : named("proportion", data[0].data.domains)),
    ...(keep.includes("domains") ? named("loss", (evaluated ?? data[0]).data.domains) : []),
  ];
}

/** Of each combination but the seed its number in the grid as well, where a word does not say it. */
function csvRows(sweep: Sweep, { range, rows }: Shard, engine: number | undefined): string {
  const final = (name: string) => rows[`final.${name}`]?.data as Float64Array | undefined;
  const [error, loss, trainingLoss] = [final("error"), final("loss"), final("trainingLoss")];
  const failed = rows.failed.data as Uint32Array;
  const losses = rows["domains.loss"];
  const lines: string[] = [];
  for (let i = range.from; i < range.to; i++) {
    const { data, optimizer, proportions, labelSmoothing, mixing, seed } = sweep.place(i);
    const { law, pairing, granularity } = sweep.mixings[mixing];
    const r = i - range.from;
    const cells = [
      i,
      sweep.data[data].name,
      seed,
      lawName(law),
      typeof pairing === "string" ? pairing : `${pairing.kind}(${pairing.bandwidth})`,
      granularity,
      sweep.labelSmoothings[labelSmoothing],
      optimizer,
      ...[error, loss, trainingLoss].map((column) => numberCell(column?.[r])),
      failed[r] === FINITE ? "" : failed[r],
      ...(sweep.proportions[proportions] ?? []),
      ...(losses === undefined ? [] : Array.from(rowOf(losses, r), numberCell)),
      ...(engine === undefined ? [] : [engine]),
    ];
    lines.push(cells.map(cell).join(","));
  }
  return `${lines.join("\n")}\n`;
}

function cell(content: string | number): string | number {
  return /[",\n]/.test(String(content)) ? `"${String(content).replaceAll('"', '""')}"` : content;
}

/** Row r of a table `[runs, columns]`. */
function rowOf({ shape, data }: SafetensorsTensor, r: number): Float64Array {
  return (data as Float64Array).subarray(r * shape[1], (r + 1) * shape[1]);
}

function numberCell(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "" : String(value);
}

/** Means over the seeds of each combination, of the runs that did not diverge. */
class Summary {
  failed = 0;
  private readonly groups = new Map<
    string,
    { place: object; runs: number; failed: number; error: Spread; loss: Spread; domains: Spread[] }
  >();

  constructor(private readonly sweep: Sweep) {}

  add({ range, rows }: Shard): void {
    const error = rows["final.error"]?.data as Float64Array | undefined;
    const loss = rows["final.loss"]?.data as Float64Array | undefined;
    const failed = rows.failed.data as Uint32Array;
    const losses = rows["domains.loss"];
    for (let i = range.from; i < range.to; i++) {
      const { seed: _, ...place } = this.sweep.place(i);
      const key = Object.values(place).join();
      let group = this.groups.get(key);
      if (group === undefined) {
        const domains = Array.from({ length: losses?.shape[1] ?? 0 }, () => new Spread());
        group = { place, runs: 0, failed: 0, error: new Spread(), loss: new Spread(), domains };
        this.groups.set(key, group);
      }
      const r = i - range.from;
      group.runs++;
      if (failed[r] !== FINITE) {
        group.failed++;
        this.failed++;
        continue;
      }
      group.error.add(error?.[r]);
      group.loss.add(loss?.[r]);
      for (const [k, domain] of group.domains.entries()) domain.add(rowOf(losses, r)[k]);
    }
  }

  result(engines: readonly SweepEngine[]): object {
    const { id, count, data, evaluated, mixings, optimizers, labelSmoothings, proportions } = this.sweep;
    return {
      sweep: id,
      runs: count,
      failed: this.failed,
      engines,
      groups: [...this.groups.values()].map(({ place, runs, failed, error, loss, domains }) => {
        const at = place as Omit<SweepRun, "seed">;
        const shares = proportions[at.proportions];
        const measured = (evaluated ?? data[at.data]).data.domains;
        return {
          data: data[at.data].name,
          mixing: lawName(mixings[at.mixing].law),
          mixingIndex: at.mixing,
          optimizer: optimizers[at.optimizer].kind,
          optimizerIndex: at.optimizer,
          labelSmoothing: labelSmoothings[at.labelSmoothing],
          ...(shares && { proportions: shares }),
          runs,
          failed,
          error: error.result(),
          loss: loss.result(),
          ...(domains.length > 0 && {
            domains: domains.map((domain, k) => ({ name: measured![k].name, loss: domain.result() })),
          }),
        };
      }),
    };
  }
}

/** Mean and standard deviation, by Welford's recurrence. */
class Spread {
  private count = 0;
  private mean = 0;
  private squares = 0;

  add(value: number | undefined): void {
    if (value === undefined || Number.isNaN(value)) return;
    this.count++;
    const before = value - this.mean;
    this.mean += before / this.count;
    this.squares += before * (value - this.mean);
  }

  result(): { mean: number | null; deviation: number | null } {
    const { count, mean, squares } = this;
    return {
      mean: count > 0 ? mean : null,
      deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
    };
  }
}
