/**
 * What an experiment is: a name, its sizes, the work, and how its outcome is shown. The command line, the
 * page, the files and the report know experiments only through this; the list of them is `registry.ts`.
 */

import type { Granularity, Pairing } from "../mixing/mixing.ts";
import type { Reported, Subject } from "../report/files.ts";
import type { ExperimentResults } from "../report/results.ts";
import type { Store } from "./store.ts";
import type { Trainer } from "./trainer.ts";

/** What may be varied from outside. An experiment `takes` some of it, and has its own defaults. */
export interface ExperimentOptions {
  /** Number of seeds, 0 to seeds - 1. */
  readonly seeds: number;
  /** Beta(alpha, alpha) for each. */
  readonly alphas: readonly number[];
  /** Optimizer steps of every run. */
  readonly steps: number;
  readonly granularity: Granularity;
  readonly pairing: Pairing;
  /** Folder of image data; undefined for what comes with the repository. */
  readonly data?: string;
  /** Part of the images, above 0 and at most 1. */
  readonly fraction?: number;
  /** Times that every training point is seen. */
  readonly epochs?: number;
}

/**
 * `default`: when it is named. `brief`: as one of all, a minute or two each with
 * software rendering. `full`: the paper's own size, or as near as two cores come to it. `paper`: its own data and nets,
 * for a real GPU and hours, where that is more than `full`.
 */
export type Size = "default" | "brief" | "full" | "paper";

/** How far an experiment is. */
export interface ExperimentProgress {
  /** What is computed now, in words. */
  readonly label: string;
  /** Steps done of the population that trains now; both 0 where nothing is counted in steps. */
  readonly step: number;
  readonly steps: number;
  /** Of the whole experiment's work, 0 to 1. */
  readonly fraction: number;
  /** Something to be told besides, once. */
  readonly notice?: string;
}

export type OnProgress = (progress: ExperimentProgress) => void;

/** An experiment: `O` are its own options, `R` its own results. */
export interface ExperimentDefinition<O, R extends ExperimentResults> extends Subject {
  /**
   * Whether it trains nets, or uses the device otherwise, and so needs the backend that is asked for; if not, it
   * runs in Node.
   */
  readonly trains: boolean;
  /** Where its references come from: the paper's authors, or derived and computed independently. */
  readonly compares: "published" | "expected";
  readonly takes: readonly (keyof ExperimentOptions)[];
  /** Whether it needs the digits that come with the repository. */
  readonly usesDigits?: boolean;
  readonly defaults: O;
  /** What the other sizes change. */
  readonly brief?: Partial<O>;
  readonly full?: Partial<O>;
  readonly paper?: Partial<O>;
  /**
   * Refuses options that `run` would refuse, before a browser is started.
   * @throws ConfigError whose path is the option.
   */
  check?(options: Partial<O>): void;
  /**
   * What takes hours keeps what is done in the store, and goes on with it the next time.
   * @throws AbortError (the signal's reason) when stopped; the trainer's errors as they are.
   */
  run(
    trainer: Trainer,
    options: Partial<O>,
    onProgress?: OnProgress,
    signal?: AbortSignal,
    store?: Store,
  ): Promise<R>;
  /** How its results are shown. Loaded when it is asked for: a page that computes has no use for it. */
  report(): Promise<Reported<R>>;
}

/** An experiment whose own types are hidden, so that different ones can stand in one list. */
export type Experiment = Omit<
  ExperimentDefinition<Partial<ExperimentOptions>, ExperimentResults>,
  "defaults" | "brief" | "full" | "paper"
> & {
  /** Whether there is such a size. */
  readonly hasPaper: boolean;
  /** What it does at a size, when these options are asked for. Plain data. */
  settle(size: Size, requested?: Partial<ExperimentOptions>): Partial<ExperimentOptions>;
};

/**
 * Hides an experiment's own types. The one cast is safe as long as results go to the experiment that made
 * them: `results.experiment` is its name.
 */
export function defineExperiment<O extends object, R extends ExperimentResults>(
  definition: ExperimentDefinition<O, R>,
): Experiment {
  const settle: Experiment["settle"] = (size, requested = {}) => {
    const { defaults, brief, full, paper } = definition;
    const taken = Object.entries(requested).filter(([name]) =>
      definition.takes.includes(name as keyof ExperimentOptions),
    );
    return {
      ...defaults,
      ...(size === "brief" && brief),
      ...(size === "full" && full),
      ...(size === "paper" && paper),
      ...Object.fromEntries(taken),
    };
  };
  return { ...(definition as unknown as Experiment), hasPaper: definition.paper !== undefined, settle };
}
