/** Measurements of all runs so far, as the worker sends them. */

export class History {
  steps: number[] = [];
  /** `[evaluations][R * Q]`: the experiment's quantities of each run. */
  rows: Float32Array[] = [];

  /** Which evaluation is shown, where it need not be the last; -1 for none. */
  at: number | undefined;

  /** `quantities` is Q. */
  constructor(readonly quantities = 3) {}

  add(firstEntry: number, steps: readonly number[], entries: Float32Array): void {
    this.steps.length = firstEntry;
    this.rows.length = firstEntry;
    const width = steps.length === 0 ? 0 : entries.length / steps.length;
    steps.forEach((step, e) => {
      this.steps.push(step);
      this.rows.push(entries.subarray(e * width, (e + 1) * width));
    });
  }

  /** The evaluation that is shown; -1 for none. */
  get shown(): number {
    const last = this.steps.length - 1;
    return Math.min(this.at ?? last, last);
  }

  /** R, once there is something. */
  get runs(): number {
    return (this.rows[0]?.length ?? 0) / this.quantities;
  }

  value(evaluation: number, run: number, quantity: number): number {
    return this.rows[evaluation][this.quantities * run + quantity];
  }
}
