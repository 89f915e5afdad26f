/** What the stage puts beside each other: each draws what nets say, in its own way. Types only. */

import type { LabConfig } from "../state/fields.ts";
import type { Group } from "../training/experiment.ts";
import type { History } from "../training/measured/history.ts";
import type { Frame } from "../training/protocol.ts";

export interface View {
  readonly element: HTMLElement;
  /** Whose nets are shown, if it is one group's. */
  readonly group?: Group;
  /** `history` is all that was measured, with this frame. */
  update(frame: Frame, history: History): void;
  /** Goes on with the same nets of another law, by another name. */
  rename?(group: Group): void;
  /** Takes what of a state says how to look at it. */
  look?(config: LabConfig): void;
  /** Marks the chosen training point; -1 for none. */
  choose(point: number): void;
  /** h_eps on the probe grid; empty to take it away. */
  drawOptimal(values: Float32Array): void;
  /** The theme has changed. */
  repaint(): void;
}
