/** Numbers and sentences about a result, for the terminal and for the page. */

import type { AdapterInfo } from "../gpu/device.ts";
import {
  type BenchEntry,
  type BenchResult,
  CEILING_NAMES,
  type CeilingName,
  type Ceilings,
  type Crossover,
  type Estimate,
  type EstimatedTime,
  type Unmeasured,
} from "./result.ts";

/** Three significant digits, grouped above a thousand; never an exponent. */
export function significant(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", {
    minimumFractionDigits: Math.min(digits, 6),
    maximumFractionDigits: Math.min(digits, 6),
  });
}

/** A name to show for an adapter. */
export function adapterName({ vendor, architecture, description }: AdapterInfo): string {
  return description || [vendor, architecture].filter((part) => part !== "").join(" ") || "no WebGPU adapter";
}

/** What must be said about a software adapter, or undefined. */
export function adapterWarning({ isFallback }: AdapterInfo): string | undefined {
  return isFallback
    ? "Software adapter: the “GPU” is this machine’s CPU. These ratios say nothing about a real GPU."
    : undefined;
}

/** How many times as fast our engine is as another: above 1, ours is faster. Undefined without both. */
export function timesAsFast(entries: readonly BenchEntry[], other: BenchEntry): number | undefined {
  const ours = entries.find(({ engine }) => engine === "mixup-webgpu")?.millisecondsPerStep?.median;
  const theirs = other.millisecondsPerStep?.median;
  return ours === undefined || theirs === undefined ? undefined : theirs / ours;
}

/** What each ceiling is in few words, and exactly. */
export const CEILING_WORDS: Readonly<Record<CeilingName, { readonly title: string; readonly note: string }>> =
  {
    emptyDispatchMilliseconds: { title: "An empty dispatch", note: "one of many in a pass" },
    emptyPassMilliseconds: { title: "With a pass of its own", note: "such a dispatch" },
    multiplyAddsPerSecond: { title: "Arithmetic", note: "multiply-adds of 32-bit floats, billions a second" },
    copyBytesPerSecond: { title: "Memory", note: "read and written by a copy, billions of bytes a second" },
  };

/** A ceiling with its unit; a dash where it was not measured. */
export function ceilingText(what: CeilingName, ceilings: Ceilings): string {
  const value = ceilings[what];
  if (value === null) return "–";
  switch (what) {
    case "emptyDispatchMilliseconds":
    case "emptyPassMilliseconds":
      return `${significant(1000 * value)} µs`;
    case "multiplyAddsPerSecond":
      return `${significant(value / 1e9)} G/s`;
    case "copyBytesPerSecond":
      return `${significant(value / 1e9)} GB/s`;
  }
}

/** Which ceilings could not be measured and why, a sentence for each reason. */
export function unmeasuredSentences(unmeasured: readonly Unmeasured[]): string[] {
  const reasons = [...new Set(unmeasured.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const missing = unmeasured.filter((one) => one.reason === reason).map(({ what }) => CEILING_WORDS[what]);
    if (missing.length === CEILING_NAMES.length)
      return `Nothing about the adapter could be measured: ${reason}`;
    const names = missing.map(({ title, note }) =>
      `${title} (${note})`.replace(/^./, (letter) => letter.toLowerCase()),
    );
    return `Could not be measured: ${names.join("; ")}. ${reason}`;
  });
}

/** What a step would take on real GPUs, as a sentence. */
export function estimateSentence({ dispatches, multiplyAdds, bytes, milliseconds }: Estimate): string {
  const work = [
    dispatches === 0 ? "one dispatch for many steps" : `${dispatches} dispatches a step`,
    `${significant(multiplyAdds / 1e6)} M multiply-adds`,
    ...(bytes === 0 ? [] : [`${significant(bytes / 1e6)} MB`]),
  ];
  const times = milliseconds.map((time) => `${time.gpu} ${estimatedTime(time, significant)}`);
  return `On paper, an estimate: ${work.join(", ")}; ${times.join(", ")} a step.`;
}

/** One time where a dispatch's cost was measured or there is none, else both ends; in microseconds where it is short. */
export function estimatedTime({ from, to }: EstimatedTime, text: (value: number) => string): string {
  const [scale, unit] = to < 1 ? [1000, "µs"] : [1, "ms"];
  const [least, most] = [text(scale * from), text(scale * to)];
  return least === most ? `${least} ${unit}` : `${least} to ${most} ${unit}`;
}

/** The loss check in a word. */
export function verdictOf({ correct, loss }: BenchEntry): string {
  if (loss === null || correct === null) return "–";
  return correct ? "right" : "WRONG";
}

/** Where the CPU wins, as a sentence. */
export function crossoverSentence({ varied, sizes, gpu, cpu, gpuWinsFrom }: Crossover): string {
  if (!gpu.some((time, i) => time !== null && cpu[i] !== null)) return "Could not be measured.";
  if (gpuWinsFrom === null) {
    const won = sizes.filter((_, i) => gpu[i] !== null && cpu[i] !== null && gpu[i] <= cpu[i]);
    const largest = sizes[sizes.length - 1];
    return won.length === 0
      ? `The CPU wins at every size up to ${largest} ${varied}.`
      : `The CPU wins at ${largest} ${varied}; the GPU wins at ${won.join(", ")} only.`;
  }
  if (gpuWinsFrom <= sizes[0]) return `The GPU wins at every size from ${sizes[0]} ${varied} on.`;
  return `The CPU wins below about ${significant(gpuWinsFrom)} ${varied}.`;
}

/** Nets of which {@link populationSentence} speaks: enough to tell, and a turn still has several steps of them. */
const MANY_NETS = 16;

/**
 * What training many nets at once makes of the time of one, as a sentence; undefined where nets are not what is varied,
 * or a time is missing. The two were measured one after the other, so it says little on a machine with other work.
 */
export function populationSentence({ varied, sizes, gpu }: Crossover): string | undefined {
  const [one, many] = [gpu[sizes.indexOf(1)], gpu[sizes.indexOf(MANY_NETS)]];
  if (varied !== "nets" || one == null || many == null) return undefined;
  const ratio = significant(many / MANY_NETS / one);
  return `Trained ${MANY_NETS} at once, a net takes ${ratio} times as long a step on the GPU as one alone.`;
}

/** The result as JSON, two spaces deep. */
export function resultJson(result: BenchResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

/** A name for the file: what was measured and when, in letters that every file system takes. */
export function resultFileName({ adapter, environment }: BenchResult): string {
  const words = `${adapterName(adapter)} ${environment.date.slice(0, 10)}`.toLowerCase();
  return `bench-${words
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 80)}.json`;
}
