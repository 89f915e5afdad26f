/**
 * The states that were, for undo and redo, and the pages of the browser's history that they belong to: one line of
 * time, which both go along. Pure.
 *
 * Not here: keys, buttons and the browser's history itself (`navigation.ts`).
 */

import type { FieldName, LabConfig } from "./fields.ts";

/** A state, and the page of the browser's history that shows it. */
export interface Moment {
  readonly config: LabConfig;
  readonly page: number;
}

/** Changes of the same settings that follow each other so fast, in milliseconds, are one: a slider on its way. */
const ONE_MOVE = 1000;
/** Moments that are kept. */
const MOST = 200;

export class Timeline {
  private past: Moment[] = [];
  private future: Moment[] = [];
  private last = { fields: "", time: Number.NEGATIVE_INFINITY };

  constructor(private now: Moment) {}

  get page(): number {
    return this.now.page;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** A change of these fields at a time in milliseconds, on the same page. */
  record(config: LabConfig, changed: readonly FieldName[], time: number): void {
    if (changed.length === 0) return;
    const fields = changed.join();
    const { last } = this;
    // Every point that is drawn can be taken back.
    const isOneMove = fields === last.fields && time - last.time < ONE_MOVE && !changed.includes("own");
    this.last = { fields, time };
    if (isOneMove) this.now = { ...this.now, config };
    else this.add({ config, page: this.now.page });
    this.future = [];
  }

  /** A change to another page. */
  turn(config: LabConfig, page: number): void {
    this.settle();
    this.add({ config, page });
    this.future = [];
  }

  undo(): Moment | undefined {
    return this.step(this.past, this.future);
  }

  redo(): Moment | undefined {
    return this.step(this.future, this.past);
  }

  /** Goes to the moment at which a page was left; undefined if it is not known. */
  travel(page: number): Moment | undefined {
    const isHere = (moment: Moment) => moment.page === page;
    if (this.past.some(isHere)) {
      while (this.now.page !== page) this.undo();
      return this.now;
    }
    if (!this.future.some(isHere)) return undefined;
    while (this.now.page !== page || this.future.at(-1)?.page === page) this.redo();
    return this.now;
  }

  private step(from: Moment[], to: Moment[]): Moment | undefined {
    const moment = from.pop();
    if (moment === undefined) return undefined;
    this.settle();
    to.push(this.now);
    this.now = moment;
    return moment;
  }

  private add(moment: Moment): void {
    this.past = [...this.past, this.now].slice(-MOST);
    this.now = moment;
  }

  /** What comes next is a change of its own. */
  private settle(): void {
    this.last = { fields: "", time: Number.NEGATIVE_INFINITY };
  }
}
