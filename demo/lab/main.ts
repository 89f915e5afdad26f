/**
 * The lab's page: holds the state, hands it to controls, display and worker, and takes the worker's news. What any of
 * them does is theirs.
 */

import { ConfigError, MixupError } from "../../src/index.ts";
import { showDevice } from "./controls/adapterBadge.ts";
import { Choices } from "./controls/choices.ts";
import { Controls } from "./controls/controls.ts";
import { Dial } from "./controls/dial.ts";
import { OwnDataEditor } from "./controls/ownDataEditor.ts";
import { connectPresenter } from "./controls/presenter.ts";
import { Story } from "./controls/story.ts";
import { Transport } from "./controls/transport.ts";
import { decodeNames, decodePoints, type OwnText, ownDataProblem } from "./data/ownData.ts";
import { Display } from "./display.ts";
import { Navigation } from "./navigation.ts";
import { byId, reachScrolling } from "./page/dom.ts";
import { emphasize } from "./page/emphasis.ts";
import { addressIn, mode, showMode, wantsFigure } from "./page/mode.ts";
import { attempt, dismissNotice, notify, press } from "./page/notice.ts";
import { keepOffline } from "./page/offline.ts";
import { connectTheme } from "./page/theme.ts";
import { Panel } from "./pictures/panel.ts";
import { Preview } from "./preview.ts";
import { Scrubbing } from "./scrubbing.ts";
import { differences, type LabConfig, type PresetName, VIEW_FIELDS } from "./state/fields.ts";
import { parseHash, withReadablePoints } from "./state/link.ts";
import { hasTheory, PRESETS, shownView } from "./state/presets.ts";
import { TakeAway } from "./takeaway/takeAway.ts";
import { LabClient } from "./training/client.ts";
import type { Experiment } from "./training/experiment.ts";
import { checkExperiment, labExperiment } from "./training/labExperiment.ts";
import type { DeviceReport, Frame, News } from "./training/protocol.ts";
import { fetchSources, knownSources } from "./training/sources.ts";
import { TheoryTurns } from "./training/theoryTurns.ts";

/** Milliseconds of peace after a change before training begins anew. */
const SETTLE = 250;
/** Milliseconds between looks at the theory while it runs. */
const THEORY_INTERVAL = 1500;

class Lab {
  private config: LabConfig;
  private readonly navigation: Navigation;
  private opensFigure = wantsFigure;
  /** One's own points, to come back to. */
  private own: OwnText | undefined;
  private device: DeviceReport | undefined;
  private theoryAsked = 0;
  /** Counts beginnings: what was fetched for an older one is of no use. */
  private beginnings = 0;
  private settling: ReturnType<typeof setTimeout> | undefined;
  private readonly client = new LabClient({
    news: (news) => this.receive(news),
    crashed: (reason, step) => this.crashed(reason, step),
  });
  private readonly change = (change: Partial<LabConfig>) => this.take(change);
  private readonly editor = new OwnDataEditor((own) =>
    this.change(this.config.preset === "own" ? own : { ...PRESETS.own.config, ...own }),
  );
  private readonly controls = new Controls(byId("controls"), this.editor.element, this.change);
  private readonly dial = new Dial(this.change);
  private readonly choices = new Choices({
    openPreset: (preset) => this.openPreset(preset),
    change: this.change,
  });
  private readonly story = new Story({
    show: (look) => this.preview.show(look),
    end: () => this.preview.end(),
    keep: this.change,
  });
  private readonly transport = new Transport(
    this.client,
    () => this.begin(),
    () => this.display.words(),
  );
  private readonly display = new Display(this.client, this.editor, {
    chosen: () => this.askTheory(),
    open: (alpha) => this.change({ law: "beta", alpha, view: "picture" }),
    change: this.change,
  });
  private readonly theory = new TheoryTurns(() => {
    const { optimal, epsilon } = this.preview.seen;
    this.client.send({ type: "theory", epsilon: optimal ? epsilon : null, point: this.display.point });
  });
  private readonly scrubbing = new Scrubbing({
    client: this.client,
    display: () => this.display,
    transport: () => this.transport,
    seen: () => this.preview.seen,
    change: this.change,
    rested: () => {
      this.showState();
      this.takeAway.fill();
    },
  });
  private readonly preview: Preview = new Preview({
    scrubbing: this.scrubbing,
    config: () => this.config,
    moved: (before, seen) => this.showSeen(before, seen),
  });
  private readonly takeAway = new TakeAway(
    this.client,
    () => {
      const { device, display } = this;
      const { experiment, charts, frame, theory, inSpace } = display;
      const config = this.preview.seen;
      return { config, experiment, history: charts.history, frame, theory, device, inSpace };
    },
    (width, palette) => this.display.scene.scene(width, palette),
    (config, checkpoint) => this.turn(config, checkpoint),
    this.preview,
  );

  constructor() {
    byId("unserved").remove();
    showMode();
    this.config = this.scrubbing.shown(this.fromLink());
    press("notice-close", dismissNotice);
    reachScrolling();
    connectTheme(() => this.display.repaint());
    this.navigation = new Navigation(this.config, {
      show: (config) => this.become(config, 0),
      open: (config) => this.open(config),
      read: () => this.fromLink(),
    });
    this.begin();
    if (mode !== "embed") keepOffline();
    if (mode === "embed") this.transport.trainInSight(byId("picture"));
    if (mode === "present")
      connectPresenter({
        turnAlpha: (places) => this.dial.turn(places),
        turnEpsilon: (places) => this.choices.turnEpsilon(places),
        toggleOptimal: () => this.change({ optimal: !this.config.optimal }),
        turnStory: (by) => this.story.turn(by),
        nextView: () => this.change({ view: this.choices.nextView(this.config) }),
        openPreset: (place) => {
          const preset = (Object.keys(PRESETS) as PresetName[])[place];
          if (preset !== undefined) this.openPreset(preset);
        },
      });
  }

  private openPreset(preset: PresetName): void {
    this.turn({ ...PRESETS[preset].config, ...(preset === "own" && this.own) });
  }

  private fromLink(): LabConfig {
    const { config, problems } = parseHash(location.hash);
    if (problems.length > 0) notify(problems.join(" "), true);
    return config;
  }

  /** Takes a change of state. */
  private take(change: Partial<LabConfig>): void {
    const asked = withReadablePoints({ ...this.config, ...change });
    if (asked.preset === "line" && asked.classes > asked.points) asked.classes = asked.points;
    const config = this.scrubbing.shown(asked);
    if (config.preset === this.config.preset) this.navigation.record(config);
    else this.navigation.turn(config);
    this.become(config, SETTLE);
  }

  /** Shows another state; trains anew, `settle` milliseconds later, if it changes what is trained. */
  private become(config: LabConfig, settle: number): void {
    const before = this.preview.seen;
    const trained = this.config;
    this.preview.forget();
    this.config = this.scrubbing.shown(config);
    if (this.scrubbing.look(before, this.config)) {
      this.askTheory();
      return;
    }
    this.showState();
    const changed = differences(this.config, before);
    this.display.look(this.config);
    // What was shown for a while was not trained for it.
    const trains = differences(this.config, trained).some((name) => !VIEW_FIELDS.includes(name));
    const sweeps = (shownView(this.config) === "sweep") !== (shownView(before) === "sweep");
    if (trains || sweeps) {
      // What was trained before does not belong to this state any more.
      this.client.leave();
      this.scrubbing.leave();
      this.display.frame = undefined;
      this.transport.setStatus("preparing");
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.begin(), sweeps ? 0 : settle);
    } else if (changed.includes("view")) {
      this.display.showView(this.config);
      this.takeAway.fill();
    } else if (changed.length > 0) this.askTheory();
  }

  /** Trains another experiment from its beginning; a checkpoint is opened and stands. */
  private turn(config: LabConfig, checkpoint?: Uint8Array): void {
    this.navigation.turn(config);
    this.open(config, checkpoint);
  }

  private open(config: LabConfig, checkpoint?: Uint8Array): void {
    this.config = this.scrubbing.shown(config, checkpoint !== undefined);
    this.transport.paused = checkpoint !== undefined;
    this.begin(checkpoint);
  }

  /** Shows what stands in the state's place for a while; link and history know nothing of it. */
  private showSeen(before: LabConfig, seen: LabConfig): void {
    if (this.scrubbing.isOn) this.scrubbing.show(before, seen);
    else if (seen.view !== before.view) this.display.showView(seen);
    else this.display.look(seen);
    this.choices.show(seen);
    emphasize(seen.emphasis);
    this.askTheory();
  }

  /** Puts the state into link and controls. */
  private showState(): void {
    const { config } = this;
    this.navigation.keepLink(config);
    this.controls.show(config);
    this.choices.show(config);
    this.story.show(config);
    emphasize(config.emphasis);
    this.dial.show(config);
    byId<HTMLAnchorElement>("open-lab").href = addressIn("lab");
    byId("print-link").textContent = addressIn("lab");
    byId("embed-title").textContent = PRESETS[config.preset].title;
    this.editor.element.hidden = config.preset !== "own";
    if (config.preset === "own") {
      const { own, names, window, target } = config;
      this.own = { own, names, window, target };
      this.editor.show(decodePoints(own, target), decodeNames(names), this.own);
    }
  }

  /** Trains the present state from its beginning, or from a checkpoint. */
  private begin(checkpoint?: Uint8Array): void {
    clearTimeout(this.settling);
    this.preview.forget();
    this.scrubbing.leave();
    this.theory.forget();
    this.showState();
    this.display.clear();
    const beginning = ++this.beginnings;
    const sources = knownSources(this.config);
    if (sources === undefined) {
      this.client.leave();
      this.transport.setStatus("preparing");
      fetchSources(this.config).then(
        () => {
          if (beginning === this.beginnings) this.begin(checkpoint);
        },
        (error: Error) => this.fail(error.message),
      );
      return;
    }
    const { preset, target } = this.config;
    const own = preset === "own" ? decodePoints(this.config.own, target) : undefined;
    const problem = own && ownDataProblem(own, target);
    let experiment: Experiment;
    try {
      experiment = labExperiment(
        // Where points are missing, the frame of others is drawn.
        problem === undefined ? this.config : { ...this.config, own: PRESETS.own.config.own },
        sources,
      );
      checkExperiment(experiment);
    } catch (error) {
      if (!(error instanceof MixupError)) throw error;
      this.refuse(error);
      return;
    }
    if (own !== undefined && problem !== undefined) {
      this.client.leave();
      this.display.showUnfinished(experiment, own, problem);
      this.transport.setStatus("paused");
      return;
    }
    const recorded = this.scrubbing.begin(this.config, checkpoint !== undefined);
    this.display.begin(recorded ?? experiment, this.config, recorded !== undefined);
    this.takeAway.fill();
    this.transport.setStatus("preparing");
    byId("lab").dataset.session = String(this.client.session + 1);
    this.client.start(this.config, { checkpoint, paused: this.transport.beginsPaused() });
    this.askTheory();
  }

  private receive(news: News): void {
    switch (news.type) {
      case "device":
        this.device = news.device;
        // A software adapter paints the page as well: an animation would take its time from training.
        if (news.device.backend === "webgpu" && news.device.adapter.isFallback) Panel.still = true;
        showDevice(news.device);
        return;
      case "frame":
        whenPainting(() => {
          // Before it is: the next one is made while this one is painted.
          this.client.send({ type: "shown" });
          if (news.session === this.client.session) this.showFrame(news.frame);
        });
        return;
      case "status":
        whenPainting(() => {
          if (news.session !== this.client.session) return;
          this.transport.setStatus(news.status);
          if (news.status !== "running") this.askTheory();
          if (news.status !== "finished" || !this.opensFigure) return;
          this.opensFigure = false;
          attempt(() => this.takeAway.openFigure());
        });
        return;
      case "theory":
        this.theory.answered();
        this.display.showTheory(news.theory, this.preview.seen.epsilon);
        this.scrubbing.showTheory(news.theory);
        if (news.theory.message !== undefined) notify(news.theory.message, true);
        return;
      case "recovered":
        notify("The GPU was lost. Training went on from the last checkpoint, to the same result.", false);
        return;
      case "scene-note":
        this.display.note(news.message);
        return;
      case "failed":
        this.fail(news.message);
        return;
    }
  }

  private showFrame(frame: Frame): void {
    this.scrubbing.announce(frame);
    this.display.showFrame(frame);
    this.scrubbing.showFrame(frame);
    this.transport.update(frame);
    this.takeAway.showNumbers();
    if (frame.failed.length > 0) {
      const many = frame.failed.length === 1 ? "One net has" : `${frame.failed.length} nets have`;
      notify(`${many} diverged and stand still; the others train on. Lower the learning rate.`, true);
    }
    const due = performance.now() - this.theoryAsked > THEORY_INTERVAL;
    if (this.transport.status === "running" && due) this.askTheory();
  }

  private askTheory(): void {
    if (
      shownView(this.preview.seen) === "sweep" ||
      !hasTheory(this.config) ||
      this.display.experiment === undefined
    )
      return;
    this.theoryAsked = performance.now();
    this.theory.offer();
  }

  private crashed(reason: string, step: number | undefined): void {
    if (step === undefined) {
      this.fail(
        `The worker keeps crashing (${reason}). Reload the page; saved checkpoints can be opened again.`,
      );
      return;
    }
    this.display.restart();
    const from = this.scrubbing.isOn ? "with the recording" : `from step ${step}`;
    notify(`The worker crashed (${reason}). Another goes on ${from}.`, false);
  }

  /** What can't be trained is said beside the setting that is wrong, and above the page. */
  private refuse(error: MixupError): void {
    this.client.leave();
    this.fail((error instanceof ConfigError && this.controls.refuse(error)) || error.message);
  }

  private fail(message: string): void {
    this.transport.setStatus("failed");
    notify(message, true);
  }
}

/** With the next picture, in the order of the calls; at once while nobody looks. */
function whenPainting(act: () => void): void {
  if (document.hidden) act();
  else requestAnimationFrame(act);
}

new Lab();
