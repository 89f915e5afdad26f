/** Draws a result: a table with bars for each workload, crossovers, and our kernels' shares of the adapter's ceilings. */

import {
  crossoverSentence,
  estimateSentence,
  populationSentence,
  significant,
  timesAsFast,
  verdictOf,
} from "../../src/bench/format.ts";
import type {
  BenchEntry,
  BenchResult,
  Crossover,
  KernelShare,
  WorkloadResult,
} from "../../src/bench/result.ts";
import { stepName, WORKLOADS } from "../../src/bench/workload.ts";
import { element } from "./dom.ts";
import { decadeLabel, type LogScale, logScale } from "./scale.ts";

/** All sections of a result. */
export function resultSections(result: BenchResult): HTMLElement[] {
  return [
    ...result.workloads.map((workload) => workloadSection(workload)),
    ...(result.crossovers.length > 0 ? [crossoverSection(result.crossovers)] : []),
    ...kernelSection(result.workloads),
  ];
}

function workloadSection({ name, entries, estimate }: WorkloadResult): HTMLElement {
  const { title, workload } = WORKLOADS[name];
  const id = `workload-${name}`;
  const times = entries.flatMap(({ millisecondsPerStep: time }) =>
    time === null ? [] : [time.p25, time.p75],
  );
  const scale = logScale(times);
  return element(
    "section",
    { class: "workload", "aria-labelledby": id },
    element("h2", { id }, title),
    element("p", { class: "small soft" }, element("code", {}, name), ` · a step is ${stepName(workload)}`),
    entryTable(title, entries, scale),
    ...entries.flatMap(({ engine, status, reason, turns }) =>
      status === "measured" && reason !== undefined
        ? [element("p", { class: "small" }, `${engine} ended after turn ${turns}: ${reason}`)]
        : [],
    ),
    ...(estimate === undefined ? [] : [element("p", { class: "small soft" }, estimateSentence(estimate))]),
  );
}

const HEADERS = [
  "Engine",
  "",
  "ms/step",
  "p25 – p75",
  "Ours is",
  "First step",
  "Dispatches",
  "Submits",
  "Loss",
  "Check",
];

/** Roles are given, since on narrow screens the rows are laid out as cards and would lose them. */
function entryTable(title: string, entries: readonly BenchEntry[], scale: LogScale): HTMLElement {
  const heads = HEADERS.map((header, i) => {
    const cell = element(
      "th",
      { role: "columnheader", scope: "col", class: i === 0 ? undefined : "number" },
      header,
    );
    if (i === 1) {
      cell.className = "axis";
      cell.append(element("span", { class: "visually-hidden" }, "Time of a step, logarithmic"), axis(scale));
    }
    return cell;
  });
  return element(
    "table",
    { role: "table", class: "entries" },
    element("caption", { class: "visually-hidden" }, title),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
    element("tbody", { role: "rowgroup" }, ...entries.map((entry) => entryRow(entry, entries, scale))),
  );
}

function entryRow(entry: BenchEntry, entries: readonly BenchEntry[], scale: LogScale): HTMLElement {
  const { engine, status, reason, millisecondsPerStep: time } = entry;
  const ratio = engine === "mixup-webgpu" ? undefined : timesAsFast(entries, entry);
  const text = (value: number | null) => (value === null ? "–" : significant(value));
  const cell = (label: string, content: string, more = "") =>
    element("td", { role: "cell", class: `number ${more}`, "data-label": label }, content);
  const row = element(
    "tr",
    {
      role: "row",
      class: `${status.replace(" ", "-")}${entry.correct === false ? " wrong" : ""}`,
      "data-engine": engine,
    },
    element("th", { role: "rowheader", scope: "row" }, engine),
  );
  if (time === null) {
    const said =
      status === "waiting" ? "" : status === "running" ? "running …" : `${status}: ${reason ?? ""}`;
    row.append(element("td", { role: "cell", class: "reason", colspan: HEADERS.length - 1 }, said));
    return row;
  }
  row.append(
    element("td", { role: "cell", class: "track", "aria-hidden": "true" }, bar(time, scale)),
    cell("ms/step", significant(time.median), "median"),
    cell("p25 – p75", `${significant(time.p25)} – ${significant(time.p75)}`, "soft quartiles"),
    cell("Ours is", ratio === undefined ? "" : `${significant(ratio)}×`, "ratio"),
    cell(
      "First step",
      entry.firstStepMilliseconds === null ? "–" : `${significant(entry.firstStepMilliseconds)} ms`,
    ),
    cell("Dispatches", text(entry.dispatchesPerStep)),
    cell("Submits", text(entry.submitsPerStep)),
    cell("Loss", entry.loss === null ? "–" : entry.loss.toFixed(5)),
    cell("Check", verdictOf(entry), "check"),
  );
  return row;
}

/** A bar to the median, and a line over the middle half. Widths are set by script: the policy allows no style attributes. */
function bar(
  { median, p25, p75 }: NonNullable<BenchEntry["millisecondsPerStep"]>,
  scale: LogScale,
): HTMLElement {
  const percent = (value: number) => `${(100 * scale.at(value)).toFixed(2)}%`;
  const fill = element("span", { class: "fill" });
  fill.style.width = percent(median);
  const whisker = element("span", { class: "whisker" });
  whisker.style.left = percent(p25);
  whisker.style.width = `calc(${percent(p75)} - ${percent(p25)})`;
  return element("span", { class: "bar" }, ...gridLines(scale), fill, whisker);
}

function gridLines({ decades, at }: LogScale): HTMLElement[] {
  return decades.map((decade) => {
    const line = element("span", { class: "decade" });
    line.style.left = `${100 * at(decade)}%`;
    return line;
  });
}

/** Labels at some of the decades: all, every second ... so that they don't touch. */
function axis({ decades, at }: LogScale): HTMLElement {
  const every = Math.ceil(decades.length / 4);
  const labels = decades
    .filter((_, i) => i % every === 0)
    .map((decade) => {
      const label = element("span", {}, decadeLabel(decade));
      label.style.left = `${100 * at(decade)}%`;
      return label;
    });
  return element("span", { class: "labels", "aria-hidden": "true" }, ...labels);
}

function crossoverSection(crossovers: readonly Crossover[]): HTMLElement {
  return element(
    "section",
    { "aria-labelledby": "crossovers-title" },
    element("h2", { id: "crossovers-title" }, "Where the CPU wins"),
    element("p", { class: "small soft" }, "mixup-webgpu beside the plain loops, at growing sizes."),
    ...crossovers.map((crossover) => {
      const { title, varied, sizes, gpu, cpu } = crossover;
      const rows = sizes.map((size, i) => {
        const [g, c] = [gpu[i], cpu[i]];
        const ratio = g === null || c === null ? "–" : `${significant(c / g)}×`;
        const cells = [g === null ? "–" : significant(g), c === null ? "–" : significant(c), ratio];
        return element(
          "tr",
          { class: g !== null && c !== null && g <= c ? "gpu-wins" : undefined },
          element("th", { scope: "row" }, size.toLocaleString("en")),
          ...cells.map((text) => element("td", { class: "number" }, text)),
        );
      });
      return element(
        "div",
        {},
        element("h3", {}, title),
        element(
          "p",
          { class: "small" },
          [crossoverSentence(crossover), populationSentence(crossover) ?? ""].join(" ").trim(),
        ),
        simpleTable(title, [varied, "GPU ms/step", "CPU ms/step", "Ours is"], rows),
      );
    }),
  );
}

function kernelSection(workloads: readonly WorkloadResult[]): HTMLElement[] {
  const tables = workloads.flatMap(({ name, kernels }) =>
    kernels === undefined ? [] : [kernelTable(name, kernels)],
  );
  if (tables.length === 0) return [];
  return [
    element(
      "section",
      { "aria-labelledby": "kernels-title" },
      element("h2", { id: "kernels-title" }, "What our kernels make of this adapter"),
      element(
        "p",
        { class: "small soft" },
        "Shares of the multiply-adds and of the copying that it can do at most.",
      ),
      ...tables,
    ),
  ];
}

function kernelTable(name: WorkloadResult["name"], kernels: readonly KernelShare[]): HTMLElement {
  const percent = (share: number) => (share === 0 ? "–" : `${(100 * share).toFixed(0)} %`);
  const title = `Our kernels in ${name}`;
  const rows = kernels.map((kernel) => {
    const cells = [
      significant(kernel.millisecondsPerStep),
      significant(kernel.dispatchesPerStep),
      percent(kernel.multiplyAddShare),
      percent(kernel.copyShare),
    ];
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, kernel.kernel),
      ...cells.map((text) => element("td", { class: "number" }, text)),
    );
  });
  return element(
    "div",
    {},
    element("h3", {}, title),
    simpleTable(title, ["Kernel", "ms/step", "Dispatches", "Multiply-adds", "Copy"], rows),
  );
}

function simpleTable(title: string, headers: readonly string[], rows: HTMLElement[]): HTMLElement {
  const heads = headers.map((header, i) =>
    element("th", { scope: "col", class: i === 0 ? undefined : "number" }, header),
  );
  const table = element(
    "table",
    {},
    element("caption", { class: "visually-hidden" }, title),
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows),
  );
  // On a narrow screen it scrolls, by keyboard too.
  return element("div", { class: "scrolls", role: "region", "aria-label": title, tabindex: 0 }, table);
}
