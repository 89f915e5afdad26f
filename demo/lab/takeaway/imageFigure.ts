/** Nets for images as a figure: the first layer's filters, and the training images that the nets misclassify. */

import * as Plot from "@observablehq/plot";
import type { FigureSpec, Panel } from "../../../src/report/figure.ts";
import { html } from "../page/dom.ts";
import type { Palette } from "../page/palette.ts";
import { filterLimit, filterPlanes, ImageRasters, Raster } from "../pictures/images/rasters.ts";
import type { Group } from "../training/experiment.ts";
import { filterTensor } from "../training/measured/filters.ts";
import { misclassified } from "../training/measured/misclassified.ts";
import { hex, inRows, panelTitle } from "./marks.ts";
import { comparedText, failedText, meanOf, settingsText, stepText } from "./settings.ts";
import type { Trained } from "./shown.ts";

/** Tiles beside each other, and rows of misclassified images. */
const COLUMNS = 8;
const MOST_ROWS = 4;
/** Image pixels per number: viewers differ in how they enlarge. */
const SHARPNESS = 12;
/** In units of the figure: a tile's place, the tile, and the line below it. */
const CELL = 44;
const TILE = 34;
const WORDS = 16;

/** A small picture, and what stands below it. */
interface Tile {
  readonly uri: string;
  readonly words: string;
}

export function imageFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame } = trained;
  const { groups } = experiment;
  const small = groups[0].alpha !== undefined;
  const step = stepText(frame.step, frame.steps);
  const { runs } = groups[0];
  const limit = filterLimit(frame.filters);
  const filters = groups.map((group) => filterPanel(trained, group, limit, palette));
  const wrong = groups.map((group) => wrongTiles(trained, group, palette));
  const rows = Math.min(
    MOST_ROWS,
    Math.max(1, ...wrong.map(({ tiles }) => Math.ceil(tiles.length / COLUMNS))),
  );
  const wrongRow = {
    heading: `Training images, unmixed, that ${runs === 1 ? "the net misclassifies" : `at least one of ${runs} nets misclassifies`}: class → what it is taken for`,
    panels: wrong.map(({ title, tiles }) => panel(title, tiles.slice(0, COLUMNS * rows), rows, palette)),
  };
  return {
    name: "mixup-lab-picture",
    title: `First layer's filters${small ? "" : " and misclassified images"} at ${step}: ${small ? "Mixup at 16 values of α" : comparedText(experiment)}`,
    caption:
      `Filters of the first layer of the first net of each ${small ? "α" : "kind"}, at ${step}: blue below 0, white at 0, orange above, in full at ±${limit}. ` +
      `Errors: ${meanOf(runs)}.${small ? "" : ` Of misclassified images the first ${COLUMNS * MOST_ROWS} are shown, those first that most nets get wrong.`}` +
      `${failedText(frame.failed, "shown where they stopped")} ${settingsText(config, experiment)}`,
    description: groups.map((group) => panelTitle(trained, group)).join("; "),
    rows: small ? inRows(filters) : [...inRows(filters), wrongRow],
  };
}

function filterPanel(trained: Trained, group: Group, limit: number, palette: Palette): Panel {
  const { experiment, frame } = trained;
  const { groups, train } = experiment;
  const { shape = [0, 0, 0, 0], size = 0 } = filterTensor(train.model) ?? {};
  const from = groups.indexOf(group) * size;
  const tiles = filterPlanes(frame.filters.subarray(from, from + size), shape).map((plane) => {
    const raster = new Raster(shape[3], shape[2]);
    raster.signed(plane, limit, palette);
    return { uri: enlarged(raster), words: "" };
  });
  return panel(panelTitle(trained, group), tiles, Math.ceil(tiles.length / COLUMNS), palette);
}

function wrongTiles({ experiment, frame }: Trained, group: Group, palette: Palette) {
  const rasters = new ImageRasters(experiment.train.data);
  const wrong = misclassified(frame.probabilities, experiment, group);
  const tiles = wrong.slice(0, COLUMNS * MOST_ROWS).map(({ point, label, predicted }) => {
    const raster = rasters.blank();
    rasters.paintPoint(raster, point, palette);
    return { uri: enlarged(raster), words: `${label} → ${predicted}` };
  });
  return { title: `${group.name}: ${wrong.length} of ${experiment.train.data.size}`, tiles };
}

/** Tiles in rows, filled from the top. */
function panel(title: string, tiles: readonly Tile[], rows: number, palette: Palette): Panel {
  const height = rows * (CELL + WORDS);
  const at = tiles.map((tile, i) => ({
    ...tile,
    x: (i % COLUMNS) * CELL + CELL / 2,
    y: Math.floor(i / COLUMNS) * (CELL + WORDS) + CELL / 2,
  }));
  return {
    title,
    options: {
      width: COLUMNS * CELL + 16,
      height: height + 8,
      marginLeft: 8,
      marginRight: 8,
      marginTop: 4,
      marginBottom: 4,
      x: { axis: null, domain: [0, COLUMNS * CELL] },
      y: { axis: null, domain: [height, 0] },
      marks: [
        Plot.image(at, { x: "x", y: "y", src: "uri", width: TILE, height: TILE }),
        Plot.rect(at, {
          x1: ({ x }) => x - TILE / 2,
          x2: ({ x }) => x + TILE / 2,
          y1: ({ y }) => y - TILE / 2,
          y2: ({ y }) => y + TILE / 2,
          fill: "none",
          stroke: hex(palette.rule),
        }),
        Plot.text(at, { x: "x", y: "y", dy: TILE / 2 + 9, text: "words", fontSize: 10.5 }),
      ],
    },
  };
}

/** A raster as a PNG in a data URI, every number a square. */
function enlarged({ canvas: { width, height }, canvas }: Raster): string {
  const large = html("canvas");
  [large.width, large.height] = [SHARPNESS * width, SHARPNESS * height];
  const context = large.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return large.toDataURL("image/png");
}
