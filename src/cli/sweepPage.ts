/**
 * The page's half of `sweep` and `work` on a browser: computes shards on this browser's WebGPU when Node asks. Descriptions, data files,
 * states and results go by the exchange. Node's half is `sweep/browserComputer.ts`.
 */

import { ConfigError, DeviceLostError, MixupError, WebGpuUnavailableError } from "../errors.ts";
import { checkDevice, openDevice } from "../gpu/device.ts";
import { DeviceComputer, type ShardComputer } from "../sweep/computer.ts";
import { datasetReader, type SweepWithFiles } from "../sweep/data.ts";
import { resolveSweep } from "../sweep/description.ts";
import type { ShardRange } from "../sweep/layout.ts";
import { remoteStore } from "./backends/exchanged.ts";
import { EXCHANGED, type OpenedInPage, type PageOutcome, partialName } from "./sweep/pageProtocol.ts";

/** What Node calls. */
const page = {
  /** @param runtime what the page runs in */
  open: (runtime: string) =>
    settled(async (): Promise<OpenedInPage> => {
      computer = new DeviceComputer(checkDevice(await openDevice()), runtime);
      const { engine, isFallback } = computer;
      return { engine, isFallback };
    }),
  /** Computes a shard, whose file is at the exchange then. */
  compute: (exchange: string, id: string, range: ShardRange, checkpointEvery: number) =>
    settled(async () => {
      const store = remoteStore(exchange);
      const file = await opened().compute(await sweepOf(exchange, id), range, {
        signal: stop.signal,
        checkpointEvery,
        partials: {
          read: (part) => store.read(partialName(part)),
          write: (part, checkpoint) => store.write(partialName(part), checkpoint),
          // It goes with the next state, or when the shard is done.
          remove: async () => {},
        },
        onSteps: reporter(),
      });
      await store.write(EXCHANGED.shard, file);
      return null;
    }),
  measureSpeed: (exchange: string, id: string) =>
    settled(async () => opened().measureSpeed(await sweepOf(exchange, id))),
  bytesOfRun: (exchange: string, id: string) =>
    settled(async () => opened().bytesOfRun(await sweepOf(exchange, id))),
  /** The shard under way ends, and its state is kept. */
  stop: () => stop.abort(new DOMException("Interrupted.", "AbortError")),
};

declare global {
  var sweepPage: typeof page | undefined;
  /** Given by Node. */
  var reportSteps: ((netSteps: number) => Promise<void>) | undefined;
}

globalThis.sweepPage = page;

/** Messages to Node cost time in the page. */
const REPORT_INTERVAL = 250;

const stop = new AbortController();
let computer: ShardComputer | undefined;
let known: SweepWithFiles | undefined;

function opened(): ShardComputer {
  if (computer === undefined) throw new Error("The page was not opened.");
  return computer;
}

/** The sweep that Node has at the exchange, resolved here from the same description: the same id is the same sweep. */
async function sweepOf(exchange: string, id: string): Promise<SweepWithFiles> {
  if (known?.id === id) return known;
  const store = remoteStore(exchange);
  const readFile = async (digest: string) => {
    const bytes = await store.read(digest);
    if (bytes === undefined) throw new Error(`The data file ${digest} is not at the exchange.`);
    return bytes;
  };
  const description = JSON.parse(new TextDecoder().decode(await readFile(EXCHANGED.description)));
  const sweep = await resolveSweep(
    description,
    datasetReader((entry) => readFile(String(entry.sha256))),
  );
  if (sweep.id !== id) throw new Error(`The description at the exchange is of ${sweep.id}, not of ${id}.`);
  known = { ...sweep, readFile };
  return known;
}

function reporter(): (netSteps: number) => void {
  let [sum, reported] = [0, performance.now()];
  return (netSteps) => {
    sum += netSteps;
    if (performance.now() - reported < REPORT_INTERVAL) return;
    void globalThis.reportSteps?.(sum);
    [sum, reported] = [0, performance.now()];
  };
}

async function settled<T>(call: () => Promise<T>): Promise<PageOutcome<T>> {
  try {
    return { value: await call() };
  } catch (caught) {
    const error = caught instanceof Error ? caught : new Error(String(caught));
    return {
      error: {
        name: error.name,
        message: error.message,
        stack: error instanceof MixupError ? undefined : (error.stack ?? error.message),
        path: error instanceof ConfigError ? error.path : undefined,
        lost: error instanceof DeviceLostError ? error.reason : undefined,
        noAdapter: error instanceof WebGpuUnavailableError && error.reason === "no-adapter",
      },
    };
  }
}
