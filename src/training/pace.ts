/**
 * How many steps the next submit takes: as many as fit the time budget, by the time that past submits took. Pure but
 * for the times it is told. It never changes results, only how often the queue is fed.
 */

/** Milliseconds per submit: the page stays smooth / the GPU stays busy. */
export const PACES = { interactive: 16, throughput: 100 } as const;

/** Multiply-adds of one submit, and of one dispatch where it can be divided: about half a second of the software adapter's, less of any GPU's. */
export const MOST_WORK = { software: 1e9, gpu: 2e10 } as const;

/** A pessimistic guess of multiply-adds per millisecond, for the very first submit. */
const FIRST_GUESS = 1e5;
/** A submit takes at most so many times as many steps as the one before: one quick measurement proves little. */
const MAX_GROWTH = 4;
/**
 * A dispatch of the resident kernel loads and stores all runs, which takes as long as some steps: for throughput, so many
 * steps share it, even if the submit then takes up to so many budgets.
 */
const WORTHWHILE_STEPS = 64;
const MAX_BUDGETS = 10;

export class Pace {
  private next: number;
  private millisecondsPerStep: number | undefined;

  /**
   * `fixed` steps per submit, if given, instead of adapting; `stretches` if submits of few steps may take longer than the
   * budget.
   */
  constructor(
    private readonly budget: number,
    operationsPerStep: number,
    private readonly fixed?: number,
    private readonly stretches = false,
  ) {
    this.next = fixed ?? Math.max(1, Math.floor((budget * FIRST_GUESS) / 4 / operationsPerStep));
  }

  /**
   * Steps of the submit that begins after `step` steps: never past the end, nor past `entries` evaluations.
   */
  steps(step: number, total: number, evaluateEvery: number, entries: number): number {
    // The last evaluation that has room decides; one more step would need another entry.
    const lastRoom = (Math.floor(step / evaluateEvery) + entries) * evaluateEvery;
    return Math.min(this.next, Math.max(lastRoom - step, 1), total - step);
  }

  /** A submit of `steps` steps took so long. */
  measured(steps: number, milliseconds: number): void {
    if (this.fixed !== undefined) return;
    const measured = Math.max(milliseconds, 0.01) / steps;
    this.millisecondsPerStep =
      this.millisecondsPerStep === undefined ? measured : 0.5 * (this.millisecondsPerStep + measured);
    const within = Math.floor(this.budget / this.millisecondsPerStep);
    const stretched = Math.floor((MAX_BUDGETS * this.budget) / this.millisecondsPerStep);
    const wanted = this.stretches ? Math.max(within, Math.min(stretched, WORTHWHILE_STEPS)) : within;
    this.next = Math.max(1, Math.min(wanted, this.next * MAX_GROWTH));
  }
}
