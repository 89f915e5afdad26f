/**
 * Weights of training points that are learnt: not negative, N in all, by Adam (.9, .999, 1e-8) from gradients that somebody else finds.
 */

const DECAY = [0.9, 0.999] as const;
const EPSILON = 1e-8;

/** All that weights go on with: themselves and Adam's moments, `[N]` each, and how many steps it has taken. */
export interface WeightsState {
  readonly values: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly steps: number;
}

export class SampleWeights implements WeightsState {
  /** `[N]`, all 1 at first. */
  readonly values: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  steps = 0;

  constructor(
    size: number,
    private readonly rate: number,
  ) {
    this.values = new Float64Array(size).fill(1);
    this.first = new Float64Array(size);
    this.second = new Float64Array(size);
  }

  /** Goes on with the state of others. */
  resume({ values, first, second, steps }: WeightsState): void {
    this.values.set(values);
    this.first.set(first);
    this.second.set(second);
    this.steps = steps;
  }

  /**
   * One step against the gradient `[N]`, then what is below 0 is 0, and all are scaled to sum to N.
   * @returns whether they moved: where all would be 0, they stay as they were.
   */
  step(gradient: ArrayLike<number>): boolean {
    this.steps++;
    const [corrected, correctedSquares] = DECAY.map((decay) => 1 - decay ** this.steps);
    const next = this.values.map((value, i) => {
      this.first[i] = DECAY[0] * this.first[i] + (1 - DECAY[0]) * gradient[i];
      this.second[i] = DECAY[1] * this.second[i] + (1 - DECAY[1]) * gradient[i] ** 2;
      const slope = this.first[i] / corrected / (Math.sqrt(this.second[i] / correctedSquares) + EPSILON);
      return Math.max(0, value - this.rate * slope);
    });
    const sum = next.reduce((total, value) => total + value, 0);
    if (!(sum > 0)) return false;
    this.values.set(next.map((value) => (value * next.length) / sum));
    return true;
  }
}
