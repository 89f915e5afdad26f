/** The command line of `work`, checked strictly. */

import { ConfigError } from "../../errors.ts";
import { BACKENDS, type BackendName } from "../backends/backend.ts";
import { count, parseStrictly } from "../sweep/arguments.ts";

/** What to do. */
export interface WorkArguments {
  readonly help: boolean;
  readonly queue: string;
  readonly passwordFile: string | undefined;
  readonly out: string;
  readonly backend: BackendName;
  /** Processes that compute. */
  readonly workers: number;
  /** Seconds between two checkpoints of a shard. */
  readonly checkpointEvery: number;
  /** Seconds after which the shard of a worker that died is given to another. */
  readonly lock: number;
  /** Seconds without a shard after which the command ends; undefined: it goes on waiting. */
  readonly idle: number | undefined;
}

export const WORK_HELP = `mixup-webgpu work --queue URL --out DIR [options]

Takes shards of sweeps from a queue, trains them, and writes their files, until it is stopped. As many as there are GPUs or cores, on any number
of machines that share the folder; they may come and go. The sweeps come from: mixup-webgpu sweep sweep.json --queue URL. See docs/sweeps.md.

Options
  --queue URL             redis://user@host:port, or rediss:// for TLS; the password by MIXUP_QUEUE_PASSWORD or
  --queue-password-file F a file that holds it
  --out DIR               the folder in which the sweeps are
  --backend B             native: WebGPU in Node, by npm's webgpu; browser: in a headless browser; cpu: float64 in Node;
                          auto (default): a real GPU, in Node before a browser; else the CPU
  --workers N             works in N processes (with --backend cpu; default 1)
  --checkpoint-every S    seconds of a shard's work that a kill may cost (default 60)
  --lock S                seconds after which the shard of a worker that died is given to another (default 60)
  --idle S                ends after so many seconds without a shard
  --help                  this text

Exit code: 0 with --idle; 1 if it failed; 2 if the command line is not understood; 130 when stopped. The shard under way is kept then, and
goes back into the queue.
`;

const OPTIONS = {
  queue: { type: "string" },
  "queue-password-file": { type: "string" },
  out: { type: "string" },
  backend: { type: "string" },
  workers: { type: "string" },
  "checkpoint-every": { type: "string" },
  lock: { type: "string" },
  idle: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** @throws ConfigError whose path is the option. */
export function parseWorkArguments(commandLine: readonly string[]): WorkArguments {
  const { values, positionals } = parseStrictly(commandLine, OPTIONS);
  const help = values.help ?? false;
  if (positionals.length > 0)
    throw new ConfigError("work", "takes options alone: the queue says which sweeps there are.");
  for (const name of ["queue", "out"] as const)
    if ((values[name] ?? "") === "" && !help) throw new ConfigError(`--${name}`, "is missing.");
  const backend = BACKENDS.find((known) => known === (values.backend ?? "auto"));
  if (backend === undefined)
    throw new ConfigError("--backend", `unknown value "${values.backend}". Known: ${BACKENDS.join(", ")}.`);
  const workers = count("--workers", values.workers ?? "1", 256);
  if (workers > 1 && backend !== "cpu")
    throw new ConfigError(
      "--workers",
      "several processes are for --backend cpu: start one command for each GPU.",
    );
  return {
    help,
    queue: values.queue ?? "",
    passwordFile: values["queue-password-file"],
    out: values.out ?? "",
    backend,
    workers,
    checkpointEvery: count("--checkpoint-every", values["checkpoint-every"] ?? "60", 86_400),
    lock: count("--lock", values.lock ?? "60", 86_400),
    idle: values.idle === undefined ? undefined : count("--idle", values.idle, 86_400),
  };
}
