/**
 * Rare features (claims b and c): nets of patches with squares, on draws of {@link rareFeatures}. One population trains all laws, those
 * that are switched off early and all draws; what is tested is drawn once, for all.
 */

import { square } from "../../model/layers/activation.ts";
import { sgd } from "../../model/optimizer.ts";
import { finiteOrNull, spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { RunConfig } from "../../population/population.ts";
import type { TrainConfig, TrainingResult } from "../../training/training.ts";
import { FROZEN, type PatchNetOptions, patchNet, patchParameters } from "../patches.ts";
import { shareOf, wrongPoints } from "../predictions.ts";
import { selectRows, stacked } from "../splits.ts";
import type { Trainer } from "../trainer.ts";
import { rareFeatures } from "./data.ts";
import { mixingOf } from "./laws.ts";
import type { RareGroup, RareRun, RareSetting } from "./results.ts";

const CLASSES = 2;
const LEARNING_RATE = 0.5;
const DEVIATION = 0.01;
/** Evaluations of a training. */
const EVALUATIONS = 16;
/** Seed of the test points, which no run has. */
const TEST_SEED = 0xffffffff;

/** What is compared: laws, then those that end early. */
export function rareLaws({ laws, switches }: RareSetting): Pick<RareGroup, "law" | "until">[] {
  return [
    ...laws.map((law) => ({ law, until: null })),
    ...switches.map((until) => ({ law: "tied" as const, until })),
  ];
}

/** The population, and where its runs' rare training points are. */
export interface RarePopulation {
  readonly config: TrainConfig;
  /** Rows of each draw. */
  readonly rare: readonly Uint32Array[];
}

/** All laws, of each all draws. */
export function rarePopulation(seeds: number, setting: RareSetting): RarePopulation {
  const { points, dimensions, filters, steps } = setting;
  const net: PatchNetOptions = { patches: 4, dimensions, classes: CLASSES, filters, activation: square() };
  const draws = range(seeds).map((seed) => {
    const { data, splits } = rareFeatures({ seed, points, dimensions, test: 1 });
    const { training, rare } = splits;
    return { data: selectRows(data, training), splits: { training, rare } };
  });
  const { data, splits } = stacked(draws);
  const test = testPoints(setting);
  const first = range(seeds).map((seed) => patchParameters(net, { seed, deviation: DEVIATION }));
  const runs = rareLaws(setting).flatMap(({ law, until }) =>
    range(seeds).map(
      (seed): RunConfig => ({
        seed,
        mixing: mixingOf(law),
        train: splits[seed].training,
        frozen: FROZEN,
        parameters: first[seed],
        ...(until !== null && { phases: [{ from: until, mixing: mixingOf("ERM") }] }),
      }),
    ),
  );
  const config: TrainConfig = {
    data,
    model: patchNet(net),
    optimizer: sgd({ learningRate: LEARNING_RATE }),
    steps,
    batch: "full",
    evaluateEvery: Math.max(1, Math.round(steps / EVALUATIONS)),
    evaluationData: selectRows(test.data, test.splits.rareTest),
    runs,
  };
  return { config, rare: splits.map((draw) => draw.rare) };
}

function testPoints({ points, dimensions }: RareSetting) {
  return rareFeatures({ seed: TEST_SEED, points, dimensions });
}

/** What became of the runs. */
export async function rareGroups(
  trainer: Trainer,
  { config, rare }: RarePopulation,
  { curves, runs }: TrainingResult,
  setting: RareSetting,
  signal?: AbortSignal,
): Promise<RareGroup[]> {
  const seeds = rare.length;
  const { data, splits } = testPoints(setting);
  const common = selectRows(data, splits.commonTest);
  const commonWrong = await wrongPoints(trainer, config.model, runs, common, signal);
  const rareRows = Uint32Array.from(rare.flatMap((rows) => [...rows]));
  const each = rareRows.length / seeds;
  const rareData = selectRows(config.data, rareRows);
  const rareWrong = await wrongPoints(trainer, config.model, runs, rareData, signal);
  return rareLaws(setting).map(({ law, until }, l) => {
    const own = range(seeds).map((seed): RareRun => {
      const r = l * seeds + seed;
      return {
        seed,
        rareCurve: curves.step.map((_, i) => finiteOrNull(curves.runs[r].error[i])),
        rare: finiteOrNull(runs[r].error),
        common: shareOf(commonWrong[r]),
        rareTraining: shareOf(rareWrong[r], range(each, seed * each)),
        failure: runs[r].failure?.step ?? null,
      };
    });
    const over = curves.step.map((_, i) => spread(own.map(({ rareCurve }) => rareCurve[i])));
    return {
      law,
      until,
      curve: {
        step: [...curves.step],
        mean: over.map(({ mean }) => mean),
        std: over.map(({ std }) => std),
      },
      rare: spread(own.map((run) => run.rare)),
      common: spread(own.map((run) => run.common)),
      rareTraining: spread(own.map((run) => run.rareTraining)),
      runs: own,
    };
  });
}
