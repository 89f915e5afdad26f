/** Numbers and sentences about a result, for the terminal and for the page. */

import type { AdapterInfo } from "../gpu/device.ts";
import type { BenchEntry, BenchResult, Crossover, Estimate } from "./result.ts";

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

/** What a step would take on real GPUs, as a sentence. */
export function estimateSentence({ dispatches, multiplyAdds, bytes, milliseconds }: Estimate): string {
  const work = [
    dispatches === 0 ? "one dispatch for many steps" : `${dispatches} dispatches a step`,
    `${significant(multiplyAdds / 1e6)} M multiply-adds`,
    `${significant(bytes / 1e6)} MB`,
  ];
  const times = milliseconds.map(({ gpu, perStep }) => `${gpu} ${significant(perStep)} ms`);
  return `On paper, an estimate: ${work.join(", ")}; ${times.join(", ")} a step at least.`;
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
