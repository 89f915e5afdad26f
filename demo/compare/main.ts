/**
 * The comparison page: choices in, a run, a picture and the numbers out. The measuring is `src/bench/`, in workers of its
 * own, so the page stays alive. `npm run bench` opens this page and calls `runBench`.
 *
 * Not here: what is shown of the GPU (`gpuFacts.ts`) and of a comparison (`view.ts`), downloading and copying (`keep.ts`).
 */

import { type BenchProgress, type ComparisonRequest, compare } from "../../src/bench/comparison.ts";
import { ENGINE_NAMES } from "../../src/bench/engines/engine.ts";
import { spawnEngineWorker } from "../../src/bench/engineWorker.ts";
import { adapterName, adapterWarning, unmeasuredSentences } from "../../src/bench/format.ts";
import type { BenchAdapter, BenchResult, Environment } from "../../src/bench/result.ts";
import { WORKLOAD_NAMES, WORKLOADS } from "../../src/bench/workload.ts";
import { keepOffline } from "../lab/page/offline.ts";
import { connectTheme } from "../lab/page/theme.ts";
import { type Choices, choicesFromHash, hashFromChoices, requestOf } from "./choices.ts";
import { byId, element } from "./dom.ts";
import { type BrowserWords, environmentOf } from "./environment.ts";
import { ceilingFacts, factEntries, identityFacts } from "./gpuFacts.ts";
import { connectKeeping, offerResult, withdrawResult } from "./keep.ts";
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

/** One comparison, shown as it goes. What was measured stays, however it ends. */
async function run(request: ComparisonRequest): Promise<BenchResult> {
  stop = new AbortController();
  setRunning(true);
  withdrawResult();
  let latest: BenchResult | undefined;
  const show = throttledProgress();
  try {
    latest = await compare(request, {
      spawn: spawnEngineWorker,
      signal: stop.signal,
      environment: environment(),
      onProgress: (progress) => {
        latest = progress.result;
        show(progress);
      },
    });
    byId("status").textContent = "Done.";
    return latest;
  } finally {
    stop = undefined;
    if (latest !== undefined) {
      draw(latest);
      offerResult(latest);
    }
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
      byId("status").textContent = `${doing} …`;
      said = now;
      void globalThis.reportBenchProgress?.({ doing, fraction });
    }
    if (now - drawn < DRAW_INTERVAL) return;
    draw(result);
    drawn = now;
  };
}

function draw(result: BenchResult): void {
  byId("measured").replaceChildren(...factEntries(ceilingFacts(result.ceilings)));
  byId("measured").hidden = byId("measured").childElementCount === 0;
  const problems = unmeasuredSentences(result.unmeasured);
  byId("unmeasured").textContent = problems.join(" ");
  byId("unmeasured").hidden = problems.length === 0;
  byId("results").replaceChildren(...resultSections(result));
}

function setRunning(running: boolean): void {
  byId("progress").hidden = !running && byId("status").textContent === "";
  byId<HTMLProgressElement>("bar").hidden = !running;
  const button = byId<HTMLButtonElement>("run");
  button.textContent = running ? "Stop" : "Measure my GPU";
  button.classList.toggle("primary", !running);
  for (const input of byId("choices").querySelectorAll<HTMLInputElement | HTMLSelectElement>(
    "input, select",
  )) {
    input.disabled = running;
  }
}

function environment(): Environment {
  return environmentOf(navigator as BrowserWords, globalThis.crossOriginIsolated, new Date());
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
  const { backend = "" } = adapter.info as { backend?: string };
  const info: BenchAdapter = {
    ...{ vendor, architecture, description, backend },
    isFallback: isFallbackAdapter ?? false,
  };
  badge.textContent = `${info.isFallback ? "Software adapter" : "GPU"}: ${adapterName(info)}`;
  byId("identity").replaceChildren(...factEntries(identityFacts(info, environment())));
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

/** What is ticked, in the line that stands for the choices while they are folded away. */
function summarize({ workloads, engines, repeats, crossovers }: Choices): void {
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  byId("chosen").textContent = [
    counted(workloads.length, "workload"),
    counted(engines.length, "engine"),
    `${repeats} turns each`,
    ...(crossovers ? ["where the CPU wins"] : []),
  ].join(", ");
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
  summarize(choices);
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
        : `Something went wrong, and what had been measured is below: ${error}`;
    byId("progress").hidden = false;
  }
}

byId("unserved").remove();
connectTheme(() => {});
keepOffline();
fillForm(choicesFromHash(location.hash));
summarize(readForm());
// An address with choices of its own shows them.
byId<HTMLDetailsElement>("what").open = location.hash.length > 1;
byId("choices").addEventListener("change", onChange);
byId("choices").addEventListener("submit", (event) => void onSubmit(event));
connectKeeping();
void describeAdapter();
globalThis.runBench = run;
