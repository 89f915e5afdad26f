/**
 * Data ablation by merging (arXiv 2410.15661), in small: nets trained on single domains, from one start, are averaged; the average of
 * some is compared with a net trained on the union of their domains. Beside it: averages of nets from their own starts, which have
 * nothing to do with each other, and the mean of the nets' own losses, which needs no average.
 *
 * Not here: the domains (`data.ts`), what is expected (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkInteger } from "../../check.ts";
import type { ImageSplits } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import { erm } from "../../mixing/mixing.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { finiteOrNull } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { PopulationHandle } from "../../training/openPopulation.ts";
import { VERSION } from "../../version.ts";
import { digitsDataset } from "../digits.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { trainStretch } from "../stretch.ts";
import type { Trainer } from "../trainer.ts";
import { mergingChecks } from "./checks.ts";
import { DOMAINS, type MergingDraw, mergingDraw, startSeeds, subsetsOf, transformedDigits } from "./data.ts";
import { sizeResults } from "./proxies.ts";
import type { DomainLosses, MergingResults } from "./results.ts";

export interface MergingOptions extends Pick<ExperimentOptions, "seeds" | "steps"> {
  /** Domains of a set, rising: all sets of so many. `steps` are those on one domain. */
  readonly sizes: readonly number[];
  /** Steps of the nets that all others begin with. */
  readonly begin: number;
  /** Training images; all others are for validation. */
  readonly training: number;
  /** The digits; the command line reads them. */
  readonly digits?: ImageSplits;
}

export const MERGING_DEFAULTS: MergingOptions = {
  seeds: 2,
  steps: 200,
  sizes: [2, 3],
  begin: 300,
  training: 1200,
};

const HIDDEN = [96, 64];
const BATCH = 64;
const FIRST_RATE = 1e-3;
const SECOND_RATE = 3e-4;

function checkedOptions(options: Partial<MergingOptions>) {
  const { seeds, steps, sizes, begin, training, digits } = { ...MERGING_DEFAULTS, ...options };
  checkInteger("seeds", seeds, 1, 100, "a number of draws");
  checkInteger("steps", steps, 1, 1e6, "a number of steps");
  checkInteger("begin", begin, 1, 1e6, "a number of steps");
  if (sizes.length === 0) throw new ConfigError("sizes", "no sets. Give at least one size.");
  sizes.forEach((size, i) => {
    checkInteger(
      `sizes[${i}]`,
      size,
      i === 0 ? 2 : sizes[i - 1] + 1,
      DOMAINS.length - 1,
      "a size after the one before",
    );
  });
  return { seeds, steps, sizes, begin, training, digits: digitsDataset(digits) };
}

/**
 * Trains the whole experiment: one population of starts, from which another goes on with single domains, and a third with sets.
 * @throws ConfigError without digits, for sizes that don't rise; AbortError (the signal's reason) when stopped; the trainer's
 * errors as they are.
 */
export async function runMerging(
  trainer: Pick<Trainer, "backend" | "adapter" | "open" | "reopen">,
  options: Partial<MergingOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<MergingResults> {
  const { seeds, steps, sizes, begin, training, digits } = checkedOptions(options);
  const started = performance.now();
  const data = transformedDigits(digits);
  const draws = range(seeds).map((seed) => mergingDraw(digits, seed, training));
  const subsets = sizes.flatMap((size) => subsetsOf(size));
  const K = DOMAINS.length;
  const starts = draws.flatMap((_, d) => startSeeds(d));
  const work = {
    starts: starts.length * begin,
    units: 2 * K * seeds * steps,
    sets: seeds * subsets.reduce((sum, { length }) => sum + length * steps, 0),
  };
  const total = work.starts + work.units + work.sets;
  let done = 0;
  const stretch = async (handle: PopulationHandle, count: number, label: string) => {
    const before = done;
    const report = (step: number) =>
      onProgress({ label, step, steps: count, fraction: (before + handle.size * step) / total });
    await trainStretch(handle, count, report, signal);
    done += handle.size * count;
  };
  const opened: PopulationHandle[] = [];
  const keep = (handle: PopulationHandle) => {
    opened.push(handle);
    return handle;
  };
  try {
    const units = keep(
      trainer.open({
        data,
        model: mlp([data.dimensions, ...HIDDEN, data.targetSize]),
        optimizer: adam({ learningRate: FIRST_RATE }),
        batch: BATCH,
        runs: starts.map((seed, r) => ({
          seed,
          mixing: erm(),
          train: draws[Math.floor(r / (K + 1))].training[0],
        })),
      }),
    );
    await stretch(units, begin, "starts");
    const snapshot = await units.snapshot();
    const second = adam({ learningRate: SECOND_RATE });

    // From one start, then from own starts: a net for each domain.
    const members = draws.flatMap((draw, d) =>
      [true, false].flatMap((isShared) =>
        range(K).map((u) => ({ draw, u, start: d * (K + 1) + (isShared ? 0 : 1 + u) })),
      ),
    );
    await units.fork(members.map(({ start }) => start));
    await units.set(range(members.length), (r) => ({
      optimizer: second,
      train: members[r].draw.training[members[r].u],
    }));
    await stretch(units, steps, "single domains");
    const single = await domainLosses(
      units,
      members.map(({ draw }) => draw),
    );
    // All sets of a draw, of nets from one start and of those from their own: means of parameters, measured together.
    const merges = draws.flatMap((draw, d) =>
      [0, 1].flatMap((own) =>
        subsets.map((subset) => ({ draw, runs: subset.map((u) => (2 * d + own) * K + u) })),
      ),
    );
    await units.average(merges.map(({ runs }) => runs));
    const merged = await domainLosses(
      units,
      merges.map(({ draw }) => draw),
    );

    const truth = await trainSets(keep(trainer.reopen(snapshot)), draws, subsets, {
      steps,
      change: { optimizer: second },
      stretch,
    });
    const results = {
      domains: [...DOMAINS],
      sizes: sizes.map((size) =>
        sizeResults(size, draws.length, (d) =>
          subsets.flatMap((subset, s) =>
            subset.length === size
              ? [
                  {
                    domains: subset,
                    truth: truth[d][s],
                    units: subset.map((u) => single[2 * d * K + u]),
                    shared: merged[2 * d * subsets.length + s],
                    own: merged[(2 * d + 1) * subsets.length + s],
                  },
                ]
              : [],
          ),
        ),
      ),
    };
    return {
      experiment: "merging",
      version: VERSION,
      config: {
        data: `digits in ${K} domains (${DOMAINS.join(", ")}): ${training} images for training, ${digits.size - training} for validation, drawn anew for each seed`,
        model: [data.dimensions, ...HIDDEN, data.targetSize],
        activation: "relu",
        loss: "softmax-cross-entropy",
        batch: BATCH,
        begin: `${begin} steps on plain digits, Adam, learning rate ${FIRST_RATE}`,
        units: `${steps} steps on one domain, as many for each domain of a set; fresh Adam, learning rate ${SECOND_RATE}`,
        sizes,
        steps,
        seeds: range(seeds),
      },
      backend: trainer.backend,
      adapter: trainer.adapter,
      ...results,
      references: mergingChecks(results.sizes, steps),
      elapsedSeconds: (performance.now() - started) / 1000,
    };
  } finally {
    for (const handle of opened) handle.destroy();
  }
}

/** Nets trained on the unions of domains, by draw and set: all of them begin together, and each ends when it has had its steps. */
async function trainSets(
  handle: PopulationHandle,
  draws: readonly MergingDraw[],
  subsets: readonly (readonly number[])[],
  {
    steps,
    change,
    stretch,
  }: {
    steps: number;
    change: { optimizer: ReturnType<typeof adam> };
    stretch(handle: PopulationHandle, count: number, label: string): Promise<void>;
  },
): Promise<DomainLosses[][]> {
  let alive = draws.flatMap((draw, d) => subsets.map((subset, s) => ({ draw, d, subset, s })));
  await handle.fork(alive.map(({ d }) => d * (DOMAINS.length + 1)));
  await handle.set(range(alive.length), (r) => ({
    ...change,
    train: alive[r].subset.flatMap((u) => Array.from(alive[r].draw.training[u])),
  }));
  const losses: DomainLosses[][] = draws.map(() => []);
  for (let trained = 0; alive.length > 0; ) {
    const size = Math.min(...alive.map(({ subset }) => subset.length));
    await stretch(handle, (size - trained) * steps, `sets of ${size} domains`);
    trained = size;
    const found = await domainLosses(
      handle,
      alive.map(({ draw }) => draw),
    );
    alive.forEach(({ d, s, subset }, r) => {
      if (subset.length === size) losses[d][s] = found[r];
    });
    const left = range(alive.length).filter((r) => alive[r].subset.length > size);
    alive = left.map((r) => alive[r]);
    if (left.length > 0) await handle.fork(left);
  }
  return losses;
}

/** Of each run the losses on its draw's validation points, by domain. */
async function domainLosses(
  handle: PopulationHandle,
  draws: readonly MergingDraw[],
): Promise<DomainLosses[]> {
  const lists = new Map(
    draws.map((draw) => [draw, draw.validation.flatMap((rows) => Array.from(rows))] as const),
  );
  const evaluations = await handle.evaluate(undefined, { points: draws.map((draw) => lists.get(draw)!) });
  return evaluations.map(({ losses }, r) => {
    const { length } = draws[r].validation[0];
    return DOMAINS.map((_, u) => {
      const own = losses.subarray(u * length, (u + 1) * length);
      return finiteOrNull(own.reduce((sum, loss) => sum + loss, 0) / length);
    });
  });
}

/** The experiment as the command line knows it. */
export const mergingExperiment = defineExperiment<MergingOptions, MergingResults>({
  name: "merging",
  summary: "averages of nets trained on single domains, against nets trained on their union",
  title: "Merged nets: what data are worth together, from nets trained apart",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  usesDigits: true,
  defaults: MERGING_DEFAULTS,
  brief: { seeds: 1, sizes: [2] },
  full: { seeds: 10 },
  check: checkedOptions,
  run: runMerging,
  report: async () => (await import("./report.ts")).mergingReport,
});
