/**
 * Who is mixed with whom, as a heat map: the probability of each partner (column) of each point (row), both sorted by their labels.
 * With near labels as partners a slider below it says how near.
 */

import { html, painter, set, setText, svg } from "../../page/dom.ts";
import { linearScale } from "../../page/geometry.ts";
import { type Palette, palette } from "../../page/palette.ts";
import { FIELDS, type LabConfig } from "../../state/fields.ts";
import type { Experiment } from "../../training/experiment.ts";
import { byLabel, partnerProbabilities } from "../../training/methods/partners.ts";
import { shortNumber } from "../../training/mixings.ts";
import type { PanelOptions } from "../panel.ts";
import { axis, type PlotBox } from "../points/plotPanel.ts";
import type { View } from "../view.ts";

const BOX: PlotBox = { width: 420, height: 380, left: 42, right: 12, top: 14, bottom: 40 };
/** What the slider of bandwidths reaches. */
const [LEAST, LARGEST] = (FIELDS.bandwidth.kind === "number" && FIELDS.bandwidth.reach) || [0.01, 1];
/** Labels named along an axis. */
const NAMED = 5;

export class PairingPanel implements View {
  readonly element: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly plot: SVGSVGElement;
  private readonly row = svg("rect", { class: "chosen-row", visibility: "hidden" });
  private readonly reading = html("span", { class: "panel-error" });
  private readonly order: readonly number[];
  private rows: Float64Array;
  private bandwidth: number | undefined;
  private input: HTMLInputElement | undefined;
  private readonly value = html("output", { for: "kernel-bandwidth" });

  constructor(
    private readonly experiment: Experiment,
    { onSelect, onChange }: PanelOptions,
  ) {
    const { data } = experiment.train;
    const { mixing } = experiment.groups[experiment.groups.length - 1];
    this.order = byLabel(data);
    this.rows = partnerProbabilities(data, mixing);
    const N = data.size;
    this.canvas = html("canvas", { width: N, height: N, class: "raster heat", "aria-hidden": "true" });
    const title = html("h3", { class: "panel-title" }, html("span", {}, "Partners: P(j | i)"), this.reading);
    const plot = svg("svg", {
      viewBox: `0 0 ${BOX.width} ${BOX.height}`,
      class: "layer plot",
      role: "img",
      "aria-label": "Probability of each partner, points sorted by label",
    });
    this.plot = plot;
    this.drawAxes();
    plot.append(this.row);
    const layers = html("div", { class: "layers" }, this.canvas, plot);
    layers.style.aspectRatio = `${BOX.width} / ${BOX.height}`;
    this.element = html("section", { class: "panel pairing" }, title, layers);
    if (typeof mixing.pairing === "object" && onChange !== undefined) {
      this.element.append(this.slider((bandwidth) => onChange({ bandwidth })));
      this.look(mixing.pairing);
    }
    plot.addEventListener("pointermove", (event) => this.read(this.under(event)));
    plot.addEventListener("pointerleave", () => this.read(undefined));
    plot.addEventListener("click", (event) => {
      const at = this.under(event);
      if (at !== undefined) onSelect?.(this.order[at.row]);
    });
    this.paint();
  }

  update(): void {}

  choose(point: number): void {
    set(this.row, "visibility", point < 0 ? "hidden" : "visible");
    if (point < 0) return;
    const cell = (BOX.height - BOX.top - BOX.bottom) / this.order.length;
    set(this.row, "x", BOX.left);
    set(this.row, "y", BOX.top + cell * this.order.indexOf(point));
    set(this.row, "width", BOX.width - BOX.left - BOX.right);
    set(this.row, "height", cell);
  }

  drawOptimal(): void {}

  repaint(): void {
    this.paint();
  }

  /** Which row and column of the sorted points lie under the pointer. */
  private under(event: MouseEvent): { row: number; column: number } | undefined {
    const bounds = this.plot.getBoundingClientRect();
    const place = (client: number, from: number, size: number, low: number, high: number, all: number) => {
      const part = (((client - from) * all) / size - low) / (all - low - high);
      return part >= 0 && part < 1 ? Math.floor(part * this.order.length) : undefined;
    };
    const { left, right, top, bottom, width, height } = BOX;
    const column = place(event.clientX, bounds.left, bounds.width, left, right, width);
    const row = place(event.clientY, bounds.top, bounds.height, top, bottom, height);
    return row === undefined || column === undefined ? undefined : { row, column };
  }

  private read(at: { row: number; column: number } | undefined): void {
    if (at === undefined) {
      setText(this.reading, "");
      return;
    }
    const { targets, size } = this.experiment.train.data;
    const [i, j] = [this.order[at.row], this.order[at.column]];
    const labels = [i, j].map((n) => targets[n].toFixed(2));
    setText(this.reading, `labels ${labels.join(" and ")}: ${this.rows[i * size + j].toPrecision(2)}`);
  }

  private drawAxes(): void {
    const { targets } = this.experiment.train.data;
    const N = this.order.length;
    const places = Array.from({ length: NAMED }, (_, k) => Math.round((k * (N - 1)) / (NAMED - 1)));
    const label = (place: number) => shortNumber(+targets[this.order[place]].toFixed(2));
    const { left, right, top, bottom, width, height } = BOX;
    const half = 0.5 / N;
    const x = linearScale(0 - half * N, N - half * N, left, width - right);
    const y = linearScale(0 - half * N, N - half * N, top, height - bottom);
    const shown = [...new Set(places)];
    this.plot.append(
      axis("x", shown, x, BOX, label),
      ...shown.map((place) =>
        svg("text", { x: left - 7, y: y(place) + 4, "text-anchor": "end" }, label(place)),
      ),
      svg(
        "text",
        { class: "axis-name", x: width - right, y: height - 5, "text-anchor": "end" },
        "label of the partner j",
      ),
      svg("text", { class: "axis-name", x: left, y: height - 5 }, "rows: label of the point i"),
    );
  }

  /** A bandwidth that is looked at before nets are trained with it. */
  look({ bandwidth }: Pick<LabConfig, "bandwidth">): void {
    if (this.input === undefined) return;
    const place = (100 * Math.log(bandwidth / LEAST)) / Math.log(LARGEST / LEAST);
    this.input.value = String(Math.round(Math.min(100, Math.max(0, place))));
    this.showBandwidth(bandwidth);
  }

  private slider(commit: (bandwidth: number) => void): HTMLElement {
    const input = html("input", { type: "range", id: "kernel-bandwidth", min: 0, max: 100, step: 1 });
    const read = () => +(LEAST * (LARGEST / LEAST) ** (Number(input.value) / 100)).toPrecision(3);
    input.addEventListener("input", () => this.showBandwidth(read()));
    input.addEventListener("change", () => commit(read()));
    this.input = input;
    return html(
      "div",
      { class: "kernel-slider" },
      html("label", { for: input.id }, "Bandwidth s = ", this.value),
      input,
    );
  }

  private showBandwidth(bandwidth: number): void {
    if (bandwidth === this.bandwidth) return;
    this.bandwidth = bandwidth;
    const { pairing, ...mixing } = this.experiment.groups[this.experiment.groups.length - 1].mixing;
    if (typeof pairing !== "object") return;
    this.rows = partnerProbabilities(this.experiment.train.data, {
      ...mixing,
      pairing: { ...pairing, bandwidth },
    });
    setText(this.value, shortNumber(bandwidth));
    this.input?.setAttribute("aria-valuetext", shortNumber(bandwidth));
    this.paint();
  }

  private paint(): void {
    const N = this.order.length;
    const image = new ImageData(N, N);
    const largest = this.rows.reduce((most, value) => Math.max(most, value), 0);
    for (let row = 0; row < N; row++) {
      for (let column = 0; column < N; column++) {
        const share = this.rows[this.order[row] * N + this.order[column]] / largest;
        paintHeat(image.data, row * N + column, share, palette());
      }
    }
    painter(this.canvas).putImageData(image, 0, 0);
  }
}

/** From the ground to the accent; the square root shows what is small. */
function paintHeat(rgba: Uint8ClampedArray, i: number, share: number, { paper, accent }: Palette): void {
  for (let c = 0; c < 3; c++)
    rgba[4 * i + c] = paper[c] + (accent[c] - paper[c]) * (0.04 + 0.96 * Math.sqrt(share));
  rgba[4 * i + 3] = 255;
}
