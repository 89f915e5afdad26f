/** How far a sweep is, as a line: shards by their files, whoever computed them, and the time that is left by those that were finished since. */

import { clock, type ProgressStream } from "../progress.ts";

const TERMINAL_INTERVAL = 1000;
const LINE_INTERVAL = 10_000;

export interface SweepCounts {
  readonly shards: number;
  readonly done: number;
  readonly failed: number;
  /** Shards that are computed at this moment, where that is known. */
  readonly running?: number;
}

export class SweepProgress {
  private readonly started: number;
  private drawn: number;
  private first: number | undefined;
  private netSteps = 0;

  constructor(
    private readonly stream: ProgressStream,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.started = now();
    this.drawn = this.started;
  }

  /** Steps of runs that this process has done. */
  add(netSteps: number): void {
    this.netSteps += netSteps;
  }

  /** Whether it is time for a line; whoever is told so draws it. */
  takeTurn(): boolean {
    const now = this.now();
    const isDue = now - this.drawn >= (this.stream.isTTY === true ? TERMINAL_INTERVAL : LINE_INTERVAL);
    if (isDue) this.drawn = now;
    return isDue;
  }

  draw(counts: SweepCounts): void {
    this.first ??= counts.done;
    const seconds = (this.now() - this.started) / 1000;
    const text = sweepLine(counts, this.netSteps / seconds, this.first, seconds);
    const { stream } = this;
    stream.write(
      stream.isTTY === true ? `\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}` : `${text}\n`,
    );
  }

  close(): void {
    if (this.stream.isTTY === true) this.stream.write("\r\x1b[2K");
  }
}

/** `shards 1204/1954  running 16  failed 2  1.9M net-steps/s  2:10:00 left`. */
export function sweepLine(
  { shards, done, failed, running }: SweepCounts,
  netStepsPerSecond: number,
  doneAtFirst: number,
  seconds: number,
): string {
  const here = done - doneAtFirst;
  return [
    `shards ${done}/${shards}`,
    ...(running === undefined ? [] : [`running ${running}`]),
    ...(failed > 0 ? [`failed ${failed}`] : []),
    ...(netStepsPerSecond > 0 ? [`${short(netStepsPerSecond)} net-steps/s`] : []),
    ...(here > 0 && done < shards ? [`${clock((seconds / here) * (shards - done))} left`] : []),
  ].join("  ");
}

/** `950`, `15k`, `1.9M`. */
export function short(value: number): string {
  const [scaled, unit] = value >= 1e6 ? [value / 1e6, "M"] : value >= 1e3 ? [value / 1e3, "k"] : [value, ""];
  return `${scaled >= 10 || unit === "" ? Math.round(scaled) : scaled.toFixed(1)}${unit}`;
}
