/**
 * The two loops of RC-Mixup (Hwang, Kim, Whang, KDD 2024, arXiv 2405.17938) over a population: points of large loss left out every
 * so often, and the bandwidth searched for by forks. A run keeps what is decided for it until the next decision.
 *
 * The card of the method is all that was at hand beside its public code: the loop is rebuilt, with a trimmed loss (ITLM) as the
 * robust trainer, decisions every so many steps instead of epochs, and no reset of the optimizer after the warm-up.
 */

import type { Dataset } from "../../data/dataset.ts";
import { labelKernel } from "../../mixing/labelKernel.ts";
import { beta } from "../../mixing/laws.ts";
import { type Mixing, mixup } from "../../mixing/mixing.ts";
import { rankedIndices, trim } from "../../numeric/ranking.ts";
import { range } from "../../population/grid.ts";
import type { PopulationHandle } from "../../training/openPopulation.ts";
import { trainStretch } from "../stretch.ts";
import type { ForkRound } from "./results.ts";

/** Who is told of the steps, and who may stop them. */
export interface Watch {
  report(step: number): void;
  readonly signal?: AbortSignal;
}

/** C-Mixup (Yao et al., NeurIPS 2022, arXiv 2210.05775, section 3): partners by nearness of labels, one Beta(2, 2) lambda a batch. */
export function cMixup(bandwidth: number): Mixing {
  return mixup(beta(2), { pairing: labelKernel({ bandwidth }) });
}

/**
 * Trains until `until` steps are done in all.
 * @throws the signal's reason when stopped.
 */
export async function trainTo(
  handle: PopulationHandle,
  until: number,
  { report, signal }: Watch,
): Promise<void> {
  const begin = handle.step;
  await trainStretch(handle, until - begin, (done) => report(begin + done), signal);
}

/** Which points are left out, and when. */
export interface Trimming {
  /** What `rows` are of. */
  readonly data: Dataset;
  /** Each run's whole training set, `[R]` lists of rows; trimmed or not. */
  readonly rows: readonly Uint32Array[];
  /** Runs that are trimmed. */
  readonly runs: readonly number[];
  /** tau, share of the points that is left out. */
  readonly share: number;
  /** First decision, and steps between two. */
  readonly warm: number;
  readonly every: number;
}

/**
 * Trains until `until`; from step `warm` on the trimmed runs go on, every `every` steps, with the ceil((1 - tau) n) points of
 * smallest loss under the net as it is then, unmixed. One readback a decision.
 */
export async function trainTrimmed(
  handle: PopulationHandle,
  until: number,
  trimming: Trimming,
  watch: Watch,
): Promise<void> {
  const { data, rows, runs, share, warm, every } = trimming;
  while (handle.step < until) {
    const { step } = handle;
    if (step >= warm && (step - warm) % every === 0) {
      const losses = await handle.losses(data, { points: rows });
      await handle.set(runs, (r) => ({ train: trim(losses[r], share).map((i) => rows[r][i]) }));
    }
    const next = step < warm ? warm : step + every - ((step - warm) % every);
    await trainTo(handle, Math.min(until, next), watch);
  }
}

/** How the bandwidth is searched for. */
export interface Search {
  readonly candidates: readonly number[];
  /** L, steps from one search to the next; the first begins when the warm-up ends. */
  readonly every: number;
  /** N, steps of each fork. */
  readonly steps: number;
  /** Clean points by which the forks are compared, `[R]` lists of rows. */
  readonly validation: readonly Uint32Array[];
}

/**
 * Trains to `until` steps, trimmed, and searches for each run's bandwidth on the way: a fork for each candidate trains N steps, and the
 * one of smallest loss on the validation points goes on, the first of equals. Its N steps count, the others' do not.
 * Forks draw by seeds of their own: run r's in round k are R (1 + k K + c) + r.
 */
export async function trainSearching(
  handle: PopulationHandle,
  until: number,
  trimming: Trimming,
  search: Search,
  watch: Watch,
): Promise<ForkRound[]> {
  const { candidates, every, steps, validation } = search;
  const runs = handle.size;
  const count = candidates.length;
  const forks = range(runs * count);
  const each = <T>(list: readonly T[]) => forks.map((f) => list[Math.floor(f / count)]);
  const rounds: ForkRound[] = [];
  for (let begin = trimming.warm; begin < until; begin += every) {
    await trainTrimmed(handle, begin, trimming, watch);
    await handle.fork(each(range(runs)));
    await handle.set(forks, (f) => ({
      seed: runs * (1 + rounds.length * count + (f % count)) + Math.floor(f / count),
      mixing: cMixup(candidates[f % count]),
    }));
    await trainTrimmed(
      handle,
      Math.min(until, begin + steps),
      { ...trimming, rows: each(trimming.rows), runs: forks },
      watch,
    );
    const found = await handle.evaluate(trimming.data, { points: each(validation) });
    const best = range(runs).map((r) => {
      const losses = found.slice(r * count, (r + 1) * count).map(({ loss }) => loss);
      return rankedIndices(losses)[0];
    });
    await handle.fork(best.map((c, r) => r * count + c));
    rounds.push({ step: begin, chosen: best.map((c) => candidates[c]) });
  }
  await trainTrimmed(handle, until, trimming, watch);
  return rounds;
}
