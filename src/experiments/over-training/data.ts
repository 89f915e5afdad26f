/**
 * Draws of the over-training study: random features, a teacher that they can realize, points. And the same as a data set for a
 * net: the points, all ordered midpoints with mixed and with clean labels, test points.
 *
 * Not here: the closed form (`theory/overTraining/`).
 */

import { checkInteger, checkOptions, checkSeed } from "../../check.ts";
import { regressionDataset } from "../../data/dataset.ts";
import { normalPair } from "../../numeric/normal.ts";
import { PURPOSE } from "../../numeric/threefry.ts";
import {
  featuresAt,
  linearValues,
  orderedMidpoints,
  type RandomFeatures,
} from "../../theory/overTraining/randomFeatures.ts";
import { consecutive, type SplitData } from "../splits.ts";

export interface OverTrainingOptions {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** M; 100 by default. */
  readonly features?: number;
  /** D; 5 by default. */
  readonly dimensions?: number;
  /** N; 20 by default. */
  readonly points?: number;
  /** 2,000 by default. */
  readonly testPoints?: number;
}

/** One draw, in float64. */
export interface OverTrainingDraw {
  /** W ~ N(0, 1), `[M, D]`. */
  readonly features: RandomFeatures;
  /** theta* ~ N(0, 1), `[M]`. */
  readonly teacher: Float64Array;
  /** x ~ N(0, I), `[N, D]`. */
  readonly points: Float64Array;
  /** theta* . phi(x), `[N]`. */
  readonly targets: Float64Array;
  /** x ~ N(0, I), `[T, D]`. */
  readonly testPoints: Float64Array;
}

/** Counters of the stream; each part has its own, so that more points leave the features as they are. */
const STREAMS = { features: 0, teacher: 1, points: 2, testPoints: 3 };

/**
 * A draw of the study, a function of its options alone.
 * @throws ConfigError for a bad seed or sizes that are none.
 */
export function overTrainingDraw(options: OverTrainingOptions): OverTrainingDraw {
  checkOptions("draw", options, ["seed", "features", "dimensions", "points", "testPoints"]);
  const { seed, features: count = 100, dimensions = 5, points = 20, testPoints = 2000 } = options;
  checkSeed("draw.seed", seed);
  for (const [name, size] of Object.entries({ features: count, dimensions, points, testPoints }))
    checkInteger(`draw.${name}`, size, 1, 1e6, "a size");
  const normals = (stream: number, length: number) =>
    Float64Array.from({ length }, (_, i) => normalPair(seed, PURPOSE.randomFeatures, stream, i)[0]);
  const features = { weights: normals(STREAMS.features, count * dimensions), dimensions };
  const teacher = normals(STREAMS.teacher, count);
  const drawn = normals(STREAMS.points, points * dimensions);
  return {
    features,
    teacher,
    points: drawn,
    targets: linearValues(featuresAt(features, drawn), teacher),
    testPoints: normals(STREAMS.testPoints, testPoints * dimensions),
  };
}

/**
 * A draw as a data set `[N + 2 N^2 + T, D]` with one target: `points`, the ordered `midpoints` with mixed labels, the same with
 * the teacher's (`clean`), `test`.
 */
export function overTrainingData({
  features,
  teacher,
  points,
  targets,
  testPoints,
}: OverTrainingDraw): SplitData<"points" | "midpoints" | "clean" | "test"> {
  const { dimensions } = features;
  const middles = orderedMidpoints({ points, targets, dimensions });
  const taught = (at: Float64Array) => linearValues(featuresAt(features, at), teacher);
  const data = regressionDataset({
    points: [...points, ...middles.points, ...middles.points, ...testPoints],
    targets: [...targets, ...middles.targets, ...taught(middles.points), ...taught(testPoints)],
    dimensions,
    outputs: 1,
  });
  const pairs = middles.targets.length;
  const test = testPoints.length / dimensions;
  return { data, splits: consecutive({ points: targets.length, midpoints: pairs, clean: pairs, test }) };
}
