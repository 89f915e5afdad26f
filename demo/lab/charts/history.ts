/** Measurements of all runs so far, as the worker sends them. */

export class History {
  steps: number[] = [];
  /** `[evaluations][R * 3]`: error, loss, training loss of each run. */
  rows: Float32Array[] = [];

  add(firstEntry: number, steps: readonly number[], entries: Float32Array): void {
    this.steps.length = firstEntry;
    this.rows.length = firstEntry;
    const width = steps.length === 0 ? 0 : entries.length / steps.length;
    steps.forEach((step, e) => {
      this.steps.push(step);
      this.rows.push(entries.subarray(e * width, (e + 1) * width));
    });
  }

  value(evaluation: number, run: number, quantity: number): number {
    return this.rows[evaluation][3 * run + quantity];
  }
}
