/**
 * The command `sweep`: computes what a description says, shard by shard, with any number of other such commands, and merges.
 *
 * Not here: what a sweep is (`sweep/`), its folder (`sweepFolder.ts`), merging (`sweepMerge.ts`).
 */

import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError, DeviceLostError, MixupError } from "../errors.ts";
import { checkDevice, type OpenedDevice, openDevice } from "../gpu/device.ts";
import { computeShard, sweepEngine } from "../sweep/compute.ts";
import { resolveSweep, type Sweep } from "../sweep/description.ts";
import { type ShardRange, sliceOf } from "../sweep/layout.ts";
import { encodeShard, engineHash, rowsOf } from "../sweep/results.ts";
import { train } from "../training/train.ts";
import { lockFolder } from "./folderLock.ts";
import { findNative } from "./native.ts";
import { clock } from "./progress.ts";
import { parseSweepArguments, SWEEP_HELP, type SweepArguments } from "./sweepArguments.ts";
import { dataReader } from "./sweepData.ts";
import { SweepFolder } from "./sweepFolder.ts";
import { mergeSweep } from "./sweepMerge.ts";
import { SweepProgress, short } from "./sweepProgress.ts";
import { isWorker, onOrphaned, partOfSlice, runWorkers } from "./sweepWorkers.ts";

const EXIT = { done: 0, failed: 1, misunderstood: 2, interrupted: 130 } as const;

/** Seconds that a shard should take. */
const SHARD_SECONDS = 120;
/** Shards that each process should have, so that all end at about the same time. */
const SHARDS_EACH = 8;
/** Steps to begin with, runs, and the time by which the speed is measured. */
const TRIAL = { steps: 20, runs: { cpu: 16, webgpu: 512 }, milliseconds: 300 } as const;

/** Runs the command; returns the exit code. */
export async function main(commandLine: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => {
    // A second Ctrl-C means now.
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort(new DOMException("Interrupted.", "AbortError"));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  onOrphaned(interrupt);
  try {
    const wanted = parseSweepArguments(commandLine);
    if (wanted.help) {
      process.stdout.write(SWEEP_HELP);
      return EXIT.done;
    }
    const sweep = await readSweep(wanted.file);
    if (wanted.task === "dry-run") return await dryRun(sweep, wanted);
    const folder = await SweepFolder.open(wanted.out, sweep);
    if (wanted.task === "status") return await status(folder);
    if (wanted.task === "merge") return await merge(folder, wanted);
    return await compute(folder, wanted, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) {
      tell("Stopped. What is done is kept: the same command goes on there.");
      return EXIT.interrupted;
    }
    if (error instanceof MixupError)
      say(`${error instanceof ConfigError ? "error" : error.name}: ${error.message}`);
    else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return error instanceof ConfigError ? EXIT.misunderstood : EXIT.failed;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** @throws ConfigError for a file that can't be read, is no JSON, or describes no sweep. */
async function readSweep(file: string): Promise<Sweep> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new ConfigError(file, `can't be read: ${(cause as Error).message}`, { cause });
  }
  let description: unknown;
  try {
    description = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(file, `is no JSON: ${(cause as Error).message}`, { cause });
  }
  return resolveSweep(description, dataReader(dirname(file)));
}

/** A device and what to call what it runs in. */
async function openEngine(
  asked: SweepArguments["backend"],
): Promise<{ device: OpenedDevice; runtime: string }> {
  if (asked !== "cpu") {
    const native = await findNative();
    const isThere = !("reason" in native);
    if (isThere && (asked === "native" || !native.isFallback)) {
      const device = checkDevice(await openDevice({ gpu: native.gpu }));
      return { device, runtime: native.computedBy.replace(/^Node [^,]*, /, "") };
    }
    if (asked === "native")
      throw new ConfigError("--backend", `native: ${(native as { reason: string }).reason}`);
  }
  const [major] = process.versions.node.split(".");
  return { device: checkDevice(await openDevice({ backend: "cpu" })), runtime: `Node ${major}` };
}

/** Steps of runs a second, on a few runs, and as many steps as it takes to see. */
async function measureSpeed(device: OpenedDevice, sweep: Sweep): Promise<number> {
  const runs = Math.min(TRIAL.runs[device.backend], sweep.segmentEnds[0]);
  const config = sweep.population(0, runs);
  for (let wanted = TRIAL.steps; ; wanted *= 4) {
    const steps = Math.min(wanted, config.steps);
    const began = performance.now();
    await train(device, { ...config, steps, evaluateEvery: steps }).result;
    const milliseconds = performance.now() - began;
    // The first one also compiles.
    const isSeen = milliseconds > TRIAL.milliseconds || steps === config.steps;
    if (isSeen && wanted > TRIAL.steps) return ((runs * steps) / milliseconds) * 1000;
  }
}

/** Runs a shard, so that it takes some minutes and every process gets several. */
function fittingSize(speed: number, sweep: Sweep, processes: number): number {
  const byTime = Math.floor((SHARD_SECONDS * speed) / sweep.population(0, 1).steps);
  return Math.max(1, Math.min(byTime, Math.ceil(sweep.count / (SHARDS_EACH * processes)), 2 ** 20));
}

async function compute(folder: SweepFolder, wanted: SweepArguments, signal: AbortSignal): Promise<number> {
  const { sweep } = folder;
  const { slice, workers } = wanted;
  const opened = await openEngine(wanted.backend);
  const { device } = opened;
  if (workers > 1 && device.backend !== "cpu")
    throw new ConfigError(
      "--workers",
      "several processes are for the CPU: a GPU trains many runs at once by itself.",
    );
  const engine = sweepEngine(device, opened.runtime);
  const shards = await folder.layout(wanted.shardSize, wanted.reshard, async () =>
    fittingSize(await measureSpeed(device, sweep), sweep, slice.of * workers),
  );
  const own = sliceOf(shards, slice);
  tell(`Sweep ${sweep.id}: ${sweep.count} runs in ${shards.length} shards, in ${folder.path}`);
  const progress = new SweepProgress(process.stderr);
  const draw = async () => {
    const [done, failures] = await Promise.all([folder.done(), folder.failures()]);
    if (!isWorker) progress.draw({ shards: shards.length, done: done.length, failed: failures.length });
  };
  await draw();
  let conflicts = 0;
  // What turns out to be damaged when it is merged is computed again.
  for (let round = 0; ; round++) {
    if (workers > 1) await inWorkers(folder, wanted, progress, draw, signal);
    else conflicts += await computeOwn(device, folder, own, engine, wanted, progress, draw, signal);
    progress.close();
    const failures = await failuresOf(folder, own);
    for (const { from, to, message } of failures) tell(`Runs ${from} to ${to - 1} failed: ${message}`);
    const missing = new Set((await folder.done()).map(({ from }) => from));
    const isWhole = shards.every(({ from }) => missing.has(from));
    if (conflicts > 0) {
      say(
        `${conflicts} results differ from those that were there before, of the same engine. Both are kept: ${folder.path}/conflicts.`,
      );
      return EXIT.failed;
    }
    if (failures.length > 0) return EXIT.failed;
    if (slice.of > 1) {
      say(
        `Part ${slice.index + 1} of ${slice.of} is done.${isWhole ? " All are: --merge brings them together." : ""}`,
      );
      return EXIT.done;
    }
    if (!isWhole)
      throw new MixupError("Shards are missing, and nobody computes them. Start the command again.");
    try {
      return await merge(folder, wanted);
    } catch (error) {
      if (!(error instanceof ConfigError && error.path.startsWith("shard")) || round === 3) throw error;
      say(`A shard is damaged and is computed again: ${error.message}`);
    }
  }
}

async function failuresOf(folder: SweepFolder, own: readonly ShardRange[]) {
  const starts = new Set(own.map(({ from }) => from));
  return (await folder.failures()).filter(({ from }) => starts.has(from));
}

/** Computes the shards of this process that nobody has done; returns how many results conflict. */
async function computeOwn(
  device: OpenedDevice,
  folder: SweepFolder,
  own: readonly ShardRange[],
  engine: ReturnType<typeof sweepEngine>,
  { checkpointEvery }: SweepArguments,
  progress: SweepProgress,
  draw: () => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  const { sweep } = folder;
  const partials = folder.partials(engineHash(engine));
  const done = new Set((await folder.done()).map(({ from }) => from));
  let conflicts = 0;
  for (const range of own) {
    if (done.has(range.from)) continue;
    let rows: Awaited<ReturnType<typeof computeShard>>;
    try {
      rows = await computeShard(device, sweep, range, {
        signal,
        partials,
        checkpointEvery: 1000 * checkpointEvery,
        onSteps: (netSteps) => {
          progress.add(netSteps);
          // It is only looked at: what goes wrong with it shows at the end of the shard.
          if (progress.takeTurn()) draw().catch(() => {});
        },
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MixupError)) throw error;
      await folder.fail(range, `${error.name}: ${error.message}`);
      if (error instanceof DeviceLostError && device.backend === "webgpu") await device.recover();
      continue;
    }
    const placed = await folder.place(range, encodeShard(sweep, range, engine, rows));
    if (placed === "conflict") conflicts++;
    if (progress.takeTurn()) await draw();
  }
  return conflicts;
}

async function inWorkers(
  folder: SweepFolder,
  { file, out, slice, workers, checkpointEvery }: SweepArguments,
  progress: SweepProgress,
  draw: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const looking = setInterval(() => {
    if (progress.takeTurn()) draw().catch(() => {});
  }, 500);
  const commandFor = (k: number) => [
    ...[file, "--out", out, "--backend", "cpu", "--shard", partOfSlice(slice, k, workers)],
    ...["--checkpoint-every", String(checkpointEvery)],
  ];
  try {
    await runWorkers(workers, commandFor, async () => (await folder.done()).length, say, signal);
  } finally {
    clearInterval(looking);
  }
  signal.throwIfAborted();
}

async function merge(folder: SweepFolder, { mixedEngines }: SweepArguments): Promise<number> {
  const release = await lockFolder(folder.path);
  try {
    const { files, failed } = await mergeSweep(folder, mixedEngines);
    await folder.clean();
    const { count } = folder.sweep;
    process.stdout.write(
      `${count} runs merged${failed > 0 ? `, of which ${failed} diverged` : ""}:\n${files.map((file) => `  ${file}\n`).join("")}`,
    );
    return EXIT.done;
  } finally {
    await release();
  }
}

async function status(folder: SweepFolder): Promise<number> {
  const { sweep } = folder;
  const done = await folder.done();
  const runs = done.reduce((sum, { from, to }) => sum + to - from, 0);
  const failures = await folder.failures();
  const conflicts = await folder.conflicts();
  const lines = [
    `Sweep ${sweep.id}: ${runs} of ${sweep.count} runs done, in ${done.length} shards.`,
    ...failures.map(({ from, to, message }) => `Runs ${from} to ${to - 1} failed: ${message}`),
    ...conflicts.map((name) => `Conflict: conflicts/${name}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return failures.length + conflicts.length > 0 ? EXIT.failed : EXIT.done;
}

async function dryRun(sweep: Sweep, { backend, shardSize, slice, workers }: SweepArguments): Promise<number> {
  const { device } = await openEngine(backend);
  try {
    const speed = await measureSpeed(device, sweep);
    const { steps } = sweep.population(0, 1);
    const processes = slice.of * workers;
    const size = shardSize ?? fittingSize(speed, sweep, processes);
    const rows = await bytesOfRun(device, sweep);
    const seconds = (sweep.count * steps) / (speed * processes);
    process.stdout.write(
      [
        `Sweep ${sweep.id}`,
        `  ${sweep.count} runs of ${steps} steps: ${sweep.data.length} data sets, ${sweep.optimizers.length} optimizers, ${sweep.mixings.length} mixings and their seeds`,
        `  about ${Math.ceil(sweep.count / size)} shards of ${size} runs, ${short(rows * sweep.count)}B of results, ${rows} B a run`,
        `  ${short(speed)} net-steps/s here (${device.adapter.description || device.adapter.architecture}): ${clock(seconds)} in ${processes} process${processes > 1 ? "es" : ""}`,
        "",
      ].join("\n"),
    );
    return EXIT.done;
  } finally {
    device.destroy();
  }
}

/** Bytes of results of one run. */
async function bytesOfRun(device: OpenedDevice, sweep: Sweep): Promise<number> {
  const config = sweep.population(0, 1);
  const result = await train(device, { ...config, steps: 1, evaluateEvery: 1 }).result;
  const evaluations = Math.ceil(config.steps / Math.min(config.evaluateEvery ?? config.steps, config.steps));
  return Object.entries(rowsOf(result, sweep.keep)).reduce(
    (sum, [name, { data }]) => sum + data.byteLength * (name.startsWith("curves.") ? evaluations : 1),
    0,
  );
}

/** What a command says of itself; of a worker it is the command's to say. */
function tell(line: string): void {
  if (!isWorker) say(line);
}

/** To the person, not to the pipe. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
