/** How the commands of a sweep end: exit codes, and what is said of errors. */

import { ConfigError, MixupError } from "../errors.ts";

export const EXIT = { done: 0, failed: 1, misunderstood: 2, interrupted: 130 } as const;

/** To the person, not to the pipe. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a command until it ends or is told to stop; a second Ctrl-C means now.
 * @param onOrphaned calls when the command that this process works for is gone
 * @returns the exit code
 */
export async function runCommand(
  run: (signal: AbortSignal) => Promise<number>,
  onStopped: () => void,
  onOrphaned: (orphaned: () => void) => void = () => {},
): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort(new DOMException("Interrupted.", "AbortError"));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  onOrphaned(interrupt);
  try {
    return await run(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) {
      onStopped();
      return EXIT.interrupted;
    }
    if (error instanceof MixupError)
      say(`${error instanceof ConfigError ? "error" : error.name}: ${error.message}`);
    else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return error instanceof ConfigError ? EXIT.misunderstood : EXIT.failed;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}
