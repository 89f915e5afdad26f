/** Asks the worker for theory, one question at a time: what is asked meanwhile waits, and only the last of it is asked. */

/** Milliseconds after which an answer is not waited for any more. */
const PATIENCE = 4000;

export class TheoryTurns {
  private askedAt: number | undefined;
  private waits = false;

  /** `ask` sends the question as it is then. */
  constructor(private readonly ask: () => void) {}

  /** Asks, now or after the answer that is under way. */
  offer(): void {
    const now = performance.now();
    this.waits = this.askedAt !== undefined && now - this.askedAt < PATIENCE;
    if (this.waits) return;
    this.askedAt = now;
    this.ask();
  }

  answered(): void {
    this.askedAt = undefined;
    if (this.waits) this.offer();
  }

  /** Nothing that was asked is of use any more. */
  forget(): void {
    this.askedAt = undefined;
    this.waits = false;
  }
}
