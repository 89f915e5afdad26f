/**
 * The command `sweep`: computes what a description says, shard by shard, with any number of other such commands, and merges.
 *
 * Not here: what a sweep is (`src/sweep/`), its folder (`folder.ts`), merging (`merge.ts`).
 */

import { shown } from "../../check.ts";
import { ConfigError, DeviceLostError, MixupError } from "../../errors.ts";
import { counted } from "../../report/words.ts";
import type { ComputeShardOptions } from "../../sweep/compute.ts";
import type { ShardComputer } from "../../sweep/computer.ts";
import { dataFiles, type SweepWithFiles } from "../../sweep/data.ts";
import { type ShardRange, sliceOf } from "../../sweep/layout.ts";
import { engineHash } from "../../sweep/results.ts";
import type { PageHost } from "../backends/openedPage.ts";
import { EXIT, runCommand, say } from "../exit.ts";
import { lockFolder } from "../files/folderLock.ts";
import { clock } from "../progress.ts";
import { parseSweepArguments, SWEEP_HELP, type SweepArguments } from "./arguments.ts";
import { readSweep } from "./data.ts";
import { fittingSize, openComputer } from "./device.ts";
import { SweepFolder } from "./folder.ts";
import { mergeSweep } from "./merge.ts";
import { collectShards } from "./overQueue.ts";
import { openQueueServer, ShardQueue } from "./queue.ts";
import { SweepProgress, short } from "./sweepProgress.ts";
import { isWorker, onOrphaned, partOfSlice, runWorkers } from "./workers.ts";

/** Processes that a queue is expected to have, for the length of shards. */
const EXPECTED_WORKERS = 16;
/** How often a shard is taken whose device was lost, as by a queue. */
const MOST_ATTEMPTS = 3;

/** Runs the command; returns the exit code. */
export function main(commandLine: readonly string[], host: PageHost): Promise<number> {
  let stopped = "Stopped. What is done is kept: the same command goes on there.";
  const run = async (signal: AbortSignal) => {
    const wanted = parseSweepArguments(commandLine);
    if (wanted.help) {
      process.stdout.write(SWEEP_HELP);
      return EXIT.done;
    }
    if (wanted.queue !== undefined)
      stopped = "Stopped. Queue and workers go on: the same command shows how far they are, and merges.";
    const sweep = await readSweep(wanted.file);
    if (wanted.task === "dry-run") return dryRun(sweep, wanted, host);
    const folder = await SweepFolder.open(wanted.out, sweep);
    if (wanted.task === "status") return status(folder, wanted);
    if (wanted.task === "merge") return merge(folder, wanted);
    const work = wanted.queue === undefined ? compute : collect;
    return work(folder, wanted, host, signal);
  };
  return runCommand(run, () => tell(stopped), onOrphaned);
}

async function compute(
  folder: SweepFolder,
  wanted: SweepArguments,
  host: PageHost,
  signal: AbortSignal,
): Promise<number> {
  const { sweep } = folder;
  const { slice, workers } = wanted;
  const computer = await openComputer(wanted.backend, host);
  try {
    if (workers > 1 && computer.engine.backend !== "cpu")
      throw new ConfigError(
        "--workers",
        "several processes are for the CPU: a GPU trains many runs at once by itself.",
      );
    const shards = await folder.layout(wanted.shardSize, wanted.reshard, async () =>
      fittingSize(await computer.measureSpeed(sweep), sweep, slice.of * workers),
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
    return await finish(folder, wanted, shards, own, async () => {
      if (workers > 1) await inWorkers(folder, wanted, progress, draw, signal);
      else conflicts += await computeOwn(computer, folder, own, wanted, progress, draw, signal);
      progress.close();
      return conflicts;
    });
  } finally {
    await computer.close();
  }
}

/** Leaves the computing to those who work for a queue. */
async function collect(
  folder: SweepFolder,
  wanted: SweepArguments,
  host: PageHost,
  signal: AbortSignal,
): Promise<number> {
  const { sweep } = folder;
  const server = await openQueueServer(wanted.queue!, wanted.passwordFile);
  for (const warning of server.warnings) say(warning);
  const shards = await folder.layout(wanted.shardSize, wanted.reshard, async () => {
    const computer = await openComputer(wanted.backend, host);
    try {
      return fittingSize(await computer.measureSpeed(sweep), sweep, EXPECTED_WORKERS);
    } finally {
      await computer.close();
    }
  });
  for (const { digest } of dataFiles(sweep)) await folder.keepData(digest);
  const queue = ShardQueue.open(server, sweep.id, shards, wanted.priority);
  try {
    if (wanted.reshard) await queue.forgetWaiting();
    if (wanted.retryFailed) {
      const failed = await queue.forgetFailed();
      say(`${failed} shards that failed are tried again.`);
    }
    tell(`Sweep ${sweep.id}: ${sweep.count} runs in ${shards.length} shards, in ${folder.path}`);
    return await finish(folder, wanted, shards, shards, async () => {
      const progress = new SweepProgress(process.stderr);
      try {
        await collectShards(folder, shards, queue, progress, signal);
      } finally {
        progress.close();
      }
      return (await folder.conflicts()).length;
    });
  } finally {
    await queue.close();
  }
}

/**
 * Merges when all is computed; what turns out to be damaged then is computed again.
 * @param own shards that this command has to do with
 * @param computeMissing computes what is not there; returns how many results conflict
 */
async function finish(
  folder: SweepFolder,
  wanted: SweepArguments,
  shards: readonly ShardRange[],
  own: readonly ShardRange[],
  computeMissing: () => Promise<number>,
): Promise<number> {
  const { slice } = wanted;
  for (let round = 0; ; round++) {
    const conflicts = await computeMissing();
    const done = new Set((await folder.done()).map(({ from }) => from));
    const failures = (await failuresOf(folder, own)).filter(({ from }) => !done.has(from));
    for (const { from, to, message } of failures) tell(`Runs ${from} to ${to - 1} failed: ${message}`);
    const isWhole = shards.every(({ from }) => done.has(from));
    if (conflicts > 0) {
      say(
        `${conflicts} results differ from those that were there before, of the same engine. Both are kept: ${folder.path}/conflicts.`,
      );
      return EXIT.failed;
    }
    if (failures.length > 0) {
      if (wanted.queue !== undefined) say("--retry-failed tries them again.");
      return EXIT.failed;
    }
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
  computer: ShardComputer,
  folder: SweepFolder,
  own: readonly ShardRange[],
  { checkpointEvery }: SweepArguments,
  progress: SweepProgress,
  draw: () => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  const done = new Set((await folder.done()).map(({ from }) => from));
  const options = {
    signal,
    partials: folder.partials(engineHash(computer.engine)),
    checkpointEvery: 1000 * checkpointEvery,
    onSteps: (netSteps: number) => {
      progress.add(netSteps);
      // It is only looked at: what goes wrong with it shows at the end of the shard.
      if (progress.takeTurn()) draw().catch(() => {});
    },
  };
  let conflicts = 0;
  for (const range of own) {
    if (done.has(range.from)) continue;
    let file: Uint8Array;
    try {
      file = await computeOne(computer, folder, range, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MixupError)) throw error;
      await folder.fail(range, `${error.name}: ${error.message}`);
      continue;
    }
    if ((await folder.place(range, file)) === "conflict") conflicts++;
    if (progress.takeTurn()) await draw();
  }
  return conflicts;
}

/** The file of a shard, which is taken again where the device or the page was lost. */
async function computeOne(
  computer: ShardComputer,
  { sweep }: SweepFolder,
  range: ShardRange,
  options: ComputeShardOptions,
): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await computer.compute(sweep, range, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof DeviceLostError)) throw error;
      if (attempt < MOST_ATTEMPTS)
        say(`${error.message} Runs ${range.from} to ${range.to - 1} are taken again.`);
      await computer.recover();
      if (attempt === MOST_ATTEMPTS) throw error;
    }
  }
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
    await runWorkers(workers, "sweep", commandFor, async () => (await folder.done()).length, say, signal);
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

async function status(folder: SweepFolder, wanted: SweepArguments): Promise<number> {
  const { sweep } = folder;
  const done = await folder.done();
  const starts = new Set(done.map(({ from }) => from));
  const runs = done.reduce((sum, { from, to }) => sum + to - from, 0);
  const failures = new Map((await folder.failures()).map((failure) => [failure.from, failure]));
  const queued: string[] = [];
  if (wanted.queue !== undefined) {
    const server = await openQueueServer(wanted.queue, wanted.passwordFile);
    const queue = ShardQueue.open(server, sweep.id, (await folder.keptLayout()) ?? []);
    try {
      const { own, unknown } = await queue.failed();
      for (const failure of own) failures.set(failure.from, failure);
      queued.push(...unknown.map(({ id, message }) => `Job ${shown(id)} is no shard: ${message}`));
    } finally {
      await queue.close();
    }
  }
  const failed = [...failures.values()].filter(({ from }) => !starts.has(from));
  const conflicts = await folder.conflicts();
  const problems = [
    ...failed.map(({ from, to, message }) => `Runs ${from} to ${to - 1} failed: ${message}`),
    ...queued,
    ...conflicts.map((name) => `Conflict: conflicts/${name}`),
  ];
  const head = `Sweep ${sweep.id}: ${runs} of ${sweep.count} runs done, in ${done.length} shards.`;
  process.stdout.write(`${[head, ...problems].join("\n")}\n`);
  return problems.length > 0 ? EXIT.failed : EXIT.done;
}

async function dryRun(
  sweep: SweepWithFiles,
  { backend, shardSize, slice, workers }: SweepArguments,
  host: PageHost,
): Promise<number> {
  const computer = await openComputer(backend, host);
  try {
    const speed = await computer.measureSpeed(sweep);
    const { steps } = sweep.population(0, 1);
    const processes = slice.of * workers;
    const size = shardSize ?? fittingSize(speed, sweep, processes);
    const rows = await computer.bytesOfRun(sweep);
    const seconds = (sweep.count * steps) / (speed * processes);
    const { adapter, runtime } = computer.engine;
    const mixtures =
      sweep.proportions[0] === undefined
        ? ""
        : `, ${counted(sweep.proportions.length, "mixture")} of domains`;
    process.stdout.write(
      [
        `Sweep ${sweep.id}`,
        `  ${counted(sweep.count, "run")} of ${counted(steps, "step")}: ${counted(sweep.data.length, "data set")}, ${counted(sweep.optimizers.length, "optimizer")}, ${counted(sweep.mixings.length, "mixing")}${mixtures} and their seeds`,
        `  about ${counted(Math.ceil(sweep.count / size), "shard")} of ${counted(size, "run")}, ${short(rows * sweep.count)}B of results, ${rows} B a run`,
        `  ${short(speed)} net-steps/s here (${adapter}; ${runtime}): ${clock(seconds)} in ${processes} process${processes > 1 ? "es" : ""}`,
        "",
      ].join("\n"),
    );
    return EXIT.done;
  } finally {
    await computer.close();
  }
}

/** What a command says of itself; of a worker it is the command's to say. */
function tell(line: string): void {
  if (!isWorker) say(line);
}
