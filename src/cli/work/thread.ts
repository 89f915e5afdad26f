/**
 * The thread in which a worker computes: it may be blocked for seconds by a step or a checkpoint, while the process keeps its hold on the
 * shard. Description and data are read from the sweep's folder, of which a job says no more than the name.
 *
 * Not here: the process around it (`work.ts`, `compute.ts`).
 */

import { join } from "node:path";
import { isMainThread, parentPort } from "node:worker_threads";
import { ConfigError, DeviceLostError, MixupError } from "../../errors.ts";
import type { ShardComputer } from "../../sweep/computer.ts";
import type { ShardJob } from "../../sweep/job.ts";
import type { ShardRange } from "../../sweep/layout.ts";
import { engineHash } from "../../sweep/results.ts";
import type { BackendName } from "../backends/backend.ts";
import type { PageHost } from "../backends/openedPage.ts";
import { readKeptSweep } from "../sweep/data.ts";
import { openComputer } from "../sweep/device.ts";
import { SweepFolder } from "../sweep/folder.ts";
import type { FromThread, Outcome, ToThread } from "./compute.ts";

/** Sweeps whose descriptions and data are held. */
const MOST_SWEEPS = 4;

/** Computes what the process asks for until it says that this is the end. */
export async function main(
  [out, backend, checkpointEvery]: readonly string[],
  host: PageHost,
): Promise<number> {
  const port = parentPort;
  if (isMainThread || port === null) {
    process.stderr.write("work-thread is started by work.\n");
    return 2;
  }
  const send = (message: FromThread) => port.postMessage(message);
  let computer: ShardComputer;
  try {
    computer = await openComputer(backend as BackendName, host);
  } catch (error) {
    const isExpected = error instanceof MixupError;
    send({ kind: "unable", message: isExpected ? error.message : String((error as Error).stack) });
    return 1;
  }
  const own = computer.engine;
  const sweeps = new Sweeps(out);
  let stop = new AbortController();
  send({ kind: "ready", engine: `${own.backend}, ${own.adapter}, ${own.runtime}` });

  const compute = async (job: ShardJob): Promise<Outcome> => {
    let folder: SweepFolder;
    try {
      folder = await sweeps.folder(job);
    } catch (error) {
      return outcomeOf(error);
    }
    const range = { from: job.from, to: job.to };
    try {
      if (await folder.isDone(range)) return { kind: "done", placed: "already-there" };
      const file = await computer.compute(folder.sweep, range, {
        signal: stop.signal,
        partials: folder.partials(engineHash(own)),
        checkpointEvery: 1000 * Number(checkpointEvery),
      });
      return { kind: "done", placed: await folder.place(range, file) };
    } catch (error) {
      if (stop.signal.aborted) return { kind: "stopped" };
      const outcome = outcomeOf(error);
      // Only a note; the error is what counts.
      if (outcome.kind === "failed") await folder.fail(range, outcome.message).catch(() => {});
      return outcome;
    }
  };

  await new Promise<void>((resolve) => {
    port.on("message", (message: ToThread) => {
      if (message.kind === "compute") {
        stop = new AbortController();
        void compute(message.job).then((outcome) => send({ kind: "outcome", outcome }));
      } else if (message.kind === "stop") stop.abort(new DOMException("Interrupted.", "AbortError"));
      else resolve();
    });
  });
  port.close();
  await computer.close();
  return 0;
}

/** Sweeps that lie in `out`, and their layouts. */
class Sweeps {
  private readonly known = new Map<string, { folder: SweepFolder; ends: ReadonlyMap<number, number> }>();

  constructor(private readonly out: string) {}

  /** @throws ConfigError where there is no such sweep, or the job is none of its shards. */
  async folder(job: ShardJob): Promise<SweepFolder> {
    const { sweep: id, from, to } = job;
    const known = this.known.get(id);
    if (known?.ends.get(from) === to) return known.folder;
    // Its shards may have been cut anew.
    const folder =
      known?.folder ?? (await SweepFolder.open(this.out, await readKeptSweep(join(this.out, id), id)));
    const layout: readonly ShardRange[] = (await folder.keptLayout()) ?? [];
    const ends = new Map(layout.map((range) => [range.from, range.to]));
    this.known.delete(id);
    this.known.set(id, { folder, ends });
    if (this.known.size > MOST_SWEEPS) this.known.delete(this.known.keys().next().value!);
    if (ends.get(from) !== to)
      throw new ConfigError("job.from", `runs ${from} to ${to - 1} are no shard of sweep ${id}.`);
    return folder;
  }
}

/** What is to become of a job whose shard could not be computed. */
function outcomeOf(error: unknown): Outcome {
  const { name, message, cause, syscall, stack } = error as Error & NodeJS.ErrnoException;
  const system = syscall ?? (cause as NodeJS.ErrnoException | undefined)?.syscall;
  if (error instanceof ConfigError && error.path !== "--out")
    // A description that can't be read may be there later, or elsewhere; one that is wrong stays so.
    return system === undefined
      ? { kind: "refused", message }
      : { kind: "failed", message, isDeviceLost: false };
  if (system !== undefined) return { kind: "unable", message };
  return {
    kind: "failed",
    message: error instanceof MixupError ? `${name}: ${message}` : (stack ?? String(error)),
    isDeviceLost: error instanceof DeviceLostError,
  };
}
