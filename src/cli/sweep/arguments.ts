/** The command line of `sweep`, checked strictly. */

import { type ParseArgsConfig, parseArgs } from "node:util";
import { ConfigError } from "../../errors.ts";
import type { Slice } from "../../sweep/layout.ts";
import { BACKENDS, type BackendName } from "../backends/backend.ts";

/** What to do. */
export interface SweepArguments {
  readonly help: boolean;
  /** `sweep.json`. */
  readonly file: string;
  readonly out: string;
  readonly backend: BackendName;
  readonly task: "compute" | "dry-run" | "status" | "merge";
  readonly slice: Slice;
  /** Runs a shard; undefined: by the speed that is measured. */
  readonly shardSize: number | undefined;
  readonly reshard: boolean;
  /** Processes that compute. */
  readonly workers: number;
  readonly mixedEngines: boolean;
  /** Seconds between two checkpoints of a shard. */
  readonly checkpointEvery: number;
  /** Address of a queue whose workers compute; undefined: here. */
  readonly queue: string | undefined;
  readonly passwordFile: string | undefined;
  /** 1 comes first. */
  readonly priority: number;
  readonly retryFailed: boolean;
}

export const SWEEP_HELP = `mixup-webgpu sweep sweep.json [options]

Trains all runs of a description, shard by shard, into files. Stopped or killed, the same command goes on where it was; any number of
commands may compute one sweep, on any number of machines that share the folder. See docs/sweeps.md.

Options
  --out DIR               folder for the results (default sweeps); a sweep has a folder of its own in there
  --dry-run               says what the sweep is, how large its results and how long it takes at the speed that is measured here
  --status                says how far it is, and which shards failed
  --shard I/N             computes only the I-th of N parts of the shards: for job arrays, and several machines
  --merge                 brings the shards together when all are done; without --shard it is done in the end anyway
  --workers N             computes in N processes (on the CPU; default 1)
  --backend B             native: WebGPU in Node, by npm's webgpu; browser: in a headless browser; cpu: float64 in Node;
                          auto (default): a real GPU, in Node before a browser; else the CPU
  --shard-size N          runs a shard; by default what takes some minutes. Kept from the first start on
  --reshard               cuts what is not done yet anew, by --shard-size
  --checkpoint-every S    seconds of a shard's work that a kill may cost (default 60)
  --queue URL             leaves the computing to those who work for a queue (mixup-webgpu work --help): adds what is missing, shows how far
                          they are, and merges. redis://user@host:port, or rediss:// for TLS; the password by MIXUP_QUEUE_PASSWORD or
  --queue-password-file F a file that holds it
  --priority N            1 (first) to 100 (last) among the sweeps of a queue (default 50)
  --retry-failed          tries again what failed for good in the queue; without --queue that is done anyway
  --mixed-engines         merges what different adapters or versions computed, with a column that says which
  --help                  this text

Exit code: 0; 1 if shards failed or results conflict; 2 if the command line or the description is not understood; 130 when stopped.
`;

const OPTIONS = {
  out: { type: "string" },
  "dry-run": { type: "boolean" },
  status: { type: "boolean" },
  merge: { type: "boolean" },
  shard: { type: "string" },
  workers: { type: "string" },
  backend: { type: "string" },
  "shard-size": { type: "string" },
  reshard: { type: "boolean" },
  "checkpoint-every": { type: "string" },
  "mixed-engines": { type: "boolean" },
  queue: { type: "string" },
  "queue-password-file": { type: "string" },
  priority: { type: "string" },
  "retry-failed": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** @throws ConfigError whose path is the option. */
export function parseSweepArguments(commandLine: readonly string[]): SweepArguments {
  const { values, positionals } = parseStrictly(commandLine, OPTIONS);
  const help = values.help ?? false;
  if (positionals.length !== 1 && !help)
    throw new ConfigError("sweep", "give one description, such as: mixup-webgpu sweep sweep.json --out out.");
  const tasks = (["dry-run", "status", "merge"] as const).filter((task) => values[task]);
  if (tasks.length > 1)
    throw new ConfigError(`--${tasks[1]}`, `is another task than --${tasks[0]}. Give one of them.`);
  const backend = BACKENDS.find((known) => known === (values.backend ?? "auto"));
  if (backend === undefined)
    throw new ConfigError("--backend", `unknown value "${values.backend}". Known: ${BACKENDS.join(", ")}.`);
  const size = values["shard-size"];
  if (values.reshard && size === undefined) throw new ConfigError("--reshard", "needs --shard-size.");
  if (values.queue === undefined) {
    const alone = (["queue-password-file", "priority", "retry-failed"] as const).find(
      (name) => values[name] !== undefined,
    );
    if (alone !== undefined) throw new ConfigError(`--${alone}`, "needs --queue.");
  } else {
    const other = (["shard", "workers", "checkpoint-every"] as const).find(
      (name) => values[name] !== undefined,
    );
    if (other !== undefined)
      throw new ConfigError(
        `--${other}`,
        "is said to those who compute: mixup-webgpu work does, for a queue.",
      );
  }
  if (values.out === "") throw new ConfigError("--out", "empty. Give the name of a folder.");
  return {
    help,
    file: positionals[0] ?? "",
    out: values.out ?? "sweeps",
    backend,
    task: tasks[0] ?? "compute",
    slice: sliceFrom(values.shard),
    shardSize: size === undefined ? undefined : count("--shard-size", size, 2 ** 20),
    reshard: values.reshard ?? false,
    workers: count("--workers", values.workers ?? "1", 256),
    mixedEngines: values["mixed-engines"] ?? false,
    checkpointEvery: count("--checkpoint-every", values["checkpoint-every"] ?? "60", 86_400),
    queue: values.queue,
    passwordFile: values["queue-password-file"],
    priority: count("--priority", values.priority ?? "50", 100),
    retryFailed: values["retry-failed"] ?? false,
  };
}

/**
 * Options and positional arguments.
 * @throws ConfigError whose path is the option that is unknown, or lacks or has a value.
 */
export function parseStrictly<T extends NonNullable<ParseArgsConfig["options"]>>(
  commandLine: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...commandLine], options, allowPositionals: true, strict: true });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const path = message.match(/--?[\w-]+/)?.[0] ?? "";
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      const known = Object.keys(options).map((name) => `--${name}`);
      throw new ConfigError(path, `unknown option. Known: ${known.join(", ")}.`);
    }
    const isFlag = options[path.slice(2)]?.type === "boolean";
    throw new ConfigError(path, isFlag ? "takes no value." : "a value is missing.");
  }
}

function sliceFrom(text: string | undefined): Slice {
  if (text === undefined) return { index: 0, of: 1 };
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (index === undefined || Number(index) < 1 || Number(index) > Number(of))
    throw new ConfigError("--shard", `"${text}" is no part. Give such as 3/16, from 1/16 to 16/16.`);
  return { index: Number(index) - 1, of: Number(of) };
}

/** An integer from 1 on, as a text. */
export function count(path: string, text: string, largest: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > largest)
    throw new ConfigError(path, `"${text}" is not a count. Give an integer from 1 to ${largest}.`);
  return value;
}
