/**
 * Where a trained net's decision boundary runs: how far it is from the training points, how far the net
 * agrees with the nearest neighbour, and how far nets of different seeds agree with each other. Nets come in
 * as plain functions.
 */

import { checkInteger, checkLength, checkOptions, classLabels } from "../../check.ts";
import { ConfigError, LimitError } from "../../errors.ts";
import { type Classifier, predictedClasses, scoresAt } from "../classifier.ts";
import { labelledPoints, MOST_CLASSES, queryPoints, type TheoryData } from "../points.ts";

/** A square grid over a part of the plane. */
export interface Grid {
  /** Grid points, `[columns * rows, 2]`, x fastest; the ends are grid points. */
  readonly points: Float64Array;
  readonly columns: number;
  readonly rows: number;
}

/** Votes, of classes at points, in one array. */
const MOST_VOTES = 2 ** 28;
/** A gigabyte of coordinates. */
const MOST_GRID_POINTS = 2 ** 26;

/**
 * A grid of `columns` x `rows` points with its corners at `low` and `high`; the paper's figures have 100 x
 * 100 on [-2, 2]^2.
 * @throws ConfigError for fewer than 2 columns or rows or more points than memory, and for corners that are not
 * finite or span nothing.
 */
export function planeGrid(
  options: {
    low?: readonly [number, number];
    high?: readonly [number, number];
    columns?: number;
    rows?: number;
  } = {},
): Grid {
  checkOptions("grid", options, ["low", "high", "columns", "rows"]);
  const { low = [-2, -2], high = [2, 2], columns = 100, rows = columns } = options;
  checkInteger("grid.columns", columns, 2, MOST_GRID_POINTS, "a number of columns");
  checkInteger("grid.rows", rows, 2, MOST_GRID_POINTS, "a number of rows");
  if (columns * rows > MOST_GRID_POINTS) {
    throw new ConfigError("grid.columns", `${columns} x ${rows} points. Give at most ${MOST_GRID_POINTS}.`);
  }
  for (const [name, corner] of Object.entries({ low, high })) {
    if (queryPoints(corner, 2, `grid.${name}`).length !== 2)
      throw new ConfigError(`grid.${name}`, "is not a point of the plane. Give two numbers.");
  }
  if (!(low[0] < high[0] && low[1] < high[1])) {
    throw new ConfigError("grid.low", `[${low}] is not below [${high}] in both coordinates.`);
  }
  const points = new Float64Array(2 * columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = 2 * (row * columns + column);
      points[at] = low[0] + ((high[0] - low[0]) * column) / (columns - 1);
      points[at + 1] = low[1] + ((high[1] - low[1]) * row) / (rows - 1);
    }
  }
  return { points, columns, rows };
}

/**
 * Margins as the paper's figures show them: from each data point to the nearest grid point that is not
 * predicted to be of the data point's class, `[N]`; Infinity if there is none. A misclassified point has a
 * margin near 0, of about half the grid's spacing. `predictions` are the classes at the grid's points.
 * @throws ConfigError for data that are not in the plane, a broken grid, predictions that don't fit it or are no classes.
 */
export function gridMargins(data: TheoryData, grid: Grid, predictions: ArrayLike<number>): Float64Array {
  const { size, dimensions, points, labels } = labelledPoints(data);
  if (dimensions !== 2)
    throw new ConfigError("data.dimensions", `${dimensions}; a grid is for 2. Use segmentMargins.`);
  checkPredictions(grid, predictions);
  return Float64Array.from({ length: size }, (_, n) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < predictions.length; i++) {
      if (predictions[i] === labels[n]) continue;
      const square =
        (grid.points[2 * i] - points[2 * n]) ** 2 + (grid.points[2 * i + 1] - points[2 * n + 1]) ** 2;
      nearest = Math.min(nearest, square);
    }
    return Math.sqrt(nearest);
  });
}

/**
 * From each data point to the nearest place where the boundary crosses the grid: midpoints of neighbouring
 * grid points that are predicted differently, `[N]`; Infinity if all are predicted alike.
 * @throws ConfigError as {@link gridMargins}.
 */
export function boundaryDistances(
  data: TheoryData,
  grid: Grid,
  predictions: ArrayLike<number>,
): Float64Array {
  const { size, dimensions, points } = labelledPoints(data);
  if (dimensions !== 2)
    throw new ConfigError("data.dimensions", `${dimensions}; a grid is for 2. Use segmentMargins.`);
  checkPredictions(grid, predictions);
  const crossings: number[] = [];
  const cross = (i: number, j: number) => {
    if (predictions[i] === predictions[j]) return;
    crossings.push(0.5 * (grid.points[2 * i] + grid.points[2 * j]));
    crossings.push(0.5 * (grid.points[2 * i + 1] + grid.points[2 * j + 1]));
  };
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const i = row * grid.columns + column;
      if (column + 1 < grid.columns) cross(i, i + 1);
      if (row + 1 < grid.rows) cross(i, i + grid.columns);
    }
  }
  return Float64Array.from({ length: size }, (_, n) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < crossings.length; i += 2) {
      nearest = Math.min(
        nearest,
        (crossings[i] - points[2 * n]) ** 2 + (crossings[i + 1] - points[2 * n + 1]) ** 2,
      );
    }
    return Math.sqrt(nearest);
  });
}

/**
 * The classes a classifier predicts at points `[count, D]`.
 * @throws ConfigError for bad points, or scores that don't fit them or are NaN.
 */
export function predictAt(
  classifier: Classifier,
  points: ArrayLike<number>,
  dimensions: number,
): Uint32Array {
  checkInteger("dimensions", dimensions, 1, Number.MAX_SAFE_INTEGER, "a number of dimensions");
  const copy = queryPoints(points, dimensions, "points");
  const count = copy.length / dimensions;
  return count === 0 ? new Uint32Array(0) : predictedClasses(scoresAt(classifier, copy, count), count);
}

/**
 * The label of the nearest data point (the first of equals) for each query `[Q, D]`: what a
 * 1-nearest-neighbour classifier predicts.
 * @throws ConfigError for bad data or queries.
 */
export function nearestNeighbourLabels(data: TheoryData, queries: ArrayLike<number>): Uint32Array {
  const { size, dimensions, points, labels } = labelledPoints(data);
  const checked = queryPoints(queries, dimensions);
  return Uint32Array.from({ length: checked.length / dimensions }, (_, q) => {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let n = 0; n < size; n++) {
      let square = 0;
      for (let k = 0; k < dimensions; k++)
        square += (points[n * dimensions + k] - checked[q * dimensions + k]) ** 2;
      if (square < least) {
        least = square;
        best = n;
      }
    }
    return labels[best];
  });
}

/**
 * Share of entries in which two lists of classes agree; e.g. predictions on a grid with
 * {@link nearestNeighbourLabels} there.
 * @throws ConfigError if their lengths differ or are 0, or for entries that are no classes.
 */
export function agreement(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const [count, other] = [checkLength("first", first), checkLength("second", second)];
  if (count === 0 || count !== other)
    throw new ConfigError("predictions", `${count} against ${other} classes can't be compared.`);
  classLabels("first", first, MOST_CLASSES);
  classLabels("second", second, MOST_CLASSES);
  let equal = 0;
  for (let i = 0; i < first.length; i++) if (first[i] === second[i]) equal++;
  return equal / first.length;
}

/** How nets of different seeds vote, query by query. */
export interface SeedAgreement {
  /** Share of nets that predict each class, `[Q, C]`. */
  readonly votes: Float64Array;
  /** The class with most votes, `[Q]`; the first of equals. */
  readonly majority: Uint32Array;
  /** Share of queries on which all nets agree. */
  readonly unanimous: number;
  /**
   * Share of queries on which no class has more than 80% of the votes (two classes: a vote of 20% to 80%).
   */
  readonly contested: number;
}

/**
 * The vote of several nets: `predictions[r]` are the classes `[Q]` that net r predicts.
 * @throws ConfigError for no nets, no queries, different lengths, or classes out of range; LimitError for more votes than an array holds.
 */
export function seedAgreement(predictions: readonly ArrayLike<number>[], classes: number): SeedAgreement {
  checkInteger("classes", classes, 1, MOST_CLASSES, "a number of classes");
  const count =
    Array.isArray(predictions) && predictions.length > 0 ? checkLength("predictions[0]", predictions[0]) : 0;
  if (count === 0)
    throw new ConfigError("predictions", "none. Give at least one net's classes at one point.");
  if (count * classes > MOST_VOTES)
    throw new LimitError(
      "memory",
      8 * count * classes,
      8 * MOST_VOTES,
      "Give fewer points or classes at once.",
    );
  const votes = new Float64Array(count * classes);
  Array.from(predictions).forEach((classesOf, r) => {
    const own = checkLength(`predictions[${r}]`, classesOf);
    if (own !== count)
      throw new ConfigError(`predictions[${r}]`, `${own} classes; the first net has ${count}.`);
    classLabels(`predictions[${r}]`, classesOf, classes);
    for (let q = 0; q < count; q++) votes[q * classes + classesOf[q]]++;
  });
  const majority = predictedClasses(votes, count);
  let unanimous = 0;
  let contested = 0;
  for (let q = 0; q < count; q++) {
    const most = votes[q * classes + majority[q]];
    if (most === predictions.length) unanimous++;
    // In whole votes: 8 of 10 must not depend on how 0.8 rounds.
    if (10 * most <= 8 * predictions.length) contested++;
  }
  for (let i = 0; i < votes.length; i++) votes[i] /= predictions.length;
  return { votes, majority, unanimous: unanimous / count, contested: contested / count };
}

function checkPredictions(grid: Grid, predictions: ArrayLike<number>): void {
  checkOptions("grid", grid, ["points", "columns", "rows"]);
  checkInteger("grid.columns", grid.columns, 2, MOST_GRID_POINTS, "a number of columns");
  checkInteger("grid.rows", grid.rows, 2, MOST_GRID_POINTS, "a number of rows");
  if (queryPoints(grid.points, 2, "grid.points").length !== 2 * grid.columns * grid.rows)
    throw new ConfigError("grid", "is not a grid. Make one with planeGrid.");
  const given = checkLength("predictions", predictions);
  if (given !== grid.columns * grid.rows)
    throw new ConfigError("predictions", `${given} for a grid of ${grid.columns} x ${grid.rows} points.`);
  classLabels("predictions", predictions, MOST_CLASSES);
}
