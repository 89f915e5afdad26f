/**
 * Reads `bench.json`, from whoever it comes: a file that is not exactly what a comparison writes is refused, with its name and
 * the place in it.
 *
 * Not here: the format's types (`result.ts`), writing (`format.ts`).
 */

import { shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { ENGINE_NAMES, VARIANT_ENGINE_NAMES } from "./engines/engine.ts";
import {
  BENCH_FORMAT,
  type BenchAdapter,
  type BenchEntry,
  type BenchResult,
  type BenchSettings,
  CEILING_NAMES,
  type Ceilings,
  type Crossover,
  type Environment,
  type Estimate,
  type EstimatedTime,
  type KernelShare,
  type Unmeasured,
  type WorkloadResult,
} from "./result.ts";
import {
  checked,
  flag,
  list,
  nullable,
  number,
  object,
  optional,
  type Reader,
  text,
  word,
} from "./schema.ts";
import type { Spread } from "./statistics.ts";
import { WORKLOAD_NAMES } from "./workload.ts";

const amount = number({ from: 0 });
const positive = number({ above: 0 });
const count = number({ from: 0, integer: true });

const adapter = object<BenchAdapter>({
  vendor: text,
  architecture: text,
  description: text,
  isFallback: flag,
  backend: text,
});

const environment = object<Environment>({
  userAgent: text,
  browser: text,
  platform: text,
  hardwareConcurrency: number({ from: 1, integer: true }),
  crossOriginIsolated: flag,
  date: checked(text, (date) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(date) && Number.isFinite(Date.parse(date))
      ? undefined
      : ["", `${shown(date)} is no date such as 2026-01-31T12:00:00.000Z.`],
  ),
});

const settings = object<BenchSettings>({
  repeats: number({ from: 1, integer: true }),
  turnMilliseconds: positive,
  stepLimitSeconds: positive,
  budgetSeconds: positive,
});

const ceilings = object<Ceilings>({
  emptyDispatchMilliseconds: nullable(amount),
  emptyPassMilliseconds: nullable(amount),
  multiplyAddsPerSecond: nullable(positive),
  copyBytesPerSecond: nullable(positive),
});

const unmeasured = object<Unmeasured>({ what: word(CEILING_NAMES, "ceiling"), reason: text });

const spread = checked(
  object<Spread>({ median: positive, p25: positive, p75: positive }),
  ({ median, p25, p75 }) =>
    p25 <= median && median <= p75 ? undefined : ["", "p25, median and p75 are not in this order."],
);

const entry = checked(
  object<BenchEntry>({
    engine: word([...ENGINE_NAMES, ...VARIANT_ENGINE_NAMES], "engine"),
    status: word(["waiting", "running", "measured", "not offered", "skipped", "failed"], "status"),
    reason: optional(text),
    millisecondsPerStep: nullable(spread),
    firstStepMilliseconds: nullable(amount),
    dispatchesPerStep: nullable(amount),
    submitsPerStep: nullable(amount),
    loss: nullable(number()),
    expectedLoss: nullable(number()),
    correct: nullable(flag),
    turns: count,
    stepsPerTurn: nullable(positive),
  }),
  ({ status, millisecondsPerStep: time, turns }) => {
    if ((status === "measured") !== (time !== null))
      return [".millisecondsPerStep", `${time === null ? "null" : "there"}, but its status is ${status}.`];
    if (time !== null && turns === 0) return [".turns", "0, but there is a time."];
    return undefined;
  },
);

const kernel = object<KernelShare>({
  kernel: text,
  dispatchesPerStep: amount,
  millisecondsPerStep: amount,
  multiplyAdds: amount,
  bytes: amount,
  multiplyAddShare: amount,
  copyShare: amount,
});

const estimate = object<Estimate>({
  dispatches: amount,
  multiplyAdds: amount,
  bytes: amount,
  milliseconds: list(
    checked(
      object<EstimatedTime>({ gpu: text, from: amount, to: amount, dispatchMeasured: flag }),
      ({ from, to }) => (from <= to ? undefined : [".to", "below from."]),
    ),
  ),
});

const workload = checked(
  object<WorkloadResult>({
    name: word(WORKLOAD_NAMES, "workload"),
    entries: list(entry),
    kernels: optional(list(kernel)),
    estimate: optional(estimate),
  }),
  ({ entries }) =>
    twice(
      entries.map(({ engine }) => engine),
      "entries",
    ),
);

const crossover = checked(
  object<Crossover>({
    varied: word(["nets", "hidden units"]),
    title: text,
    sizes: list(number({ from: 1, integer: true })),
    gpu: list(nullable(amount)),
    cpu: list(nullable(amount)),
    gpuWinsFrom: nullable(positive),
  }),
  ({ sizes, gpu, cpu }) =>
    gpu.length === sizes.length && cpu.length === sizes.length
      ? undefined
      : ["", "sizes, gpu and cpu are not of one length."],
);

const result: Reader<BenchResult> = checked(
  object<BenchResult>({
    format: (_, value) => value as typeof BENCH_FORMAT,
    library: text,
    adapter,
    environment,
    settings,
    ceilings,
    unmeasured: list(unmeasured),
    workloads: list(workload),
    crossovers: list(crossover),
  }),
  ({ workloads }) =>
    twice(
      workloads.map(({ name }) => name),
      "workloads",
    ),
);

/** The second of two that are named alike: a table has one row for them. */
function twice(names: readonly string[], listName: string): [string, string] | undefined {
  const second = names.findIndex((name, i) => names.indexOf(name) < i);
  return second < 0 ? undefined : [`.${listName}[${second}]`, `${names[second]} is there twice.`];
}

/**
 * A result from its text.
 * @param file its name, for messages
 * @throws ConfigError with a path such as `mine.json: workloads[0].entries[2].turns`
 */
export function readBenchResult(json: string, file: string): BenchResult {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new ConfigError(file, `is no JSON: ${(cause as Error).message}`, { cause });
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (format !== BENCH_FORMAT)
    throw new ConfigError(
      `${file}: format`,
      `${format === undefined ? "missing" : shown(format)}. This version reads "${BENCH_FORMAT}".`,
    );
  try {
    return result("", value);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const reason = error.message.slice(error.path === "" ? 0 : error.path.length + 2);
    throw new ConfigError(`${file}: ${error.path.replace(/^\./, "")}`, reason, { cause: error });
  }
}
