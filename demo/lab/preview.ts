/**
 * A look that is not kept: the picture moves to what a sentence of the story speaks of while somebody points at it, and back. Nothing
 * is trained for it, and neither link nor history know of it.
 *
 * Not here: the sentences (`state/stories.ts`, `controls/story.ts`), keeping a look, which is a change like others (`main.ts`).
 */

import { waypoints } from "./recording/plan.ts";
import type { Scrubbing } from "./scrubbing.ts";
import type { LabConfig } from "./state/fields.ts";
import { hasTheory, PRESETS } from "./state/presets.ts";
import type { Look } from "./state/stories.ts";

/** Milliseconds of a picture on the way, and how many there are at most. */
const INTERVAL = 45;
const MOST = 7;

export interface PreviewHandlers {
  readonly scrubbing: Scrubbing;
  /** The state, to which it comes back. */
  config(): LabConfig;
  /** Something else is seen than before. */
  moved(before: LabConfig, seen: LabConfig): void;
}

export class Preview {
  private own: LabConfig | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly lab: PreviewHandlers) {}

  /** What is seen: the state, or what is shown in its place. */
  get seen(): LabConfig {
    return this.own ?? this.lab.config();
  }

  /** Moves to a look, as far as it can be shown without a training. */
  show(look: Look): void {
    const { scrubbing } = this.lab;
    if (scrubbing.isPlaying) return;
    const state = this.lab.config();
    this.move({ ...state, ...shownWithoutTraining(look, state, scrubbing.isOn) });
  }

  /** Comes back. */
  end(): void {
    if (this.own !== undefined) this.move(this.lab.config());
  }

  /** Another state is shown: there is nothing to come back to. */
  forget(): void {
    clearInterval(this.timer);
    this.own = undefined;
  }

  private move(to: LabConfig): void {
    clearInterval(this.timer);
    const { scrubbing } = this.lab;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const { plan, count } = scrubbing;
    const way = plan === undefined || isStill ? [to] : waypoints(plan, this.seen, to, count, MOST);
    const step = () => {
      const before = this.seen;
      const next = way.shift()!;
      this.own = way.length === 0 && next === this.lab.config() ? undefined : next;
      if (way.length === 0) clearInterval(this.timer);
      this.lab.moved(before, next);
    };
    step();
    if (way.length > 0) this.timer = setInterval(step, INTERVAL);
  }
}

/** The part of a look that shows what there is. */
function shownWithoutTraining({ alpha, at, ...look }: Look, state: LabConfig, isRecorded: boolean): Look {
  if (isRecorded) return { ...look, ...(alpha !== undefined && { alpha }), ...(at !== undefined && { at }) };
  const { view, optimal, epsilon, ...mixture } = look;
  const theory = { ...(optimal !== undefined && { optimal }), ...(epsilon !== undefined && { epsilon }) };
  const isTrained = view === "sweep" || state.view === "sweep";
  const isKnown = view !== undefined && (PRESETS[state.preset].views?.includes(view) ?? true);
  return { ...mixture, ...(hasTheory(state) && theory), ...(isKnown && !isTrained && { view }) };
}
