/**
 * Nets of single domains trained. The first stage trains the starts on plain digits: one for all of a draw, and one for each domain;
 * then they are forked, and each net goes on with its domain. Merged nets are measured in a population of their own: the one that
 * trains on knows nothing of them.
 *
 * Not here: data (`merging.ts`), the loop (`methodTraining.ts`).
 */

import { DOMAINS, startSeeds } from "../../../../src/experiments/merging/data.ts";
import {
  adam,
  type Device,
  erm,
  type PopulationHandle,
  type RunConfig,
  range,
  reopenPopulation,
} from "../../../../src/index.ts";
import type { Experiment } from "../experiment.ts";
import { pairMeasure } from "../measured/quantities.ts";
import type { LabTrainOptions } from "../training.ts";
import { domainPairs, MERGING_RATES } from "./merging.ts";
import { type Measures, type MethodPlan, MethodTraining } from "./methodTraining.ts";

export class MergingTraining extends MethodTraining {
  constructor(
    device: Device,
    experiment: Experiment,
    checkpoint: Uint8Array | undefined,
    options: LabTrainOptions,
  ) {
    super(device, experiment, planOf(device, experiment), checkpoint, options);
  }
}

/**
 * Which runs there are, of S draws. Shown are 2 S: run d is draw d from starts of their own, run S + d from one start. The run of an
 * index below 2 S is the shown one's net of the first domain, in both stages.
 */
export class MergingRuns {
  /** How many are shown. */
  readonly shown: number;
  /** Of the first stage: a block of S own starts of the first domain, one of S common starts, then own ones, domain by domain. */
  readonly starts: number;

  constructor(readonly draws: number) {
    this.shown = 2 * draws;
    this.starts = (DOMAINS.length + 1) * draws;
  }

  /** The start of a shown run's net of domain u. */
  start(shown: number, u: number): number {
    const isCommon = shown >= this.draws;
    const block = isCommon ? 1 : u === 0 ? 0 : u + 1;
    return block * this.draws + (shown % this.draws);
  }

  /** That net, in a population of a size: before the fork its start. */
  net(shown: number, u: number, size: number): number {
    return size === this.starts ? this.start(shown, u) : u * this.shown + shown;
  }

  /** Whose net or start it is. */
  shownOf(run: number, size: number): number {
    return size === this.starts && run >= this.shown ? run % this.draws : run % this.shown;
  }
}

function planOf(device: Device, { merging, train }: Experiment): MethodPlan {
  const { draws, before, stops } = merging!;
  const K = DOMAINS.length;
  const layout = new MergingRuns(draws.length);
  const pairs = domainPairs(K);
  const drawOf = (shown: number) => draws[shown % draws.length];
  // Runs of the same list are measured together: one for each draw and pair.
  const points = draws.map(({ validation }) =>
    pairs.map(([i, j]) => (i === j ? validation[i] : Uint32Array.from([...validation[i], ...validation[j]]))),
  );
  const starts: RunConfig[] = [];
  draws.forEach(({ training }, d) => {
    const [common, ...own] = startSeeds(train.runs[d].seed);
    const start = (seed: number) => ({ seed, mixing: erm(), train: training[0] });
    starts[layout.start(draws.length + d, 0)] = start(common);
    own.forEach((seed, u) => {
      starts[layout.start(d, u)] = start(seed);
    });
  });
  return {
    runs: starts,
    metadata: "merging",
    measures: pairs.map(([i, j]) => pairMeasure(i, j)),
    stops: stops.map((stop) => before + stop),
    shownRuns: (run, size) => [layout.shownOf(run, size)],
    async measure(handle) {
      const { size } = handle;
      const found = range(layout.shown).map((): Partial<Record<string, number>> => ({}));
      // What has diverged has no mean with others.
      const isAlive = (await handle.losses(undefined, { points: [0] })).map(([loss]) => !Number.isNaN(loss));
      const merged = range(layout.shown).flatMap((shown) =>
        pairs.flatMap(([i, j], p) => {
          const nets = [...new Set([i, j])].map((u) => layout.net(shown, u, size));
          return nets.every((net) => isAlive[net]) ? [{ shown, p, nets }] : [];
        }),
      );
      if (merged.length > 0) {
        const means = reopenPopulation(device, await handle.snapshot());
        try {
          await means.average(merged.map(({ nets }) => nets));
          const evaluations = await means.evaluate(undefined, {
            points: merged.map(({ shown, p }) => points[shown % draws.length][p]),
          });
          evaluations.forEach(({ loss }, m) => {
            const { shown, p } = merged[m];
            found[shown][pairMeasure(...pairs[p])] = loss;
          });
        } finally {
          means.destroy();
        }
      }
      return found as Measures[];
    },
    async settle(handle: PopulationHandle) {
      if (handle.step < before || handle.size !== layout.starts) return;
      const members = range(K).flatMap((u) => range(layout.shown).map((shown) => ({ u, shown })));
      // Asked for together: no checkpoint finds the fork without the change.
      await Promise.all([
        handle.fork(members.map(({ u, shown }) => layout.start(shown, u))),
        handle.set(range(members.length), (r) => ({
          optimizer: adam({ learningRate: MERGING_RATES[1] }),
          train: drawOf(members[r].shown).training[members[r].u],
        })),
      ]);
    },
  };
}
