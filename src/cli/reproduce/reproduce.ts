/**
 * The command `reproduce`: computes the paper's experiments and shows the published numbers beside ours.
 *
 * Not here: the experiments (`experiments/`), the browser (`backends/`), files (`files/`).
 */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, MixupError } from "../../errors.ts";
import type { Experiment } from "../../experiments/experiment.ts";
import { keepingTrainer } from "../../experiments/keeping.ts";
import { findExperiment } from "../../experiments/registry.ts";
import { keep, readKept, type Store } from "../../experiments/store.ts";
import { openTrainer } from "../../experiments/trainer.ts";
import type { AdapterInfo } from "../../gpu/device.ts";
import { fingerprint } from "../../numeric/fingerprint.ts";
import { closingTable, misses } from "../../report/closingTable.ts";
import { type OverviewEntry, overviewHtml, overviewTable } from "../../report/overview.ts";
import type { Neighbours } from "../../report/report.ts";
import type { ExperimentResults } from "../../report/results.ts";
import { VERSION } from "../../version.ts";
import { type Backend, chooseBackend } from "../backends/backend.ts";
import { PageFailure, runInBrowser } from "../backends/browserBackend.ts";
import type { PageHost } from "../backends/openedPage.ts";
import { lockFolder } from "../files/folderLock.ts";
import { countKept, FINISHED, folderStore, forget } from "../files/keptFiles.ts";
import { prepareFolder, writeOutput } from "../files/output.ts";
import { writeWhole } from "../files/wholeFiles.ts";
import { readDigits, readImageFolder } from "../imageFolder.ts";
import type { PageTask } from "../page.ts";
import { clock, type ProgressBar, progressBar } from "../progress.ts";
import { HELP, parseArguments, type ReproduceArguments } from "./arguments.ts";

/** Exit codes. 130 is what shells expect after Ctrl-C. */
const EXIT = { done: 0, failed: 1, misunderstood: 2, interrupted: 130 } as const;

/** Runs the command; returns the exit code. */
export async function main(commandLine: readonly string[], host: PageHost): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => {
    // A second Ctrl-C means now.
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort(new DOMException("Interrupted.", "AbortError"));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  let release = async () => {};
  let out = "";
  try {
    const wanted = parseArguments(commandLine);
    out = wanted.out;
    if (wanted.help) {
      process.stdout.write(HELP);
      return EXIT.done;
    }
    const done: OverviewEntry[] = [];
    const several = wanted.experiments.length > 1;
    // Looked for when it is needed, and once.
    let choice: Promise<Backend> | undefined;
    const chosen = () => {
      choice ??= chooseBackend(wanted.backend);
      return choice;
    };
    const prepared: Awaited<ReturnType<typeof prepare>>[] = [];
    for (const name of wanted.experiments) prepared.push(await prepare(name, wanted));
    release = await takeFolder(wanted.out);
    for (const { experiment, options } of prepared) {
      const { name } = experiment;
      if (several) process.stdout.write(`\n${experiment.title}\n`);
      const folder = several ? join(wanted.out, name) : wanted.out;
      const others = prepared
        .filter((other) => other.experiment !== experiment)
        .map((other) => other.experiment);
      const neighbours = several ? neighboursOf(others) : undefined;
      const backend = experiment.trains ? await chosen() : "cpu";
      if (wanted.fresh) await rm(join(folder, KEPT), { recursive: true, force: true });
      done.push(await reproduce(experiment, options, backend, folder, host, stop.signal, neighbours));
      // After each, so that an interrupted command leaves a way to what it has done.
      if (several) await writeWhole(join(wanted.out, "index.html"), overviewHtml(done));
    }
    // All is done: the next such command begins anew.
    for (const { experiment } of prepared)
      await forget(join(several ? join(wanted.out, experiment.name) : wanted.out, KEPT));
    if (several)
      process.stdout.write(`\n${overviewTable(done)}\nAll reports: ${join(wanted.out, "index.html")}\n`);
    const missed = done.some(({ results }) => misses(results.references).length > 0);
    return missed ? EXIT.failed : EXIT.done;
  } catch (error) {
    if (stop.signal.aborted) {
      say(
        `Stopped. What is done is kept in ${out}: the same command goes on there, with --fresh it begins anew. ` +
          "Of the experiment under way no report was written.",
      );
      return EXIT.interrupted;
    }
    say(describe(error));
    return error instanceof ConfigError ? EXIT.misunderstood : EXIT.failed;
  } finally {
    await release();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** Folder of an experiment's own in which it and its trainings are kept. */
const KEPT = "kept";

/** Makes the folder of all results this command's own. */
async function takeFolder(folder: string): Promise<() => Promise<void>> {
  await prepareFolder(folder);
  return lockFolder(folder);
}

/** An experiment with all that it needs, checked before any is started. */
async function prepare(
  name: string,
  { size, requested }: ReproduceArguments,
): Promise<{ experiment: Experiment; options: PageTask["options"] }> {
  const experiment = findExperiment(name)!;
  const options: PageTask["options"] = experiment.settle(size, requested);
  if (experiment.takes.includes("data")) options.images = await readImageFolder(requested.data);
  if (experiment.usesDigits) options.digits = await readDigits();
  experiment.check?.(options);
  return { experiment, options };
}

/** What came out of an experiment, and on what it was computed. */
interface Computed {
  readonly results: ExperimentResults;
  readonly computedBy: string;
}

/** One experiment from its work to the closing table. */
async function reproduce(
  experiment: Experiment,
  options: PageTask["options"],
  backend: Backend,
  folder: string,
  host: PageHost,
  signal: AbortSignal,
  neighbours?: Neighbours,
): Promise<OverviewEntry> {
  await prepareFolder(folder);
  const kept = join(folder, KEPT);
  const store = folderStore(kept);
  const key = fingerprint({
    version: VERSION,
    options,
    on: typeof backend === "string" ? backend : backend.computedBy,
  });
  const before = await readKept<Computed>(store, FINISHED, key);
  const count = await countKept(kept);
  if (before !== undefined) say("It was done before the command was stopped, and is kept.");
  else if (count > 0) say(`Goes on with what is kept in ${kept}. --fresh begins anew.`);
  const bar = progressBar(process.stderr);
  const computed =
    before ??
    (await compute(experiment, options, backend, store, bar, host, signal).finally(() => bar.close()));
  const { results, computedBy } = computed;
  const { page, figures, learnt, pictures } = await writeOutput(
    experiment,
    results,
    folder,
    computedBy,
    neighbours,
  );
  if (before === undefined) await keep(store, FINISHED, key, computed);
  if (!pictures) say("PNG pictures were left out: npm install @resvg/resvg-js makes them.");
  const by = computedBy === "" ? "" : `, ${computedBy}`;
  process.stdout.write(
    `\nComputed in ${clock(results.elapsedSeconds)} by ${adapterName(results.adapter)}${by}.\n\n` +
      `${closingTable(results, experiment.compares)}\nReport: ${page}\n`,
  );
  return { experiment, results, learnt, figure: figures[0] };
}

/** Reports of one command lie in folders beside each other, under their overview. */
function neighboursOf(others: readonly Experiment[]): Neighbours {
  return {
    overview: "../index.html",
    others: others.map(({ name, title }) => ({ title, href: `../${name}/report.html` })),
  };
}

async function compute(
  experiment: Experiment,
  options: PageTask["options"],
  backend: Backend,
  store: Store,
  bar: ProgressBar,
  host: PageHost,
  signal: AbortSignal,
): Promise<Computed> {
  if (backend === "browser") {
    return runInBrowser(host, { experiment: experiment.name, options }, store, bar.update, say, signal);
  }
  const isCpu = backend === "cpu";
  const trainer = isCpu ? await openTrainer("cpu") : await openTrainer("webgpu", backend.gpu);
  try {
    const results = await experiment.run(keepingTrainer(trainer, store), options, bar.update, signal, store);
    return { results, computedBy: isCpu ? "" : backend.computedBy };
  } finally {
    trainer.destroy();
  }
}

function adapterName({ vendor, architecture, description, isFallback }: AdapterInfo): string {
  const name =
    description !== "" ? description : [vendor, architecture].filter((part) => part !== "").join(" ");
  return `${name || "a WebGPU adapter without a name"}${isFallback ? " (software rendering)" : ""}`;
}

/** Our own errors speak for themselves; anything else is a bug and comes with its stack. */
function describe(error: unknown): string {
  if (error instanceof PageFailure)
    return error.pageError.expected ? `${error.name}: ${error.message}` : (error.stack ?? "");
  if (error instanceof ConfigError) return `error: ${error.message}`;
  if (error instanceof MixupError) return `${error.name}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** To the person, not to the pipe. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
