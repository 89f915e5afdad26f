/**
 * A sweep's folder, `OUT/<sweep>/`, which any number of processes write into at once: description and layout, a file for each shard that
 * is done, states of those under way. The files are the truth; the first result wins, and another one is compared with it.
 *
 * Not here: what is in the files (`src/sweep/`), the merged ones (`merge.ts`).
 */

import { randomUUID } from "node:crypto";
import { link, lstat, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { Partials } from "../../sweep/compute.ts";
import type { SweepWithFiles } from "../../sweep/data.ts";
import { cutShards, gapsOf, layoutJson, parseLayout, type ShardRange } from "../../sweep/layout.ts";
import { decodeShard, type Shard } from "../../sweep/results.ts";
import { NO_LINKS, UNFINISHED, writeFailure, writeSynced, writeWhole } from "../files/wholeFiles.ts";
import { KEPT_DATA } from "./data.ts";

/** Temporary files of processes that were killed are taken away after so many milliseconds. */
const STALE = 24 * 60 * 60 * 1000;

/** What became of a result. */
export type Placed = "first" | "equal" | "conflict" | "other-engine";

export class SweepFolder {
  private constructor(
    readonly path: string,
    readonly sweep: SweepWithFiles,
  ) {}

  /** The folder of a sweep in `out`, made if it is not there. */
  static async open(out: string, sweep: SweepWithFiles): Promise<SweepFolder> {
    const path = join(out, sweep.id);
    const folder = new SweepFolder(path, sweep);
    try {
      for (const name of ["shards", "partial", "failed"]) await mkdir(join(path, name), { recursive: true });
    } catch (cause) {
      throw new ConfigError("--out", `can't write to "${out}": ${(cause as Error).message}`, { cause });
    }
    await folder.placeText("sweep.json", `${JSON.stringify(sweep.description, null, 2)}\n`);
    await folder.sweepAway();
    return folder;
  }

  /**
   * The layout that is kept, or a new one. `size` is asked for where there is none yet; one that is given and differs is refused,
   * unless `reshard`, which cuts anew what is not done.
   */
  async layout(
    given: number | undefined,
    reshard: boolean,
    size: () => Promise<number>,
  ): Promise<ShardRange[]> {
    const { sweep } = this;
    let text = await this.text("layout.json");
    if (text === undefined) {
      await this.placeText("layout.json", layoutJson(sweep.id, cutShards(sweep, given ?? (await size()))));
      text = (await this.text("layout.json"))!;
      return parseLayout(text, sweep);
    }
    const kept = parseLayout(text, sweep);
    if (given === undefined) return kept;
    if (reshard) {
      const done = await this.done();
      const anew = cutShards(sweep, given, gapsOf(done, sweep.count));
      const all = [...done, ...anew].sort((one, other) => one.from - other.from);
      await writeWhole(join(this.path, "layout.json"), layoutJson(sweep.id, all));
      return all;
    }
    const asked = layoutJson(sweep.id, cutShards(sweep, given));
    if (asked !== layoutJson(sweep.id, kept)) {
      throw new ConfigError(
        "--shard-size",
        "the sweep was begun with other shards. Leave it out, or give --reshard, which cuts anew what is not done.",
      );
    }
    return kept;
  }

  /** Shards that are done, by their files. */
  async done(): Promise<ShardRange[]> {
    return (await namesIn(join(this.path, "shards"))).flatMap((name) => {
      const [, from, to] = /^(\d{9})-(\d{9})\.safetensors$/.exec(name) ?? [];
      return from === undefined ? [] : [{ from: Number(from), to: Number(to) }];
    });
  }

  /**
   * A shard that is done.
   * @throws ConfigError for a file that is damaged, which is taken away: it is to be computed again
   */
  async shard(range: ShardRange): Promise<Shard> {
    const path = this.shardPath(range);
    const bytes = await readFile(path);
    try {
      return decodeShard(bytes, this.sweep, range);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      await rm(path, { force: true });
      throw new ConfigError(`shard ${range.from}-${range.to}`, error.message, { cause: error });
    }
  }

  /**
   * Places the result of a shard, unless there is one.
   * @throws MixupError that says why it can't be written
   */
  async place(range: ShardRange, bytes: Uint8Array): Promise<Placed> {
    const path = this.shardPath(range);
    const placed = (await this.placeNew(path, bytes)) ? "first" : await this.compare(range, bytes);
    for (const name of await namesIn(join(this.path, "partial"))) {
      const [, from, to] = /^(\d+)-(\d+)-/.exec(name) ?? [];
      if (from !== undefined && Number(from) >= range.from && Number(to) <= range.to)
        await rm(join(this.path, "partial", name), { force: true });
    }
    await rm(this.failedPath(range), { force: true });
    return placed;
  }

  /** Notes that a shard failed; the next command tries again. */
  async fail(range: ShardRange, message: string): Promise<void> {
    await mkdir(join(this.path, "failed"), { recursive: true });
    await writeWhole(this.failedPath(range), `${JSON.stringify({ ...range, message })}\n`);
  }

  /** Shards that failed when they were last tried. */
  async failures(): Promise<(ShardRange & { message: string })[]> {
    const folder = join(this.path, "failed");
    const found = await Promise.all(
      (await namesIn(folder)).map(async (name) => {
        try {
          return [JSON.parse(await readFile(join(folder, name), "utf8"))];
        } catch {
          return [];
        }
      }),
    );
    return found.flat();
  }

  /** Files of results that differ from the first ones of the same engine. */
  async conflicts(): Promise<string[]> {
    return namesIn(join(this.path, "conflicts"));
  }

  /** States of shards under way; `engine` keeps those of different ones apart. */
  partials(engine: string): Partials {
    const path = ({ from, to }: ShardRange) =>
      join(this.path, "partial", `${from}-${to}-${engine.slice(0, 8)}.checkpoint`);
    return {
      async read(range) {
        try {
          return new Uint8Array(await readFile(path(range)));
        } catch {
          return undefined;
        }
      },
      write: async (range, checkpoint) => {
        await mkdir(join(this.path, "partial"), { recursive: true });
        await writeWhole(path(range), checkpoint);
      },
      remove: (range) => rm(path(range), { force: true }),
    };
  }

  /** Keeps a data file for workers that have nothing but this folder, by its digest. */
  async keepData(digest: string): Promise<void> {
    await mkdir(join(this.path, KEPT_DATA), { recursive: true });
    await this.placeNew(join(this.path, KEPT_DATA, digest), await this.sweep.readFile(digest));
  }

  /** The layout that is kept, if there is one. */
  async keptLayout(): Promise<ShardRange[] | undefined> {
    const text = await this.text("layout.json");
    return text === undefined ? undefined : parseLayout(text, this.sweep);
  }

  /** Whether a shard is done. */
  isDone(range: ShardRange): Promise<boolean> {
    return isFile(this.shardPath(range));
  }

  /** Takes away what is of no use when all is merged. */
  async clean(): Promise<void> {
    for (const name of ["partial", "failed"])
      await rm(join(this.path, name), { recursive: true, force: true });
    // Of processes that were killed; one that still writes finds that the result is there.
    await this.sweepAway(0, ["shards"]);
  }

  private shardPath({ from, to }: ShardRange): string {
    return join(this.path, "shards", `${nine(from)}-${nine(to)}.safetensors`);
  }

  private failedPath({ from, to }: ShardRange): string {
    return join(this.path, "failed", `${nine(from)}-${nine(to)}.json`);
  }

  private async compare(range: ShardRange, bytes: Uint8Array): Promise<Placed> {
    const there = await readFile(this.shardPath(range)).catch(() => undefined);
    if (there === undefined) return "equal";
    if (Buffer.compare(there, bytes) === 0) return "equal";
    let first: Shard;
    try {
      first = decodeShard(there, this.sweep, range);
    } catch {
      // What is there is damaged.
      await writeWhole(this.shardPath(range), bytes);
      return "first";
    }
    const own = decodeShard(bytes, this.sweep, range);
    if (first.engineHash !== own.engineHash) return "other-engine";
    await mkdir(join(this.path, "conflicts"), { recursive: true });
    const name = `${nine(range.from)}-${nine(range.to)}-${randomUUID().slice(0, 8)}.safetensors`;
    await writeWhole(join(this.path, "conflicts", name), bytes);
    return "conflict";
  }

  private async text(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.path, name), "utf8");
    } catch {
      return undefined;
    }
  }

  private async placeText(name: string, text: string): Promise<void> {
    if ((await this.text(name)) === undefined)
      await this.placeNew(join(this.path, name), new TextEncoder().encode(text));
  }

  /** Writes a file that is not there yet, as a whole; false where it is there. */
  private async placeNew(path: string, bytes: Uint8Array): Promise<boolean> {
    const beside = `${path}.${randomUUID()}${UNFINISHED}`;
    try {
      await writeSynced(beside, bytes);
      await link(beside, path);
      return true;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EEXIST") return false;
      // Somebody who merged took it away, since the result is there.
      if (code === "ENOENT" && (await isFile(path))) return false;
      if (NO_LINKS.includes(code)) return await renamedNew(beside, path);
      throw await writeFailure(path, cause);
    } finally {
      await rm(beside, { force: true });
    }
  }

  /** Takes away temporary files that nobody will finish. */
  private async sweepAway(
    age = STALE,
    parts = ["", "shards", "partial", "failed", KEPT_DATA],
  ): Promise<void> {
    for (const part of parts) {
      for (const name of await namesIn(join(this.path, part))) {
        if (!name.endsWith(UNFINISHED)) continue;
        const path = join(this.path, part, name);
        // Of a link its own age, not that of what it leads to.
        const { mtimeMs } = await lstat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
        if (Date.now() - mtimeMs >= age) await rm(path, { force: true });
      }
    }
  }
}

/** Where a file system has no links: of two at the same instant the last one wins, with the same bytes. */
async function renamedNew(beside: string, path: string): Promise<boolean> {
  const isThere = await isFile(path);
  if (!isThere) await rename(beside, path);
  return !isThere;
}

/** Nine digits, so that names are in order. */
function nine(value: number): string {
  return String(value).padStart(9, "0");
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch((): string[] => [])).sort();
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
