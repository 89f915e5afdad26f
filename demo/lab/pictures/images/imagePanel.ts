/**
 * The picture of nets for images: the batch that falls into the first net, its filters, and which training images the nets
 * misclassify now.
 *
 * Not here: the error in the title (`panel.ts`), how tiles fall (`tileRain.ts`).
 */

import { html, set, setText } from "../../page/dom.ts";
import { palette } from "../../page/palette.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import { filterTensor } from "../../training/measured/filters.ts";
import { type Misclassified, misclassified } from "../../training/measured/misclassified.ts";
import { shortNumber } from "../../training/mixings.ts";
import type { Frame } from "../../training/protocol.ts";
import { type Blend, blendsOf, tied, unmixed } from "../blends.ts";
import { Panel, type PanelOptions } from "../panel.ts";
import { filterLimit, filterPlanes, ImageRasters, Raster } from "./rasters.ts";
import { shownCount, TileRain } from "./tileRain.ts";

/** Misclassified images that are shown: three rows of as many as tiles fall beside each other. */
const MOST_SHOWN = 24;

/** A place of the list of misclassified images. */
interface Place {
  readonly item: HTMLLIElement;
  readonly raster: Raster;
  readonly words: HTMLElement;
  point: number;
}

export class ImagePanel extends Panel {
  private readonly rain: TileRain;
  private readonly batch = html("p", { class: "tile-note" });
  private readonly filterRow = html("div", { class: "filters", role: "img", "data-part": "filters" });
  private readonly filterNote = html("p", { class: "tile-note", "data-part": "filters" });
  private readonly filters: Raster[];
  private readonly shape: readonly number[];
  private readonly count = html("span", { class: "soft" });
  private readonly list = html("ul", { class: "misclassified" });
  private readonly none = html("p", { class: "none-wrong soft", hidden: true });
  private readonly places: Place[];
  private readonly rasters: ImageRasters;
  private chosen = -1;
  private last: Frame | undefined;
  /** Step of the batch that is shown. */
  private shownStep = 0;

  constructor(experiment: Experiment, group: Group, options: PanelOptions = {}) {
    super(experiment, group, options);
    this.rain = new TileRain(experiment);
    this.rasters = new ImageRasters(experiment.train.data);
    this.shape = filterTensor(experiment.train.model)?.shape ?? [0, 0, 0, 0];
    const [outputs, inputs, height, width] = this.shape;
    this.filters = Array.from({ length: outputs * inputs }, () => new Raster(width, height));
    this.filterRow.append(...this.filters.map(({ canvas }) => canvas));
    this.places = options.small ? [] : Array.from({ length: MOST_SHOWN }, () => this.place());
    this.list.append(...this.places.map(({ item }) => item));
    this.element.classList.add("images");
    if (options.small) {
      this.filterRow.setAttribute("aria-hidden", "true");
      this.element.append(this.filterRow);
      return;
    }
    setText(this.batch, "Before the first batch");
    this.list.setAttribute("aria-label", `Misclassified, ${group.name}`);
    this.element.append(
      html(
        "div",
        { "data-part": group.kind === "erm" ? "images" : "mixtures" },
        this.batch,
        this.rain.canvas,
      ),
      this.filterRow,
      this.filterNote,
      html(
        "div",
        { "data-part": "misclassified" },
        html("h4", { class: "panel-title" }, html("span", {}, "Misclassified now"), this.count),
        html("div", { class: "misclassified-box" }, this.list, this.none),
      ),
    );
  }

  protected draw(frame: Frame): void {
    this.last = frame;
    this.drawFilters(frame.filters);
    if (this.options.small) return;
    this.drawBatch(frame);
    this.drawMisclassified(misclassified(frame.probabilities, this.experiment, this.group));
  }

  protected describe(error: string): void {
    if (this.options.small) return;
    const [filters, , height, width] = this.shape;
    const { name, firstRun } = this.group;
    const { seed } = this.experiment.train.runs[firstRun];
    const words = `First layer of ${name}, seed ${seed}: ${filters} filters of ${height} by ${width}; error ${error}`;
    set(this.filterRow, "aria-label", words);
  }

  choose(point: number): void {
    this.chosen = point;
    for (const place of this.places) place.item.classList.toggle("chosen", place.point === point);
  }

  /** A function on as many dimensions as there are pixels has no picture here. */
  drawOptimal(): void {}

  repaint(): void {
    this.rain.repaint();
    for (const place of this.places) place.point = -1;
    if (this.last !== undefined) this.draw(this.last);
  }

  /** The first samples of the batch before this frame. */
  private drawBatch({ step, mixed }: Frame): void {
    if (step === 0 || step === this.shownStep || !this.rain.takes(Panel.still)) return;
    this.shownStep = step;
    const drawn = blendsOf(mixed, shownCount(Panel.still));
    const blends =
      this.group.kind === "erm" ? unmixed(drawn) : this.group.kind === "plain" ? tied(drawn) : drawn;
    this.rain.show(blends, Panel.still);
    setText(this.batch, `Batch of step ${step}${this.lambdaText(blends)}`);
  }

  private lambdaText([first]: readonly Blend[]): string {
    const { kind } = this.group;
    const { granularity } = this.group.mixing;
    if (kind === "erm") return ", as it is";
    if (first.hidden !== undefined) return ", as it is: mixed within the net";
    const { geometry } = this.group.mixing;
    if (geometry?.kind === "cutmix")
      return granularity === "batch"
        ? `, a box, labels by λ = ${first.labelLambda.toFixed(3)}`
        : ", a box each";
    return granularity === "batch" ? `, λ = ${first.lambda.toFixed(3)}` : ", one λ per image";
  }

  private drawFilters(all: Float32Array): void {
    const { groups } = this.experiment;
    const size = all.length / groups.length;
    const own = all.subarray(groups.indexOf(this.group) * size, (groups.indexOf(this.group) + 1) * size);
    // One scale for all groups, so that their nets can be compared.
    const limit = filterLimit(all);
    for (const [i, plane] of filterPlanes(own, this.shape).entries())
      this.filters[i]?.signed(plane, limit, palette());
    const [filters, , height, width] = this.shape;
    const seed = this.experiment.train.runs[this.group.firstRun].seed;
    this.filterNote.replaceChildren(
      `First layer, seed ${seed}: ${filters} filters of ${height} × ${width}`,
      html("span", { class: "signed-scale" }, `−${shortNumber(limit)}`, html("i"), shortNumber(limit)),
    );
  }

  private drawMisclassified(wrong: readonly Misclassified[]): void {
    const { data } = this.experiment.train;
    const { runs } = this.group;
    const more = wrong.length > MOST_SHOWN ? `, ${MOST_SHOWN} shown` : "";
    setText(this.count, `${wrong.length} of ${data.size} images${more}`);
    this.none.hidden = wrong.length > 0;
    setText(this.none, `None: ${runs === 1 ? "the net is" : `all ${runs} nets are`} right on every image.`);
    this.places.forEach((place, i) => {
      const shown = wrong[i];
      place.item.classList.toggle("empty", shown === undefined);
      if (shown === undefined) {
        place.point = -1;
        return;
      }
      const { point, label, predicted, nets } = shown;
      if (place.point !== point) {
        place.point = point;
        this.rasters.paintPoint(place.raster, point, palette());
      }
      setText(place.words, `${label} → ${predicted}`);
      set(
        place.item,
        "title",
        `Image ${point}: a ${label}, taken for ${predicted}; ${nets} of ${runs} nets wrong`,
      );
      place.item.classList.toggle("most", nets > runs / 2);
      place.item.classList.toggle("chosen", point === this.chosen);
    });
  }

  private place(): Place {
    const raster = this.rasters.blank();
    const words = html("span");
    const item = html("li", { class: "empty" }, raster.canvas, words);
    const place: Place = { item, raster, words, point: -1 };
    item.addEventListener("click", () => {
      if (place.point >= 0) this.options.onSelect?.(place.point);
    });
    return place;
  }
}
