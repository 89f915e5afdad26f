/**
 * The comparison page: choices in, a run, a picture and the numbers out. The measuring is `src/bench/`, in workers of its
 * own, so the page stays alive. `npm run bench` opens this page and calls `runBench`.
 */

import { type BenchProgress, type ComparisonRequest, compare } from "../../src/bench/comparison.ts";
import { ENGINE_NAMES } from "../../src/bench/engines/engine.ts";
import { spawnEngineWorker } from "../../src/bench/engineWorker.ts";
import { adapterName, adapterWarning, resultJson } from "../../src/bench/format.ts";
import type { BenchResult, Environment } from "../../src/bench/result.ts";
import { WORKLOAD_NAMES, WORKLOADS } from "../../src/bench/workload.ts";
import { type Choices, choicesFromHash, hashFromChoices, requestOf } from "./choices.ts";
import { byId, element } from "./dom.ts";
import { resultSections } from "./view.ts";

declare global {
  /** Called by `npm run bench`. */
  var runBench: ((request: ComparisonRequest) => Promise<BenchResult>) | undefined;
  /** Given by it. */
  var reportBenchProgress:
    | ((progress: Pick<BenchProgress, "doing" | "fraction">) => Promise<void>)
    | undefined;
}

/** Between two drawings of what is known so far, in milliseconds: drawing is work too. */
const DRAW_INTERVAL = 250;
/** Screen readers hear where it stands this often. */
const STATUS_INTERVAL = 2000;

let stop: AbortController | undefined;
let json = "";

/** One comparison, shown as it goes. */
async function run(request: ComparisonRequest): Promise<BenchResult> {
  stop = new AbortController();
  setRunning(true);
  byId("data").hidden = true;
  const progress = throttledProgress();
  try {
    const result = await compare(request, {
      spawn: spawnEngineWorker,
      signal: stop.signal,
      environment: environment(),
      onProgress: progress,
    });
    show(result);
    byId("status").textContent = "Done.";
    return result;
  } finally {
    stop = undefined;
    setRunning(false);
  }
}

function throttledProgress(): (progress: BenchProgress) => void {
  let drawn = Number.NEGATIVE_INFINITY;
  let said = Number.NEGATIVE_INFINITY;
  return ({ doing, fraction, result }) => {
    const now = performance.now();
    byId<HTMLProgressElement>("bar").value = fraction;
    if (now - said >= STATUS_INTERVAL) {
      byId("status").textContent = doing;
      said = now;
      void globalThis.reportBenchProgress?.({ doing, fraction });
    }
    if (now - drawn < DRAW_INTERVAL) return;
    byId("results").replaceChildren(...resultSections(result));
    drawn = now;
  };
}

function show(result: BenchResult): void {
  byId("results").replaceChildren(...resultSections(result));
  json = resultJson(result);
  byId<HTMLTextAreaElement>("json").value = json;
  byId("copied").textContent = "";
  byId("data").hidden = false;
}

function setRunning(running: boolean): void {
  byId("progress").hidden = !running && byId("status").textContent === "";
  byId<HTMLProgressElement>("bar").hidden = !running;
  const button = byId<HTMLButtonElement>("run");
  button.textContent = running ? "Stop" : "Run the comparison";
  button.classList.toggle("primary", !running);
  for (const input of byId("choices").querySelectorAll<HTMLInputElement | HTMLSelectElement>(
    "input, select",
  )) {
    input.disabled = running;
  }
}

function environment(): Environment {
  return {
    userAgent: navigator.userAgent,
    hardwareConcurrency: navigator.hardwareConcurrency,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    date: new Date().toISOString(),
  };
}

/** Names the adapter before anything runs. */
async function describeAdapter(): Promise<void> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  const badge = byId("adapter");
  if (adapter == null) {
    badge.textContent =
      navigator.gpu === undefined ? "No WebGPU in this browser" : "No WebGPU adapter on this machine";
    const warning = byId("software");
    warning.textContent = "Engines that need WebGPU will say that they failed; the others are measured.";
    warning.hidden = false;
    return;
  }
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const info = { vendor, architecture, description, isFallback: isFallbackAdapter ?? false };
  badge.textContent = `${info.isFallback ? "Software adapter" : "GPU"}: ${adapterName(info)}`;
  const text = adapterWarning(info);
  byId("software").hidden = text === undefined;
  byId("software").textContent = text ?? "";
}

function fillForm({ workloads, engines, crossovers, repeats }: Choices): void {
  const option = (group: string, name: string, checked: boolean, note?: string) => {
    const input = element("input", { type: "checkbox", name: group, value: name, checked });
    const label = element(
      "label",
      { class: "option" },
      input,
      element("span", {}, element("code", {}, name)),
    );
    if (note !== undefined)
      label.lastElementChild!.append(element("span", { class: "small soft note" }, note));
    return label;
  };
  byId("workloads").replaceChildren(
    ...WORKLOAD_NAMES.map((name) =>
      option("workloads", name, workloads.includes(name), WORKLOADS[name].title),
    ),
  );
  byId("engines").replaceChildren(
    ...ENGINE_NAMES.map((name) => option("engines", name, engines.includes(name))),
  );
  byId<HTMLSelectElement>("repeats").value = String(repeats);
  byId<HTMLInputElement>("crossovers").checked = crossovers;
}

function readForm(): Choices {
  const checked = (group: string) =>
    Array.from(
      document.querySelectorAll<HTMLInputElement>(`input[name=${group}]:checked`),
      ({ value }) => value,
    );
  const [workloads, engines] = [checked("workloads"), checked("engines")];
  return {
    workloads: WORKLOAD_NAMES.filter((name) => workloads.includes(name)),
    engines: ENGINE_NAMES.filter((name) => engines.includes(name)),
    repeats: Number(byId<HTMLSelectElement>("repeats").value),
    crossovers: byId<HTMLInputElement>("crossovers").checked,
  };
}

function onChange(): void {
  const choices = readForm();
  const complete = choices.workloads.length > 0 && choices.engines.length > 0;
  byId<HTMLButtonElement>("run").disabled = !complete;
  if (!complete) return;
  const hash = hashFromChoices(choices);
  history.replaceState(null, "", hash === "" ? location.pathname + location.search : `#${hash}`);
}

async function onSubmit(event: Event): Promise<void> {
  event.preventDefault();
  if (stop !== undefined) {
    stop.abort(new DOMException("Stopped.", "AbortError"));
    return;
  }
  try {
    await run(requestOf(readForm()));
  } catch (error) {
    byId("status").textContent =
      error instanceof DOMException
        ? "Stopped. What had been measured is below."
        : `Something went wrong: ${error}`;
    byId("progress").hidden = false;
  }
}

async function copy(): Promise<void> {
  try {
    await navigator.clipboard.writeText(json);
    byId("copied").textContent = "Copied.";
  } catch {
    byId("copied").textContent = "The browser does not allow it: open the text below and copy it by hand.";
  }
}

function save(): void {
  const href = URL.createObjectURL(new Blob([json], { type: "application/json" }));
  element("a", { href, download: "bench.json" }).click();
  URL.revokeObjectURL(href);
}

byId("unserved").remove();
fillForm(choicesFromHash(location.hash));
byId("choices").addEventListener("change", onChange);
byId("choices").addEventListener("submit", (event) => void onSubmit(event));
byId("copy").addEventListener("click", () => void copy());
byId("save").addEventListener("click", save);
void describeAdapter();
globalThis.runBench = run;
