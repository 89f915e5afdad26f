/** A bench's result as text for a terminal. */

import {
  adapterName,
  adapterWarning,
  CEILING_WORDS,
  ceilingText,
  crossoverSentence,
  estimateSentence,
  populationSentence,
  significant,
  timesAsFast,
  unmeasuredSentences,
  verdictOf,
} from "../../bench/format.ts";
import {
  type BenchEntry,
  type BenchResult,
  CEILING_NAMES,
  type KernelShare,
  type WorkloadResult,
} from "../../bench/result.ts";
import { stepName, WORKLOADS } from "../../bench/workload.ts";

/** The whole result. */
export function benchTable(result: BenchResult): string {
  const warning = adapterWarning(result.adapter);
  const lines = [
    `${adapterName(result.adapter)}, ${result.environment.hardwareConcurrency} CPU cores`,
    ...(warning === undefined ? [] : [warning]),
  ];
  if (Object.values(result.ceilings).some((value) => value !== null)) {
    const rows = CEILING_NAMES.map((what) => {
      const { title, note } = CEILING_WORDS[what];
      return [`  ${title}`, ceilingText(what, result.ceilings), note];
    });
    const width = Math.max(...rows.map(([, , note]) => note.length));
    lines.push(
      "Ceilings",
      ...columns(
        rows.map(([title, value, note]) => [title, value, note.padEnd(width)]),
        1,
      ),
    );
  }
  lines.push(...unmeasuredSentences(result.unmeasured));
  for (const workload of result.workloads) lines.push("", ...workloadLines(workload));
  if (result.crossovers.length > 0) {
    lines.push("", "Against plain loops");
    for (const crossover of result.crossovers) {
      const { title, sizes, gpu, cpu } = crossover;
      const ratios = sizes.map((size, i) => {
        const [g, c] = [gpu[i], cpu[i]];
        return `${size}: ${g === null || c === null ? "–" : `${significant(c / g)}x`}`;
      });
      lines.push(`  ${title}: ${crossoverSentence(crossover)}`, `    ${ratios.join("   ")}`);
      const population = populationSentence(crossover);
      if (population !== undefined) lines.push(`    ${population}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function workloadLines({ name, entries, kernels, estimate }: WorkloadResult): string[] {
  const { title, workload } = WORKLOADS[name];
  const header = [
    "",
    "ms/step",
    "p25 – p75",
    "ours is",
    "first step",
    "dispatches",
    "submits",
    "loss",
    "check",
  ];
  const rows = entries.map((entry) => entryCells(entry, entries));
  const lines = [`${name}: ${title} (a step: ${stepName(workload)})`, ...columns([header, ...rows], 1)];
  for (const { engine, status, reason, turns } of entries) {
    const said = status === "measured" ? `ended after turn ${turns}` : status;
    if (reason !== undefined) lines.push(`  ${engine} ${said}: ${reason}`);
  }
  if (estimate !== undefined) lines.push(`  ${estimateSentence(estimate)}`);
  if (kernels !== undefined) {
    const kernelHeader = ["  kernel", "ms/step", "dispatches", "multiply-adds", "copy"];
    lines.push(
      "  share of the adapter's ceilings:",
      ...columns([kernelHeader, ...kernels.map(kernelCells)], 1),
    );
  }
  return lines;
}

function entryCells(entry: BenchEntry, entries: readonly BenchEntry[]): string[] {
  const { engine, millisecondsPerStep: time, firstStepMilliseconds, loss } = entry;
  const ratio = timesAsFast(entries, entry);
  const number = (value: number | null) => (value === null ? "–" : significant(value));
  return [
    `  ${engine}`,
    time === null ? entry.status : significant(time.median),
    time === null ? "" : `${significant(time.p25)} – ${significant(time.p75)}`,
    ratio === undefined || engine === "mixup-webgpu" ? "" : `${significant(ratio)}x`,
    firstStepMilliseconds === null ? "–" : `${significant(firstStepMilliseconds)} ms`,
    number(entry.dispatchesPerStep),
    number(entry.submitsPerStep),
    loss === null ? "–" : loss.toFixed(5),
    verdictOf(entry),
  ];
}

function kernelCells(share: KernelShare): string[] {
  const percent = (part: number) => (part === 0 ? "–" : `${(100 * part).toFixed(0)} %`);
  return [
    `  ${share.kernel}`,
    significant(share.millisecondsPerStep),
    significant(share.dispatchesPerStep),
    percent(share.multiplyAddShare),
    percent(share.copyShare),
  ];
}

/** Rows as aligned columns: the first `left` to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[], left: number): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd(),
  );
}
