/**
 * A session that is a recording: what of it is shown while alpha and time are dragged, without a training. Between the sliders, the
 * worker and the display.
 *
 * Not here: the sliders (`controls/tracks.ts`), what is recorded (`recording/`), sessions that train (`main.ts`).
 */

import { Player } from "./controls/player.ts";
import { Tracks, unrecorded } from "./controls/tracks.ts";
import type { Transport } from "./controls/transport.ts";
import type { Display } from "./display.ts";
import { type RecordingPlan, recordingPlan, sameRecording, shownOf, snapped } from "./recording/plan.ts";
import type { LabConfig, ViewName } from "./state/fields.ts";
import { hasTheory, shownView } from "./state/presets.ts";
import type { LabClient } from "./training/client.ts";
import type { Experiment } from "./training/experiment.ts";
import type { Frame, TheoryReport } from "./training/protocol.ts";

/** Milliseconds of peace after which link and fields follow what is dragged: browsers forbid links that change more often. */
const REST = 200;

export interface ScrubbingHandlers {
  readonly client: LabClient;
  display(): Display;
  transport(): Transport;
  /** What is seen: the state, or what is shown in its place for a while. */
  seen(): LabConfig;
  change(change: Partial<LabConfig>): void;
  /** Something else is shown; at once if it is not being dragged, else once that rests. */
  rested(): void;
}

export class Scrubbing {
  plan: RecordingPlan | undefined;
  private resting: ReturnType<typeof setTimeout> | undefined;
  /** The alpha of the state before. */
  private stateAlpha: number | undefined;
  /** Index of the alpha that the last frame showed. */
  private frameAlpha: number | undefined;
  private readonly tracks = new Tracks((change) => {
    // Whoever takes the thumb has the film stop.
    this.player.stop();
    this.lab.change(change);
  });
  private readonly player = new Player({
    at: () => this.lab.seen().at,
    next: (at) => this.tracks.next(at),
    change: (change) => this.lab.change(change),
    turned: () => this.lab.transport().nameButtons(),
  });

  constructor(private readonly lab: ScrubbingHandlers) {}

  /** Whether a recording is shown. */
  get isOn(): boolean {
    return this.plan !== undefined;
  }

  /** Whether its film runs. */
  get isPlaying(): boolean {
    return this.player.isPlaying;
  }

  /** Steps that are recorded. */
  get count(): number {
    return this.tracks.recordedSteps;
  }

  /** A state as it can be shown: of a recording with the nearest alpha, which is said; of a checkpoint live. */
  shown(config: LabConfig, isCheckpoint = false): LabConfig {
    const own = isCheckpoint && hasTheory(config) ? { ...config, live: true } : config;
    const alpha = unrecorded(own);
    // What was asked for stands until another alpha is.
    if (alpha !== undefined || own.alpha !== this.stateAlpha) this.tracks.asked(alpha);
    const shown = snapped(own);
    this.stateAlpha = shown.alpha;
    return shown;
  }

  /** No recording is shown any more. */
  leave(): void {
    clearTimeout(this.resting);
    this.plan = undefined;
    this.frameAlpha = undefined;
    this.player.stop();
    this.lab.transport().recorded = undefined;
  }

  /** A session begins: what is shown of it first, if it is a recording; one from a checkpoint is none. */
  begin(config: LabConfig, isCheckpoint: boolean): Experiment | undefined {
    this.plan = isCheckpoint ? undefined : recordingPlan(config);
    this.tracks.show(this.plan, config);
    if (this.plan === undefined) return undefined;
    this.lab.transport().recorded = this.player;
    return shownOf(this.plan, config).experiment;
  }

  /** Shows another state of the same recording, if it is one. */
  look(before: LabConfig, config: LabConfig): boolean {
    if (this.plan === undefined || !sameRecording(before, config)) return false;
    const isDragged = config.alpha !== before.alpha || config.at !== before.at;
    clearTimeout(this.resting);
    if (isDragged) this.resting = setTimeout(() => this.lab.rested(), REST);
    this.show(before, config);
    if (!isDragged) this.lab.rested();
    return true;
  }

  /** The same for a while: neither link nor fields follow. */
  show(before: LabConfig, config: LabConfig): void {
    this.lab.client.send({ type: "look", config });
    const isOfAll = (of: LabConfig) => shownView(of) === "sweep";
    // Between one alpha and all of them pictures change when the nets are there.
    if (config.view !== before.view && isOfAll(config) === isOfAll(before))
      this.lab.display().showView(config);
  }

  /** A frame is about to be shown: of another alpha than the last one its pictures are named anew. */
  announce({ recorded }: Frame): void {
    const { plan } = this;
    if (plan === undefined || recorded === undefined || recorded.alpha === this.frameAlpha) return;
    const { alpha } = recorded;
    this.frameAlpha = alpha;
    const own = this.lab.seen();
    const view: ViewName = alpha < 0 ? "sweep" : own.view === "sweep" ? "picture" : own.view;
    const config = { ...own, view, alpha: plan.alphas[Math.max(0, alpha)] };
    this.lab.display().switch(shownOf(plan, config).experiment, config);
  }

  /** What theory says of all alphas. */
  showTheory({ flipAlpha }: TheoryReport): void {
    this.tracks.showFlip(flipAlpha);
  }

  /** A frame was shown. */
  showFrame(frame: Frame): void {
    const { experiment, charts } = this.lab.display();
    if (experiment !== undefined) this.tracks.update(frame, experiment, charts.history);
  }
}
