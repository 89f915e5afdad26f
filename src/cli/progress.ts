/**
 * A progress bar with the time that is left: one line that rewrites itself on a terminal, a line now and then
 * elsewhere.
 */

import type { ExperimentProgress } from "../experiments/experiment.ts";

/** Where the bar is drawn: `process.stderr`, or a test's stand-in. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressBar {
  update(progress: ExperimentProgress): void;
  /** Clears the bar from a terminal; what comes next starts on an empty line. */
  close(): void;
}

const TERMINAL_INTERVAL = 100;
const LINE_INTERVAL = 5000;
const BAR_WIDTH = 24;

/** A bar on a stream; `now` is the clock in ms. */
export function progressBar(
  stream: ProgressStream,
  now: () => number = () => performance.now(),
): ProgressBar {
  const started = now();
  let drawn = Number.NEGATIVE_INFINITY;
  let complete = false;
  return {
    update(progress) {
      const time = now();
      const terminal = stream.isTTY === true;
      if (progress.notice !== undefined) stream.write(`${terminal ? "\r\x1b[2K" : ""}${progress.notice}\n`);
      const early = time - drawn < (terminal ? TERMINAL_INTERVAL : LINE_INTERVAL);
      if (complete || (early && progress.fraction < 1)) return;
      drawn = time;
      complete = progress.fraction >= 1;
      const text = progressLine(progress, (time - started) / 1000);
      stream.write(terminal ? `\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}` : `${text}\n`);
    },
    close() {
      if (stream.isTTY === true) stream.write("\r\x1b[2K");
    },
  };
}

/** `━━━━━━──────────  42%  10 points, 2 classes  2,100 of 5,000 steps  1:12 left`. */
export function progressLine(
  { label, step, steps, fraction }: ExperimentProgress,
  elapsedSeconds: number,
): string {
  const full = Math.round(Math.min(Math.max(fraction, 0), 1) * BAR_WIDTH);
  const bar = "━".repeat(full) + "─".repeat(BAR_WIDTH - full);
  const percent = `${Math.floor(fraction * 100)}%`.padStart(4);
  const left = timeLeft(fraction, elapsedSeconds);
  const counted = steps > 0 ? `  ${thousands(step)} of ${thousands(steps)} steps` : "";
  const done = `${bar} ${percent}  ${label}${counted}`;
  return left === "" ? done : `${done}  ${left} left`;
}

/** `1:12` from the share that is done and the time it took; empty when that says nothing. */
export function timeLeft(fraction: number, elapsedSeconds: number): string {
  if (!(fraction > 0.005) || fraction >= 1 || elapsedSeconds < 0.5) return "";
  return clock((elapsedSeconds * (1 - fraction)) / fraction);
}

/** Seconds as `0:07`, `12:30` or `1:02:03`; rounded up, so that it says 0:00 only at the end. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function thousands(value: number): string {
  return value.toLocaleString("en-US");
}
