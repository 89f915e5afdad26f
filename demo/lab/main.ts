/**
 * The lab's page: holds the state, hands it to controls, pictures and worker, and brings their news together. What any
 * of them does is theirs.
 */

import { MixupError } from "../../src/index.ts";
import { LabClient } from "./training/client.ts";
import { Controls } from "./controls/controls.ts";
import { CurveChart, History } from "./charts/curves.ts";
import { byId, html, setText } from "./page/dom.ts";
import { type Experiment, labExperiment } from "./training/experiment.ts";
import {
  FIELDS,
  type FieldName,
  type LabConfig,
  type PresetName,
  VIEW_FIELDS,
  type ViewName,
} from "./state/fields.ts";
import { Inspector } from "./pictures/inspector.ts";
import { decodePoints, ownDataProblem } from "./data/ownData.ts";
import { OwnDataEditor } from "./controls/ownDataEditor.ts";
import { forgetPalette } from "./page/palette.ts";
import { Panel } from "./pictures/panel.ts";
import { PRESETS } from "./state/presets.ts";
import type { DeviceReport, Frame, News, TheoryReport } from "./training/protocol.ts";
import { SceneView } from "./scene/sceneView.ts";
import { Stage } from "./pictures/stage.ts";
import { formatHash, parseHash } from "./state/link.ts";
import { SweepChart } from "./charts/sweepChart.ts";
import { type Shown, TakeAway } from "./takeaway/takeAway.ts";
import { caption, epsilonToSlider, noWebGpu, rounded, sliderToEpsilon } from "./controls/words.ts";

/** Milliseconds of peace after a change before training begins anew. */
const SETTLE = 250;
/** Milliseconds between looks at the theory while it runs. */
const THEORY_INTERVAL = 1500;

class Lab {
  private config: LabConfig;
  private experiment: Experiment | undefined;
  private history = new History();
  private frame: Frame | undefined;
  private device: DeviceReport | undefined;
  private charts: CurveChart[] = [];
  private sweepChart: SweepChart | undefined;
  private theory: TheoryReport | undefined;
  private theoryAsked = 0;
  private status: "preparing" | "running" | "paused" | "finished" | "failed" = "preparing";
  /** Somebody pressed Pause. */
  private paused = false;
  private hiddenPause = false;
  private settling: ReturnType<typeof setTimeout> | undefined;
  private readonly client: LabClient;
  private readonly controls: Controls;
  private readonly stage: Stage;
  private readonly inspector: Inspector;
  private readonly scene: SceneView;
  private readonly takeAway: TakeAway;
  private readonly editor = new OwnDataEditor((own) => this.change({ own }));

  constructor() {
    const { config, problems } = parseHash(location.hash);
    this.config = config;
    this.client = new LabClient({
      news: (news) => this.receive(news),
      crashed: (reason, step) => this.crashed(reason, step),
    });
    this.controls = new Controls(byId("controls"), this.editor.element, (change) => this.change(change));
    this.stage = new Stage(byId("picture"), {
      select: (point) => this.choose(point),
      open: (alpha) => this.change({ law: "beta", alpha, view: "picture" }),
    });
    this.inspector = new Inspector((point) => this.choose(point));
    this.scene = new SceneView(byId("picture"), this.client);
    this.takeAway = new TakeAway(this.client, () => this.shown(), {
      notify: (message, bad) => this.notify(message, bad),
      open: (config, checkpoint) => {
        this.config = config;
        this.paused = true;
        this.begin(checkpoint);
      },
    });
    this.connect();
    if (problems.length > 0) this.notify(problems.join(" "), true);
    this.begin();
  }

  /** Takes a change of state; trains anew if it changes what is trained. */
  private change(change: Partial<LabConfig>): void {
    const before = this.config;
    this.config = { ...before, ...change };
    if (this.config.preset === "line" && this.config.classes > this.config.points)
      this.config.classes = this.config.points;
    this.showState();
    const changed = (Object.keys(FIELDS) as FieldName[]).filter((name) => this.config[name] !== before[name]);
    const trains = changed.some((name) => !VIEW_FIELDS.includes(name));
    const sweeps = (this.config.view === "sweep") !== (before.view === "sweep");
    if (trains || sweeps) {
      // What was trained before does not belong to this state any more.
      this.client.leave();
      this.frame = undefined;
      this.setStatus("preparing");
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.begin(), sweeps ? 0 : SETTLE);
    } else if (changed.includes("view")) this.showView();
    else if (changed.length > 0) this.askTheory();
  }

  private openPreset(preset: PresetName): void {
    this.config = { ...PRESETS[preset].config };
    this.paused = false;
    this.begin();
  }

  /** Puts the state into link, controls and words. */
  private showState(): void {
    const { config } = this;
    const hash = formatHash(config);
    history.replaceState(null, "", hash === "" ? location.pathname + location.search : hash);
    this.controls.show(config);
    this.editor.element.hidden = config.preset !== "own";
    if (config.preset === "own") this.editor.show(decodePoints(config.own));
    const { title, comment, claim, source } = PRESETS[config.preset];
    setText(byId("story-title"), title);
    setText(byId("story-comment"), comment);
    setText(byId("story-claim"), claim);
    setText(byId("story-source"), source);
    for (const button of byId("presets").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === config.preset));
    }
    for (const button of byId("views").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === config.view));
    }
    const overlay = byId("overlay");
    overlay.hidden = config.view !== "picture";
    byId<HTMLInputElement>("optimal").checked = config.optimal;
    const slider = byId<HTMLInputElement>("epsilon");
    if (document.activeElement !== slider) slider.value = String(epsilonToSlider(config.epsilon));
    slider.disabled = !config.optimal;
    slider.setAttribute("aria-valuetext", String(config.epsilon));
    setText(byId("epsilon-value"), String(config.epsilon));
  }

  /** Trains the present state from its beginning, or from a checkpoint. */
  private begin(checkpoint?: Uint8Array): void {
    clearTimeout(this.settling);
    this.showState();
    this.history = new History();
    this.frame = undefined;
    this.theory = undefined;
    const problem = this.config.preset === "own" ? ownDataProblem(decodePoints(this.config.own)) : undefined;
    try {
      this.experiment = labExperiment(
        problem === undefined ? this.config : { ...this.config, own: PRESETS.own.config.own },
      );
    } catch (error) {
      if (!(error instanceof MixupError)) throw error;
      this.fail(error.message);
      return;
    }
    if (problem !== undefined) {
      this.showUnfinishedPoints(problem);
      return;
    }
    this.inspector.show(this.experiment, this.config.preset === "line" ? 1 : 0);
    this.showCharts();
    this.showView();
    this.takeAway.fill();
    this.setStatus("preparing");
    byId("lab").dataset.session = String(this.client.session + 1);
    this.client.start(this.config, { checkpoint, paused: this.paused || document.hidden });
    if (document.hidden && !this.paused) this.hiddenPause = true;
    this.askTheory();
  }

  /** Own points that can't be trained on yet are still drawn, and drawn into. */
  private showUnfinishedPoints(problem: string): void {
    this.client.leave();
    const { points, labels } = decodePoints(this.config.own);
    // A frame of reference, with none of its points.
    const experiment = this.experiment!;
    const { data } = experiment.train;
    const drawn = {
      ...data,
      size: labels.length,
      points: Float32Array.from(points),
      labels: Uint32Array.from(labels),
    };
    this.stage.show({ ...experiment, train: { ...experiment.train, data: drawn } }, this.editor);
    this.showCharts();
    this.setStatus("paused");
    setText(byId("caption"), problem);
  }

  private showView(): void {
    if (this.experiment === undefined) return;
    const { view } = this.config;
    if (view === "surface" || view === "landscape") {
      this.stage.panels = [];
      this.scene.show(this.experiment, view);
    } else {
      this.scene.hide();
      this.stage.show(this.experiment, this.config.preset === "own" ? this.editor : undefined);
      this.stage.choose(view === "picture" ? this.inspector.point : -1);
      if (this.frame !== undefined) this.stage.update(this.frame);
      if (this.theory !== undefined) this.stage.optimal(this.theory.optimal);
    }
    byId("inspector").hidden = view === "sweep";
    setText(byId("caption"), caption(this.config, this.experiment.train.data.dimensions));
    this.takeAway.fill();
  }

  private showCharts(): void {
    const { groups, train } = this.experiment!;
    const seeds = (run: number) => train.runs[run].seed;
    const shown = groups[0].alpha === undefined ? groups : [{ ...groups[0], runs: train.runs.length }];
    this.charts = [
      new CurveChart("Error on the training points", 0, shown, seeds),
      new CurveChart("Loss on the training points", 1, shown, seeds),
      new CurveChart("Training loss, mixed", 2, shown, seeds, "J*"),
    ];
    this.sweepChart = groups[0].alpha === undefined ? undefined : new SweepChart(groups);
    const sweep = this.sweepChart === undefined ? [] : [this.sweepChart.element];
    byId("charts").replaceChildren(...sweep, ...this.charts.map(({ element }) => element));
  }

  private receive(news: News): void {
    switch (news.type) {
      case "device":
        this.device = news.device;
        this.showDevice(news.device);
        return;
      case "frame":
        whenPainting(() => {
          if (news.session === this.client.session) this.showFrame(news.frame);
          this.client.send({ type: "shown" });
        });
        return;
      case "status":
        whenPainting(() => {
          if (news.session !== this.client.session) return;
          this.setStatus(news.status);
          if (news.status !== "running") this.askTheory();
        });
        return;
      case "theory":
        this.showTheory(news.theory);
        return;
      case "recovered":
        this.notify(
          "The GPU was lost. Training went on from the last checkpoint, to the same result.",
          false,
        );
        return;
      case "scene-note":
        this.scene.note(news.message);
        return;
      case "failed":
        this.fail(news.message);
        return;
    }
  }

  private showFrame(frame: Frame): void {
    this.frame = frame;
    this.history.add(frame.firstEntry, frame.entrySteps, frame.entries);
    this.stage.update(frame);
    for (const chart of this.charts) chart.update(this.history, frame.steps);
    this.sweepChart?.update(this.history);
    this.inspector.update(frame);
    byId<HTMLProgressElement>("progress").value = frame.step / frame.steps;
    setText(byId("step-count"), `Step ${frame.step} of ${frame.steps}`);
    setText(byId("rate"), frame.rate > 0 ? `${rounded(frame.rate)} run-steps/s` : "");
    this.takeAway.showNumbers();
    if (frame.failed.length > 0) {
      const many = frame.failed.length === 1 ? "One net has" : `${frame.failed.length} nets have`;
      this.notify(`${many} diverged and stand still; the others train on. Lower the learning rate.`, true);
    }
    if (this.status === "running" && performance.now() - this.theoryAsked > THEORY_INTERVAL) this.askTheory();
  }

  private askTheory(): void {
    if (this.config.view === "sweep" || this.experiment === undefined) return;
    this.theoryAsked = performance.now();
    this.client.send({
      type: "theory",
      epsilon: this.config.optimal ? this.config.epsilon : null,
      point: this.inspector.point,
    });
  }

  private showTheory(theory: TheoryReport): void {
    this.theory = theory;
    this.stage.optimal(theory.optimal);
    this.charts[2]?.setLevel(theory.optimalLoss);
    this.inspector.theory(theory, this.config.epsilon);
    if (theory.message !== undefined) this.notify(theory.message, true);
  }

  private choose(point: number): void {
    if (this.experiment === undefined) return;
    this.inspector.show(this.experiment, point);
    this.stage.choose(this.inspector.point);
    if (this.frame !== undefined) this.inspector.update(this.frame);
    this.askTheory();
  }

  private showDevice({ backend, adapter, unavailable }: DeviceReport): void {
    const badge = byId("adapter");
    if (backend === "cpu") {
      setText(badge, "CPU, float64");
      if (unavailable !== undefined)
        this.notify(
          `${noWebGpu(unavailable.reason)} Training runs on the CPU instead: the same results, slower.`,
          false,
        );
      return;
    }
    const name = adapter.description || [adapter.vendor, adapter.architecture].filter(Boolean).join(" ");
    // A software adapter paints the page as well: an animation would take its time from training.
    if (adapter.isFallback) Panel.still = true;
    setText(badge, `${name || "WebGPU"}${adapter.isFallback ? " · software adapter" : ""}`);
    badge.title = adapter.isFallback
      ? "A software adapter: right results, but its speed says nothing about GPUs."
      : "WebGPU adapter";
  }

  private setStatus(status: typeof this.status): void {
    this.status = status;
    const play = byId<HTMLButtonElement>("play");
    const going = status === "running" || (status === "preparing" && !this.paused);
    setText(play, status === "finished" ? "Run again" : going ? "Pause" : "Play");
    byId<HTMLButtonElement>("step").disabled = status === "finished";
    byId("lab").dataset.status = status;
    const words = {
      preparing: "Preparing",
      running: "Training",
      paused: "Paused",
      finished: "Finished",
      failed: "Stopped",
    };
    setText(byId("announce"), `${words[status]}.`);
  }

  private togglePlay(): void {
    if (this.status === "finished") {
      this.paused = false;
      this.begin();
    } else if (this.status === "paused") {
      this.paused = false;
      this.client.send({ type: "play" });
    } else {
      this.paused = true;
      this.client.send({ type: "pause" });
    }
  }

  private visibility(): void {
    if (document.hidden && !this.paused && this.status !== "finished") {
      this.hiddenPause = true;
      this.client.send({ type: "pause" });
    } else if (!document.hidden && this.hiddenPause) {
      this.hiddenPause = false;
      if (!this.paused) this.client.send({ type: "play" });
    }
  }

  private crashed(reason: string, step: number | undefined): void {
    if (step === undefined) {
      this.fail(
        `The worker keeps crashing (${reason}). Reload the page; saved checkpoints can be opened again.`,
      );
      return;
    }
    this.history = new History();
    this.scene.restart();
    this.notify(`The worker crashed (${reason}). Another goes on from step ${step}.`, false);
  }

  private fail(message: string): void {
    this.setStatus("failed");
    this.notify(message, true);
  }

  private notify(message: string, bad: boolean): void {
    const notice = byId("notice");
    notice.hidden = false;
    notice.classList.toggle("bad", bad);
    setText(byId("notice-text"), message);
  }

  private shown(): Shown {
    const { config, experiment, history, frame, device } = this;
    const names = ["Error", "Loss", "Training loss"];
    const plots = [
      ...this.stage.panels.map(({ group, element }) => ({ name: group.name, element })),
      ...this.charts.map(({ element }, i) => ({ name: names[i], element })),
      ...(this.sweepChart === undefined ? [] : [{ name: "Error over α", element: this.sweepChart.element }]),
    ];
    return { config, experiment, history, frame, device, plots };
  }

  /** Buttons, keys and the page's own life. */
  private connect(): void {
    const press = (id: string, act: () => void | Promise<void>) => {
      byId(id).addEventListener("click", () => {
        void (async () => act())().catch((error: unknown) => this.notify((error as Error).message, true));
      });
    };
    for (const [value, { title }] of Object.entries(PRESETS)) {
      const { label } = { label: (FIELDS.preset as { options: Record<string, string> }).options[value] };
      const button = html("button", { type: "button", value, title }, label);
      button.addEventListener("click", () => this.openPreset(value as PresetName));
      byId("presets").append(button);
    }
    for (const [value, label] of Object.entries(
      (FIELDS.view as { options: Record<string, string> }).options,
    )) {
      const button = html("button", { type: "button", value }, label);
      button.addEventListener("click", () => this.change({ view: value as ViewName }));
      byId("views").append(button);
    }
    press("play", () => this.togglePlay());
    press("step", () => {
      this.paused = true;
      this.client.send({ type: "step" });
    });
    press("reset", () => {
      this.paused = true;
      this.begin();
    });
    press("theme", () => {
      const dark =
        getComputedStyle(document.body).colorScheme.includes("dark") &&
        !matchMedia("(prefers-color-scheme: light)").matches;
      const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
      document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
      this.themeChanged();
    });
    press("notice-close", () => {
      byId("notice").hidden = true;
    });
    byId("optimal").addEventListener("change", (event) => {
      this.change({ optimal: (event.target as HTMLInputElement).checked });
    });
    const epsilon = byId<HTMLInputElement>("epsilon");
    epsilon.addEventListener("input", () => this.change({ epsilon: sliderToEpsilon(Number(epsilon.value)) }));
    document.addEventListener("visibilitychange", () => this.visibility());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.themeChanged());
    addEventListener("hashchange", () => {
      const { config, problems } = parseHash(location.hash);
      this.config = config;
      this.paused = false;
      byId("notice").hidden = true;
      if (problems.length > 0) this.notify(problems.join(" "), true);
      this.begin();
    });
  }

  private themeChanged(): void {
    forgetPalette();
    this.stage.repaint();
    this.scene.repaint();
  }
}

/** With the next picture, in the order of the calls; at once while nobody looks. */
function whenPainting(act: () => void): void {
  if (document.hidden) act();
  else requestAnimationFrame(act);
}

new Lab();
