/** News of a training to whoever iterates over it: the newest alone, and the last one always. */

export class ProgressNews {
  private told = 0;
  private isOver = false;
  private waiting: (() => void)[] = [];

  /** There is something new. */
  tell(): void {
    this.told++;
    this.wake();
  }

  /** Nothing more will come. */
  end(): void {
    this.isOver = true;
    this.wake();
  }

  /** What `now` gives whenever there is something new; then throws what `result` does. */
  async *each<T>(now: () => T, result: Promise<unknown>): AsyncGenerator<T> {
    let seen = 0;
    while (true) {
      if (this.told > seen) {
        seen = this.told;
        yield now();
      } else if (this.isOver) {
        await result;
        return;
      } else await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
