/**
 * The sliders over a recording: alpha and time, what is recorded and what is on its way, and the way to a live training and back.
 *
 * Not here: the slider over ε, which stands with the Mixup-optimal classifier (`choices.ts`).
 */

import { byId, html, setText } from "../page/dom.ts";
import { MEASURES } from "../recording/mixtures.ts";
import {
  nearestAlpha,
  nearestMoment,
  type RecordingPlan,
  recordingPlan,
  snapped,
} from "../recording/plan.ts";
import type { LabConfig } from "../state/fields.ts";
import type { Experiment } from "../training/experiment.ts";
import type { History } from "../training/measured/history.ts";
import { groupSpread } from "../training/measured/spread.ts";
import { shortNumber } from "../training/mixings.ts";
import type { Frame } from "../training/protocol.ts";
import { AlphaTrack, type Relief } from "./alphaTrack.ts";
import { TimeTrack } from "./timeTrack.ts";
import { valueText } from "./track.ts";

/** Presets whose nets make no errors on their points: their relief is the loss. */
const WITHOUT_ERRORS: readonly LabConfig["preset"][] = ["moons", "linear"];

export class Tracks {
  private plan: RecordingPlan | undefined;
  /** Index of the quantity that is drawn as relief and over time. */
  private quantity = 0;
  private count = 1;
  private isSweep = false;
  private readonly note = html("p", { class: "tracks-note" });
  private readonly text = html("span");
  private readonly button = html("button", { type: "button", class: "quiet" });
  private readonly alpha: AlphaTrack;
  private readonly time: TimeTrack;
  private live = false;
  private wish: number | undefined;

  constructor(private readonly change: (change: Partial<LabConfig>) => void) {
    this.alpha = new AlphaTrack({
      moved: (stop) => {
        // Whoever drags one of all opens it.
        if (this.plan !== undefined)
          change({ alpha: this.plan.alphas[stop], ...(this.isSweep && { view: "picture" }) });
      },
    });
    this.time = new TimeTrack({ moved: (stop) => this.goTo(stop) });
    this.button.addEventListener("click", () =>
      change(
        this.live ? { live: false } : { live: true, ...(this.wish !== undefined && { alpha: this.wish }) },
      ),
    );
    this.note.append(this.text, this.button);
    byId("tracks").append(this.alpha.element, this.time.element, this.note);
  }

  /** Another session: a recording by its plan, or a training without one. */
  show(plan: RecordingPlan | undefined, config: LabConfig): void {
    const isSame =
      this.plan !== undefined && plan !== undefined && String(this.plan.moments) === String(plan.moments);
    this.plan = plan;
    this.live = config.live;
    this.quantity = WITHOUT_ERRORS.includes(config.preset) ? 1 : 0;
    this.count = 1;
    // What could be recorded says so; what can't has no tracks.
    const couldBe = plan === undefined && config.live && couldRecord(config);
    byId("tracks").hidden = plan === undefined && !couldBe;
    this.alpha.element.hidden = plan === undefined;
    this.time.element.hidden = plan === undefined;
    if (plan === undefined) {
      setText(this.text, "This law alone is trained, while you look on.");
      setText(this.button, "Record all α");
      return;
    }
    this.asked(this.wish);
    if (!isSame) this.time.show(plan.moments);
    this.alpha.markFlip(null);
    this.alpha.show(plan.alphas);
    // Before there are nets the thumb stands where they will be.
    this.alpha.update(nearestAlpha(plan, config.alpha), { name: "", isShare: true, values: [], top: 1 });
  }

  /** Somebody asked for an alpha that is not recorded: what is shown instead is said. */
  asked(alpha: number | undefined): void {
    this.wish = alpha;
    if (this.plan !== undefined)
      setText(this.button, alpha === undefined ? "Train live" : `Train α = ${shortNumber(alpha)} live`);
  }

  /** Shows a frame of the recording. */
  update({ recorded }: Frame, { groups, quantities }: Experiment, history: History): void {
    const { plan, quantity } = this;
    if (plan === undefined || recorded === undefined) return;
    this.count = recorded.count;
    this.isSweep = recorded.alpha < 0;
    const { kind, name } = quantities[quantity];
    const isShare = kind === "share";
    const word = name.toLowerCase();
    const values = plan.alphas.map((_, a) => recorded.relief[a * MEASURES + quantity]);
    // Shares stand on one scale whatever the step: a relief that grows is seen to grow.
    const top = isShare
      ? Math.max(0.34, ...values.filter(Number.isFinite))
      : Math.max(...values.filter(Number.isFinite), 0);
    const isMeasured = recorded.moment > 0;
    this.alpha.update(
      recorded.alpha,
      geometryRelief(recorded) ?? {
        name: word,
        isShare,
        values: isMeasured ? values : values.map(() => Number.NaN),
        top,
      },
    );
    const shown = recorded.alpha < 0 ? [] : groups;
    const curves = shown.map((group) => ({
      kind: group.kind,
      values: groupSpread(history, group, quantity).mean,
    }));
    const erm = curves.find(({ kind: own }) => own === "erm")?.values[recorded.moment - 1];
    const isWhole = recorded.count === plan.moments.length;
    const note = isWhole
      ? "recorded"
      : progressText(recorded.count / plan.moments.length, recorded.secondsLeft);
    const heard = erm === undefined ? "" : `, ${word} of ERM ${valueText(erm, isShare)}`;
    this.time.update(recorded, curves, { note, heard });
    setText(
      this.text,
      this.wish === undefined
        ? `${plan.train.runs.length} nets at ${plan.moments.length} steps; the marks are what is recorded, and nothing between them is made up.`
        : `α = ${shortNumber(this.wish)} is not recorded: this is ${shortNumber(plan.alphas[Math.max(0, recorded.alpha)])}, the nearest that is.`,
    );
  }

  /** Marks where h_eps begins to fail. */
  showFlip(alpha: number | null): void {
    this.alpha.markFlip(alpha);
  }

  /** Steps that are recorded by now. */
  get recordedSteps(): number {
    return this.count;
  }

  /** The recorded step after that of a state, or the first; undefined at the end. */
  next(at: number): number | undefined {
    const { plan, count } = this;
    if (plan === undefined) return undefined;
    const stop = nearestMoment(plan, at, count) + 1;
    return stop < count ? plan.moments[stop] : undefined;
  }

  /** The last stop follows a recording that grows. */
  private goTo(stop: number): void {
    const { plan, count } = this;
    if (plan === undefined) return;
    this.change({ at: stop >= count - 1 ? -1 : plan.moments[stop] });
    // Beyond what is recorded the thumb does not go.
    if (stop >= count) this.time.stay();
  }
}

/** What is drawn over alpha instead of a loss, where it says where nets cut. */
function geometryRelief({ geometry }: NonNullable<Frame["recorded"]>): Relief | undefined {
  if (geometry === undefined) return undefined;
  const values = Array.from(geometry.values);
  const isCosine = geometry.kind === "cosine";
  return {
    name: isCosine ? "cosine to max margin" : "margin",
    isShare: false,
    values,
    // A cosine is seen against 1, a margin against the largest, below the name.
    top: isCosine ? 1 : 1.2 * Math.max(...values.filter(Number.isFinite), 0),
    digits: isCosine ? 4 : 2,
    isMargin: true,
  };
}

/** An alpha that was asked for and is not recorded, if it is to be recorded at all. */
export function unrecorded(config: LabConfig): number | undefined {
  return snapped(config).alpha === config.alpha ? undefined : config.alpha;
}

function couldRecord(config: LabConfig): boolean {
  return recordingPlan({ ...config, live: false }) !== undefined;
}

function progressText(share: number, seconds: number | undefined): string {
  const percent = `${Math.round(100 * share)} %`;
  return seconds === undefined ? percent : `${percent}, ${timeText(seconds)} left`;
}

/** Roughly, in few words. */
export function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
