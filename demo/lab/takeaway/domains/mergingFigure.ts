/** Merged nets as a figure: a matrix for each group, on one scale of colours. */

import * as Plot from "@observablehq/plot";
import { MixupError } from "../../../../src/index.ts";
import type { FigureSpec, Panel } from "../../../../src/report/figure.ts";
import type { Palette, Rgb } from "../../page/palette.ts";
import { lossColoursOn } from "../../pictures/domains/lossColours.ts";
import {
  type LossMatrix,
  lossText,
  type MergedScale,
  meanOfPairs,
  mergedLosses,
  mergedScale,
} from "../../training/domains/mergedLosses.ts";
import { failedText, settingsText, stepText } from "../settings.ts";
import type { Trained } from "../shown.ts";

const WHITE: Rgb = [255, 255, 255];
/** Of the scale. */
const PARTS = 40;

export function mergingFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame, history } = trained;
  const { groups, merging } = experiment;
  const matrices = groups.map((group) => mergedLosses(experiment, history, group));
  const known = matrices.filter((losses) => losses !== undefined);
  const scale = mergedScale(known);
  if (scale === undefined)
    throw new MixupError("There are no merged nets yet: train until the starts are done.");
  const draws = config.seeds === 1 ? "one draw" : `${config.seeds} draws`;
  const [{ validation }] = merging!.draws;
  const means = groups.map(
    ({ short }, g) => `${short.toLowerCase()} ${lossText(known[g] && meanOfPairs(known[g]))}`,
  );
  return {
    name: "mixup-lab-picture",
    title: "Nets of single domains, merged two by two",
    caption:
      `Loss in nats, mean over ${draws} of the images, of the net whose parameters are the mean of two nets, each trained on one domain, on ${validation[0].length} validation images of each of the two; framed: one net alone on its own. ` +
      `One logarithmic scale of colours for both, dark where the loss is low. At ${stepText(frame.step, frame.steps)}; mean over all pairs: ${means.join(", ")}.${failedText(frame.failed, "left out")} ${settingsText(config, experiment)}`,
    description: `Mean over all pairs: ${means.join(", ")} nats`,
    rows: [
      {
        panels: groups.map(({ name }, g) =>
          matrixPanel(name, known[g], merging!.domains, scale, palette, g === 0),
        ),
      },
      { panels: [scalePanel(scale, palette)] },
    ],
  };
}

function matrixPanel(
  title: string,
  losses: LossMatrix,
  domains: readonly string[],
  scale: MergedScale,
  { accent }: Palette,
  isFirst: boolean,
): Panel {
  const cells = losses.flatMap((row, i) =>
    row.map((loss, j) => ({
      i,
      j,
      loss,
      ...lossColoursOn(loss === undefined ? 1 : scale.place(loss), WHITE, accent),
    })),
  );
  const alone = cells.filter(({ i, j }) => i === j);
  const left = isFirst ? 92 : 14;
  const side = 46;
  const box = { x1: "j", x2: ({ j }: { j: number }) => j + 1, y1: "i", y2: ({ i }: { i: number }) => i + 1 };
  const middle = { x: ({ j }: { j: number }) => j + 0.5, y: ({ i }: { i: number }) => i + 0.5 };
  const axis = {
    ticks: domains.map((_, u) => u + 0.5),
    tickSize: 0,
    tickFormat: (at: number) => domains[at - 0.5],
  };
  return {
    title,
    options: {
      ...{ width: left + side * domains.length + 10, height: 6 + side * domains.length + 66 },
      ...{ marginLeft: left, marginRight: 10, marginTop: 6, marginBottom: 66 },
      x: { ...axis, label: null, domain: [0, domains.length], tickRotate: -40 },
      y: isFirst
        ? { ...axis, label: null, domain: [domains.length, 0] }
        : { axis: null, domain: [domains.length, 0] },
      marks: [
        Plot.rect(cells, { ...box, fill: "ground", inset: 0.8 }),
        Plot.rect(alone, { ...box, stroke: "#000000", strokeWidth: 1.3, inset: 1.6 }),
        Plot.text(cells, { ...middle, text: ({ loss }) => lossText(loss), fill: "text" }),
      ],
    },
  };
}

function scalePanel(scale: MergedScale, { accent }: Palette): Panel {
  const parts = Array.from({ length: PARTS }, (_, p) => ({
    from: p / PARTS,
    to: (p + 1) / PARTS,
    fill: lossColoursOn((p + 0.5) / PARTS, WHITE, accent).ground,
  }));
  return {
    title: "",
    options: {
      ...{ width: 368, height: 52, marginLeft: 92, marginRight: 14, marginTop: 4, marginBottom: 36 },
      x: {
        label: "loss, nats",
        labelArrow: "none",
        domain: [0, 1],
        ticks: [0, 0.25, 0.5, 0.75, 1],
        tickFormat: (place: number) => lossText(scale.loss(place)),
      },
      y: { axis: null, domain: [0, 1] },
      marks: [Plot.rect(parts, { x1: "from", x2: "to", y1: () => 0, y2: () => 1, fill: "fill" })],
    },
  };
}
