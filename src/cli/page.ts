/**
 * The page's half of a command: runs an experiment on this browser's WebGPU when Node asks, and hands
 * everything back as plain data. Node's half is `backends/browserBackend.ts`.
 */

import type { ImageSplits } from "../data/imageSplits.ts";
import { MixupError, WebGpuUnavailableError } from "../errors.ts";
import type { ExperimentOptions, ExperimentProgress, OnProgress } from "../experiments/experiment.ts";
import { keepingTrainer } from "../experiments/keeping.ts";
import { findExperiment } from "../experiments/registry.ts";
import { openTrainer } from "../experiments/trainer.ts";
import type { ExperimentResults } from "../report/results.ts";
import { attach, remoteStore } from "./backends/exchanged.ts";

/** What Node asks for: an experiment by name, and its settled options. */
export interface PageTask {
  experiment: string;
  options: Partial<ExperimentOptions> & { images?: ImageSplits; digits?: ImageSplits };
}

/** What crosses from the page to Node in the end. */
export type PageOutcome = { results: ExperimentResults } | { error: PageError };

/**
 * An error as plain data. `expected` tells our own typed errors from bugs; `noAdapter` that another launch
 * may help.
 */
export interface PageError {
  name: string;
  message: string;
  stack: string;
  expected: boolean;
  noAdapter: boolean;
}

declare global {
  /** Called by Node, with the larger bytes of the task taken out; they are at the exchange. */
  var runExperiment: ((task: PageTask, exchange: string) => Promise<PageOutcome>) | undefined;
  /** Called by Node: the experiment ends, and what its training has done is kept. */
  var stopExperiment: (() => void) | undefined;
  /** Given by Node. */
  var reportProgress: ((progress: ExperimentProgress) => Promise<void>) | undefined;
}

const stopping = new AbortController();
globalThis.stopExperiment = () => stopping.abort();

/** Messages to Node cost time in the page; a bar needs few. */
const PROGRESS_INTERVAL = 100;

globalThis.runExperiment = async ({ experiment: name, options: detached }, exchange) => {
  try {
    const options = (await attach(detached, exchange)) as PageTask["options"];
    const experiment = findExperiment(name);
    if (experiment === undefined) throw new Error(`The page knows no experiment "${name}".`);
    const trainer = await openTrainer("webgpu");
    const store = remoteStore(exchange);
    try {
      const keeping = keepingTrainer(trainer, store);
      return { results: await experiment.run(keeping, options, throttled(), stopping.signal, store) };
    } finally {
      trainer.destroy();
    }
  } catch (caught) {
    const error = caught instanceof Error ? caught : new Error(String(caught));
    return {
      error: {
        name: error.name,
        message: error.message,
        stack: error.stack ?? "",
        expected: error instanceof MixupError,
        noAdapter: error instanceof WebGpuUnavailableError && error.reason === "no-adapter",
      },
    };
  }
};

function throttled(): OnProgress {
  let reported = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    const isEarly = now - reported < PROGRESS_INTERVAL;
    if (isEarly && progress.fraction < 1 && progress.notice === undefined) return;
    reported = now;
    void globalThis.reportProgress?.(progress);
  };
}
