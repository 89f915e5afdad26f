/**
 * The last row of the page: what can be taken away (link, metrics, plots, weights, checkpoints), and all nets in numbers.
 */

import { decodeSafetensors, MixupError } from "../../../src/index.ts";
import { encodeSealed } from "../../../src/model/digest.ts";
import type { Figure, FigureStyle } from "../../../src/report/figure.ts";
import { alphaText } from "../controls/alphaTrack.ts";
import { byId, html, setText } from "../page/dom.ts";
import { attempt, notify, press } from "../page/notice.ts";
import { type RecordingPlan, recordingPlan, sameRecording } from "../recording/plan.ts";
import type { LabConfig } from "../state/fields.ts";
import { formatHash, parseHash } from "../state/link.ts";
import type { LabClient } from "../training/client.ts";
import { download, metricsCsv, resultsJson } from "./exports.ts";
import type { Space } from "./figures.ts";
import { Pins } from "./pins.ts";
import { svgToPng } from "./png.ts";
import { PLOTS, type PlotName, plotNames, type Shown } from "./shown.ts";

/** Three pixels of the PNG for one of the figure. */
const DOTS_PER_INCH = 288;
/** A link with more points than fit. */
const LONGEST_LINK = 8000;
/** Milliseconds for a picture of a film to be shown. */
const PATIENCE = 30_000;

export class TakeAway {
  constructor(
    private readonly client: LabClient,
    private readonly shown: () => Shown,
    private readonly scene: Space["scene"],
    /** A checkpoint of the lab was opened. */
    private readonly open: (config: LabConfig, checkpoint: Uint8Array) => void,
    /** Shows another part of a recording for a while. */
    private readonly preview: { show(look: { alpha: number }): void; end(): void },
  ) {
    this.connect();
  }

  /** Fills the table, if it is open. */
  showNumbers(): void {
    if (!byId<HTMLDetailsElement>("numbers").open) return;
    const { history, experiment } = this.shown();
    if (experiment === undefined) return;
    const last = history.shown;
    const { quantities } = experiment;
    byId("number-names").replaceChildren(
      ...["Net", "Seed", ...quantities.map(({ name }) => name)].map((text, i) =>
        html("th", { scope: "col", class: i === 0 ? undefined : "number" }, text),
      ),
    );
    const rows = experiment.groups.flatMap(({ name, firstRun, runs }) =>
      Array.from({ length: runs }, (_, i) => {
        const run = firstRun + i;
        const values = quantities.map((_, q) => (last < 0 ? "" : history.value(last, run, q).toFixed(4)));
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

  /** The lists of what can be chosen. */
  fill(): void {
    const shown = this.shown();
    const { experiment } = shown;
    if (experiment === undefined) return;
    const { groups, train } = experiment;
    byId("film").hidden = recordingPlan(shown.config) === undefined;
    byId("export-plot").replaceChildren(
      ...plotNames({ ...shown, experiment }).map((name) =>
        html("option", { value: name }, `Plot: ${PLOTS[name]}`),
      ),
    );
    byId("export-run").replaceChildren(
      ...groups.flatMap(({ name, firstRun, runs }) =>
        Array.from({ length: runs }, (_, i) =>
          html("option", { value: firstRun + i }, `${name}, seed ${train.runs[firstRun + i].seed}`),
        ),
      ),
    );
  }

  /** The large plot. */
  private firstPlot(): PlotName {
    return byId<HTMLSelectElement>("export-plot").options[0].value as PlotName;
  }

  /** A plot as a figure; the library that draws it is loaded with the first. */
  private async figure(
    name = byId<HTMLSelectElement>("export-plot").value as PlotName,
    style?: FigureStyle,
  ): Promise<Figure> {
    const { experiment, frame, ...shown } = this.shown();
    if (experiment === undefined || frame === undefined)
      throw new MixupError("Nothing has been trained yet.");
    const { exportFigure } = await import("./figures.ts");
    return exportFigure(
      name,
      { ...shown, experiment, frame },
      {
        scene: this.scene,
        picture: (scene) => this.client.ask({ kind: "scene", scene }),
      },
      style,
    );
  }

  /** Lets a figure be set as a paper wants it. */
  async openFigure(): Promise<void> {
    const list = byId<HTMLSelectElement>("export-plot");
    const { openFigureDialog } = await import("./figureDialog.ts");
    openFigureDialog({
      plots: Array.from(list.options, ({ value }) => value as PlotName),
      chosen: list.value as PlotName,
      draw: (name, style) => this.figure(name, style),
    });
  }

  /** A film of the picture over all recorded alphas up to 1,024. */
  private async film(): Promise<void> {
    const { config, frame } = this.shown();
    const plan = recordingPlan(config);
    if (frame?.recorded === undefined || plan === undefined)
      throw new MixupError("A film is of what is recorded; this is trained live.");
    const alphas = plan.alphas.filter((alpha) => alpha <= 1024);
    const button = byId<HTMLButtonElement>("film");
    button.disabled = true;
    try {
      const { film } = await import("./film.ts");
      const webm = await film({
        names: alphas.map((alpha) => `α = ${alphaText(alpha)}`),
        draw: async (picture) => {
          await this.showAlpha(config, plan, alphas[picture]);
          return (await this.figure("picture")).svg;
        },
        progress: (picture) => setText(button, `Filming, ${picture + 1} of ${alphas.length}`),
      });
      download(`mixup-lab-${config.preset}.webm`, webm, "video/webm");
    } finally {
      this.preview.end();
      button.disabled = false;
      setText(button, "Film");
    }
  }

  /** Resolves when nets of an alpha are shown, and the theory of it where it is drawn. */
  private async showAlpha(start: LabConfig, plan: RecordingPlan, alpha: number): Promise<void> {
    const { epsilon, optimal } = start;
    this.preview.show({ alpha });
    const until = performance.now() + PATIENCE;
    for (;;) {
      const { config, frame, theory } = this.shown();
      if (!sameRecording(start, config) || performance.now() > until)
        throw new MixupError("Something else is shown now: the film is not finished.");
      const isTheory = !optimal || (theory?.alpha === alpha && theory.epsilon === epsilon);
      if (config.alpha === alpha && plan.alphas[frame?.recorded?.alpha ?? -1] === alpha && isTheory) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private async saveCheckpoint(): Promise<void> {
    const { config } = this.shown();
    const { tensors, metadata } = decodeSafetensors(await this.client.ask({ kind: "checkpoint" }));
    const lab = formatHash(config) || "#";
    const bytes = encodeSealed(tensors, { ...metadata, lab }) as Uint8Array<ArrayBuffer>;
    download(`mixup-lab-${config.preset}.safetensors`, bytes, "application/octet-stream");
  }

  private async openCheckpoint(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { metadata } = decodeSafetensors(bytes);
    if (metadata.lab === undefined)
      throw new MixupError(`${file.name} was not saved by the lab: it does not say its settings.`);
    const { config, problems } = parseHash(metadata.lab);
    if (problems.length > 0) throw new MixupError(`${file.name}: ${problems.join(" ")}`);
    this.open(config, bytes);
  }

  private async copyLink(): Promise<void> {
    const link = location.href;
    if (link.length > LONGEST_LINK) {
      notify("These points make a link too long for some programs. Save a checkpoint instead.", true);
      return;
    }
    const shown = byId<HTMLInputElement>("link");
    try {
      // Pages served by plain http have no clipboard.
      await navigator.clipboard.writeText(link);
    } catch {
      shown.hidden = false;
      shown.value = link;
      shown.select();
      notify(
        "This page may not write to the clipboard. The link is selected below: copy it from there.",
        false,
      );
      return;
    }
    shown.hidden = true;
    setText(byId("copy-link"), "Copied");
    setTimeout(() => setText(byId("copy-link"), "Copy link"), 1500);
  }

  private connect(): void {
    const pins = new Pins(this.shown, () => this.figure(this.firstPlot()));
    press("pin", () => pins.add());
    press("film", () => this.film());
    press("copy-link", () => this.copyLink());
    press("open-share", async () => (await import("./shareDialog.ts")).openShareDialog());
    press("open-figure", () => this.openFigure());
    press("export-csv", () => {
      const { experiment, history } = this.shown();
      download("mixup-lab.csv", metricsCsv(experiment!, history), "text/csv");
    });
    press("export-json", () => {
      const { config, experiment, device, history, frame } = this.shown();
      if (experiment === undefined || frame === undefined)
        throw new MixupError("Nothing has been trained yet.");
      download(
        "mixup-lab.json",
        JSON.stringify(resultsJson(config, experiment, device, history, frame)),
        "application/json",
      );
    });
    press("export-svg", async () => {
      const { name, svg } = await this.figure();
      download(`${name}.svg`, svg, "image/svg+xml");
    });
    press("export-png", async () => {
      const { name, svg } = await this.figure();
      download(`${name}.png`, await svgToPng(svg, DOTS_PER_INCH), "image/png");
    });
    press("export-weights", async () => {
      const run = Number(byId<HTMLSelectElement>("export-run").value);
      const bytes = (await this.client.ask({ kind: "weights", run })) as Uint8Array<ArrayBuffer>;
      download(`mixup-lab-run-${run}.safetensors`, bytes, "application/octet-stream");
    });
    press("save", () => this.saveCheckpoint());
    const file = byId<HTMLInputElement>("open-file");
    file.addEventListener("change", () => {
      attempt(() => this.openCheckpoint(file.files?.[0]));
      file.value = "";
    });
    byId("numbers").addEventListener("toggle", () => this.showNumbers());
  }
}
