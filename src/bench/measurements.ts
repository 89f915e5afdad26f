/**
 * Tables of `docs/performance.md` that nobody writes by hand: what files of measurements say, and what the estimates come to.
 * Texts in, text out.
 *
 * Not here: reading the files and writing the page (`src/cli/bench/collect.ts`).
 */

import { ConfigError } from "../errors.ts";
import { ENGINE_NAMES } from "./engines/engine.ts";
import { estimateOf, PAPER_GPUS } from "./estimate/estimate.ts";
import { adapterName, ceilingText, estimatedTime, significant, timesAsFast } from "./format.ts";
import type { BenchEntry, BenchResult } from "./result.ts";
import { WORKLOAD_NAMES, WORKLOADS } from "./workload.ts";

/** A file and what it says. */
export interface Measurement {
  /** Its address from the page on, such as `measurements/mine.json`. */
  readonly address: string;
  readonly result: BenchResult;
}

/** The tables of measurements: adapters and their ceilings, then times and ratios by workload. In the order given. */
export function measurementTables(measurements: readonly Measurement[]): string {
  if (measurements.length === 0) return "No files yet.";
  const adapters = measurements.map(({ address, result }) => {
    const { adapter, environment, ceilings, library } = result;
    return [
      link(adapterName(adapter), address),
      adapter.isFallback ? "software: the processor" : "a GPU",
      plain([environment.browser, environment.platform].filter((part) => part !== "").join(", ")),
      ceilingText("emptyDispatchMilliseconds", ceilings),
      ceilingText("emptyPassMilliseconds", ceilings),
      ceilingText("multiplyAddsPerSecond", ceilings),
      ceilingText("copyBytesPerSecond", ceilings),
      `${environment.date.slice(0, 10)}, ${plain(library)}`,
    ];
  });
  const peers = ENGINE_NAMES.filter((name) => name !== "mixup-webgpu");
  const times = measurements.flatMap(({ address, result }) =>
    result.workloads.map(({ name, entries }) => {
      const of = (engine: string) => entries.find((entry) => entry.engine === engine);
      return [
        link(adapterName(result.adapter), address),
        name,
        timeText(of("mixup-webgpu")),
        ...peers.map((engine) => ratioText(entries, of(engine))),
      ];
    }),
  );
  return [
    table(
      [
        ...["adapter", "which is", "browser, system", "a dispatch, many in a pass", "in a pass of its own"],
        ...["multiply-adds", "copy", "date, version"],
      ],
      adapters,
    ),
    ...(times.length === 0 ? [] : [table(["adapter", "workload", "ours, ms a step", ...peers], times)]),
  ].join("\n\n");
}

function timeText(entry: BenchEntry | undefined): string {
  if (entry === undefined) return "–";
  if (entry.millisecondsPerStep === null) return entry.status;
  const { median, p25, p75 } = entry.millisecondsPerStep;
  const text = `${significant(median)} (${significant(p25)} – ${significant(p75)})`;
  return entry.correct === false ? `${text}, wrong` : text;
}

/** How many times as fast ours is; a wrong answer is not compared. */
function ratioText(entries: readonly BenchEntry[], entry: BenchEntry | undefined): string {
  if (entry === undefined) return "–";
  if (entry.correct === false) return "wrong";
  if (entry.status !== "measured") return entry.status;
  const ratio = timesAsFast(entries, entry);
  return ratio === undefined ? "–" : significant(ratio);
}

/** The table of estimates for real GPUs. */
export function paperTable(): string {
  const rows = WORKLOAD_NAMES.flatMap((name) => {
    const estimate = estimateOf(WORKLOADS[name].workload);
    if (estimate === undefined) return [];
    const { dispatches, multiplyAdds, bytes, milliseconds } = estimate;
    const inOne = dispatches === 0;
    return [
      [
        name,
        inOne ? "one for many steps" : String(dispatches),
        `${significant(multiplyAdds / 1e6)} M`,
        inOne ? "none to speak of" : `${significant(bytes / 1e6)} MB`,
        ...milliseconds.map((time) => estimatedTime(time, brief)),
      ],
    ];
  });
  const gpus = PAPER_GPUS.map(({ name }) => name);
  return table(["workload", "dispatches a step", "multiply-adds", "bytes", ...gpus], rows);
}

/** Two digits, or whole numbers. */
function brief(value: number): string {
  return value < 10 ? value.toPrecision(2) : value.toFixed(0);
}

/**
 * A page with what stands between `<!-- name -->` and `<!-- /name -->` replaced.
 * @throws ConfigError if it does not have these marks, once each and in this order
 */
export function betweenMarks(page: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(open), page.indexOf(close)];
  if (from < 0 || to < from || page.lastIndexOf(open) !== from || page.lastIndexOf(close) !== to)
    throw new ConfigError(open, `the page has to have it once, and ${close} after it.`);
  return `${page.slice(0, from + open.length)}\n${content}\n${page.slice(to)}`;
}

function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(headers), `|${"---|".repeat(headers.length)}`, ...rows.map(line)].join("\n");
}

function link(text: string, address: string): string {
  return `[${plain(text)}](${encodeURI(address).replaceAll("(", "%28").replaceAll(")", "%29")})`;
}

/** Text from a file, with nothing in it that a page would take for markup. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|&#]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
