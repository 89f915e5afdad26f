/**
 * The lab's page: holds the state, hands it to controls, pictures and worker, and brings their news together. What any
 * of them does is theirs.
 */

import { decodeSafetensors, encodeSafetensors, MixupError } from "../../src/index.ts";
import { LabClient } from "./client.ts";
import { Controls } from "./controls.ts";
import { CurveChart, History } from "./curves.ts";
import { byId, html, setText } from "./dom.ts";
import { type Experiment, labExperiment, shortNumber } from "./experiment.ts";
import { download, metricsCsv, plotSvg, resultsJson, svgToPng } from "./exports.ts";
import {
  FIELDS,
  type FieldName,
  type LabConfig,
  type PresetName,
  VIEW_FIELDS,
  type ViewName,
} from "./fields.ts";
import { Inspector } from "./inspector.ts";
import { decodePoints, ownDataProblem } from "./ownData.ts";
import { OwnDataEditor } from "./ownDataEditor.ts";
import { forgetPalette } from "./palette.ts";
import { Panel } from "./panel.ts";
import { PRESETS } from "./presets.ts";
import type { DeviceReport, Frame, News, TheoryReport } from "./protocol.ts";
import { SceneView } from "./sceneView.ts";
import { Stage } from "./stage.ts";
import { formatHash, parseHash } from "./state.ts";
import { SweepChart } from "./sweepChart.ts";

/** Milliseconds of peace after a change before training begins anew. */
const SETTLE = 250;
/** Milliseconds between looks at the theory while it runs. */
const THEORY_INTERVAL = 1500;
/** A link with more points than fit. */
const LONGEST_LINK = 8000;

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
    this.fillExports();
    this.setStatus("preparing");
    byId("lab").dataset.session = String(this.client.session + 1);
    this.client.start(this.config, { checkpoint, paused: this.paused || document.hidden });
    if (document.hidden && !this.paused) this.hiddenPause = true;
    this.askTheory();
  }

  /** Own points that can't be trained on yet are still drawn, and drawn into. */
  private showUnfinishedPoints(problem: string): void {
    this.client.send({ type: "pause" });
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
    setText(byId("caption"), this.caption());
    this.fillExports();
  }

  private caption(): string {
    const { view, seeds } = this.config;
    const plane = this.experiment?.train.data.dimensions === 2;
    const nets = seeds === 1 ? "one net" : `${seeds} nets`;
    if (view === "sweep")
      return "16 values of α, 8 nets each, all 128 trained at once. Choose one to open it.";
    if (view === "surface")
      return "Height and colour: the probability of class 1, computed and drawn on the GPU. Drag or use the arrow keys to turn it.";
    if (view === "landscape")
      return "Loss on the training points around one net, along two random directions scaled filter by filter.";
    return plane
      ? `Colour: mean probability over ${nets} of each kind. Bold: boundary of the mean; thin: of every net. Ringed points are misclassified by most nets. Mixed points rain in as the first Mixup net sees them.`
      : `Bold: mean of ${nets}; thin: every net. Ringed points are misclassified by most nets. Mixed points rain in where their mixed label puts them, as the first Mixup net sees them.`;
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
        requestAnimationFrame(() => {
          if (news.session === this.client.session) this.showFrame(news.frame);
          this.client.send({ type: "shown" });
        });
        return;
      case "status":
        this.setStatus(news.status);
        if (news.status !== "running") this.askTheory();
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
    if (byId<HTMLDetailsElement>("numbers").open) this.showNumbers();
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

  private showNumbers(): void {
    const { history, experiment } = this;
    if (experiment === undefined) return;
    const last = history.steps.length - 1;
    const rows = experiment.groups.flatMap(({ name, firstRun, runs }) =>
      Array.from({ length: runs }, (_, i) => {
        const run = firstRun + i;
        const values =
          last < 0
            ? ["", "", ""]
            : [0, 1, 2].map((quantity) => history.value(last, run, quantity).toFixed(4));
        const numbers = [String(experiment.train.runs[run].seed), ...values];
        return html(
          "tr",
          {},
          html("th", { scope: "row" }, name),
          ...numbers.map((text) => html("td", { class: "number" }, text)),
        );
      }),
    );
    byId("number-rows").replaceChildren(...rows);
  }

  private fillExports(): void {
    if (this.experiment === undefined) return;
    const { groups, train } = this.experiment;
    const plots = [...this.stage.panels.map(({ group }) => group.name), "Error", "Loss", "Training loss"];
    byId("export-plot").replaceChildren(
      ...plots.map((name, i) => html("option", { value: i }, `Plot: ${name}`)),
    );
    byId("export-run").replaceChildren(
      ...groups.flatMap(({ name, firstRun, runs }) =>
        Array.from({ length: runs }, (_, i) =>
          html("option", { value: firstRun + i }, `${name}, seed ${train.runs[firstRun + i].seed}`),
        ),
      ),
    );
  }

  private chosenPlot() {
    const elements = [
      ...this.stage.panels.map(({ element }) => element),
      ...this.charts.map(({ element }) => element),
    ];
    return plotSvg(elements[Number(byId<HTMLSelectElement>("export-plot").value)] ?? elements[0]);
  }

  private async saveCheckpoint(): Promise<void> {
    const { tensors, metadata } = decodeSafetensors(await this.client.ask({ kind: "checkpoint" }));
    const lab = formatHash(this.config) || "#";
    const bytes = encodeSafetensors(tensors, { ...metadata, lab }) as Uint8Array<ArrayBuffer>;
    download(`mixup-lab-${this.config.preset}.safetensors`, bytes, "application/octet-stream");
  }

  private async openCheckpoint(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { metadata } = decodeSafetensors(bytes);
    if (metadata.lab === undefined)
      throw new MixupError(`${file.name} was not saved by the lab: it does not say its settings.`);
    const { config, problems } = parseHash(metadata.lab);
    if (problems.length > 0) throw new MixupError(`${file.name}: ${problems.join(" ")}`);
    this.config = config;
    this.paused = true;
    this.begin(bytes);
  }

  private async copyLink(): Promise<void> {
    const link = location.href;
    if (link.length > LONGEST_LINK) {
      this.notify("These points make a link too long for some programs. Save a checkpoint instead.", true);
      return;
    }
    await navigator.clipboard.writeText(link);
    setText(byId("copy-link"), "Copied");
    setTimeout(() => setText(byId("copy-link"), "Copy link"), 1500);
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
    press("copy-link", () => this.copyLink());
    press("export-csv", () =>
      download("mixup-lab.csv", metricsCsv(this.experiment!, this.history), "text/csv"),
    );
    press("export-json", () => {
      if (this.frame === undefined) throw new MixupError("Nothing has been trained yet.");
      const results = resultsJson(this.config, this.device, this.history, this.frame);
      download("mixup-lab.json", JSON.stringify(results), "application/json");
    });
    press("export-svg", () => download("mixup-lab.svg", this.chosenPlot().text, "image/svg+xml"));
    press("export-png", async () =>
      download("mixup-lab.png", await svgToPng(this.chosenPlot()), "image/png"),
    );
    press("export-weights", async () => {
      const run = Number(byId<HTMLSelectElement>("export-run").value);
      const bytes = (await this.client.ask({ kind: "weights", run })) as Uint8Array<ArrayBuffer>;
      download(`mixup-lab-run-${run}.safetensors`, bytes, "application/octet-stream");
    });
    press("save", () => this.saveCheckpoint());
    const file = byId<HTMLInputElement>("open-file");
    file.addEventListener("change", () => {
      this.openCheckpoint(file.files?.[0]).catch((error: unknown) =>
        this.notify((error as Error).message, true),
      );
      file.value = "";
    });
    byId("optimal").addEventListener("change", (event) => {
      this.change({ optimal: (event.target as HTMLInputElement).checked });
    });
    const epsilon = byId<HTMLInputElement>("epsilon");
    epsilon.addEventListener("input", () => this.change({ epsilon: sliderToEpsilon(Number(epsilon.value)) }));
    byId("numbers").addEventListener("toggle", () => this.showNumbers());
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

/** The slider's 200 places, on a logarithmic scale from 0.01 to 2. */
function sliderToEpsilon(place: number): number {
  return Number(shortNumber(+(0.01 * 200 ** (place / 200)).toPrecision(2)));
}

function epsilonToSlider(epsilon: number): number {
  return Math.round((200 * Math.log(Math.max(epsilon, 0.01) / 0.01)) / Math.log(200));
}

function rounded(value: number): string {
  return Math.round(+value.toPrecision(3)).toLocaleString("en");
}

/** Precisely what is missing, and what would help. */
function noWebGpu(reason: string): string {
  switch (reason) {
    case "no-webgpu":
      return "This browser has no WebGPU (navigator.gpu is missing). A current Chrome or Edge has it.";
    case "insecure-context":
      return "WebGPU needs a secure page: open the lab over https or from localhost.";
    case "no-adapter":
      return "This browser has WebGPU but found no adapter: the GPU may be blocked or its driver too old (chrome://gpu tells).";
    default:
      return "The GPU's adapter refused a device.";
  }
}

new Lab();
