/**
 * How long a recording still takes: a stretch of steps takes a time of its own and a time for each step, fitted to those that are
 * done. Pure but for the clock.
 */

/** The first stretches compile kernels: they say nothing about the others. */
const FIRST = 3;

export class Pacing {
  private mark = 0;
  private stretches = 0;
  private step = 0;
  /** Of the stretches that count: their number, and sums over their steps s and milliseconds t. */
  private readonly sums = { n: 0, s: 0, t: 0, ss: 0, st: 0 };

  constructor(
    private readonly moments: readonly number[],
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** It begins after `step` steps, or goes on after a pause. */
  begin(step: number): void {
    this.mark = this.now();
    this.stretches = 0;
    this.step = step;
  }

  /** All steps up to this one are done, and their nets are kept. */
  recorded(step: number): void {
    const now = this.now();
    const [s, t] = [step - this.step, now - this.mark];
    this.mark = now;
    this.step = step;
    this.stretches++;
    if (this.stretches <= FIRST) return;
    const { sums } = this;
    sums.n++;
    sums.s += s;
    sums.t += t;
    sums.ss += s * s;
    sums.st += s * t;
  }

  /** Seconds until all is recorded, with `count` of the steps recorded; undefined before it can be told, and at the end. */
  secondsLeft(count: number): number | undefined {
    const { moments } = this;
    const { n, s, t, ss, st } = this.sums;
    const spread = n * ss - s * s;
    // While all stretches are of one step, nothing tells a step from a stretch.
    if (spread <= 0 || count >= moments.length) return undefined;
    const perStep = Math.max(0, (n * st - s * t) / spread);
    const perStretch = Math.max(0, (t - perStep * s) / n);
    const steps = moments[moments.length - 1] - moments[count - 1];
    return (steps * perStep + (moments.length - count) * perStretch) / 1000;
  }
}
