/** Mixtures of domains as figures: the triangle with what the laws predict, and policies over time. */

import * as Plot from "@observablehq/plot";
import { bestMixture, lawLoss, weightedLoss } from "../../../../src/experiments/mixing-laws/law.ts";
import { placeOf, sharesAt, TRIANGLE_HEIGHT } from "../../../../src/experiments/mixing-laws/triangle.ts";
import { MixupError } from "../../../../src/index.ts";
import type { FigureSpec, Panel } from "../../../../src/report/figure.ts";
import { scale } from "../../../../src/report/panels.ts";
import type { Palette } from "../../page/palette.ts";
import { handleShares, lawsOf, lossWeights } from "../../training/domains/laws.ts";
import { mixtureText } from "../../training/domains/mixtures.ts";
import type { Group } from "../../training/experiment.ts";
import { groupSpread } from "../../training/measured/spread.ts";
import { hex } from "../marks.ts";
import { failedText, settingsText, stepText } from "../settings.ts";
import type { Trained } from "../shown.ts";

/** Points of the field along a side, and its levels. */
const [SIDE, LEVELS] = [121, 10];
/** What a scale stretches near its lowest. */
const STRETCH = 10;
const FRAME = { marginLeft: 46, marginRight: 16, marginTop: 22, marginBottom: 38 };

export function mixtureFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame, history } = trained;
  const fitted = lawsOf(experiment, history);
  if (fitted === undefined) throw new MixupError("There are no laws yet: train for some steps.");
  const weights = lossWeights(config);
  const { isFitted } = experiment.mixtures!;
  const domains = experiment.train.data.domains!;
  const best = bestMixture(fitted.laws, weights);
  const shares = handleShares(config);
  const nets = config.seeds === 1 ? "one net" : `${config.seeds} nets`;
  const held = isFitted.filter((own) => !own).length;
  const numbers = fitted.laws.map((law) => lawLoss(law, shares).toFixed(2)).join(", ");
  const r2 = (of: "byLaw" | "byPlane") =>
    fitted.explained.map((one) => one[of]?.toFixed(2) ?? "–").join(", ");
  return {
    name: "mixup-lab-picture",
    title: "What a mixture of three domains costs: the law, and the nets",
    caption:
      `Left: a point of the triangle is a mixture, a corner a domain alone. Colour: validation loss weighted ${weights.map((weight) => weight.toFixed(2)).join(", ")} as exponential laws predict it, ` +
      `dark where it is low, at ${stepText(frame.step, frame.steps)}; points: mean of ${nets} of each mixture, filled by their loss on the same scale. Laws are fitted to ${isFitted.length - held} mixtures (circles) and judged by ${held} (diamonds). ` +
      `Star: the best mixture by the laws, ${mixtureText(best.proportions)}, ${best.loss.toFixed(2)}. Cross: ${mixtureText(shares)}, for which they predict ${numbers} by domain, ${weightedLoss(fitted.laws, weights, shares).toFixed(2)} weighted. ` +
      `Right: measured and predicted losses; R² of the held-out ones ${r2("byLaw")}, of planes ${r2("byPlane")}.${failedText(frame.failed, "left out")} ${settingsText(config, experiment)}`,
    description: `Best mixture by the laws ${mixtureText(best.proportions)}`,
    keys: [
      { text: "held out", mark: "diamond", colour: hex(palette.ink) },
      { text: "of the fit", mark: "ring", colour: hex(palette.ink) },
      ...domains.map(({ name }, k) => ({
        text: `${name} domain`,
        mark: "dot" as const,
        colour: hex(palette.classes[k]),
      })),
    ],
    rows: [{ panels: [trianglePanel(trained, palette, best.proportions), lawPanel(trained, palette)] }],
  };
}

function trianglePanel(trained: Trained, palette: Palette, best: readonly number[]): Panel {
  const { config, experiment, history } = trained;
  const { laws, losses } = lawsOf(experiment, history)!;
  const weights = lossWeights(config);
  const { mixtures, isFitted } = experiment.mixtures!;
  const rows = Math.round(SIDE * TRIANGLE_HEIGHT);
  const cells = Array.from({ length: SIDE * rows }, (_, cell) => {
    const x = ((cell % SIDE) + 0.5) / SIDE;
    const y = ((Math.floor(cell / SIDE) + 0.5) / rows) * TRIANGLE_HEIGHT;
    const shares = sharesAt(x, y);
    const isInside = shares.every((share) => share >= 0);
    return { x, y, value: isInside ? weightedLoss(laws, weights, shares) : Number.NaN };
  }).filter(({ value }) => Number.isFinite(value));
  const low = Math.min(...cells.map(({ value }) => value));
  const span = Math.max(0.3, Math.max(...cells.map(({ value }) => value)) - low);
  const colour = (value: number) => {
    const part =
      Math.log1p((STRETCH * Math.min(span, Math.max(0, value - low))) / span) / Math.log1p(STRETCH);
    const level = Math.min(LEVELS - 1, Math.floor(part * LEVELS));
    return hex(palette.accent, 0.84 - (0.8 * level) / (LEVELS - 1));
  };
  const [dx, dy] = [0.5 / SIDE, (0.5 / rows) * TRIANGLE_HEIGHT];
  const points = mixtures.flatMap((shares, m) => {
    if (losses[m].includes(undefined)) return [];
    const loss = losses[m].reduce<number>((sum, own, k) => sum + weights[k] * own!, 0);
    return [{ ...placeOf(shares), fill: colour(loss), isFitted: isFitted[m] }];
  });
  const names = experiment.train.data.domains!.map(({ name }, k) => ({
    ...placeOf([0, 1, 2].map((j) => Number(j === k))),
    text: `all ${name}`,
    isTop: k === 2,
  }));
  const place = (shares: readonly number[]) => [placeOf(shares)];
  return {
    title: `weighted loss from ${low.toFixed(2)} (dark) to ${(low + span).toFixed(2)} (light)`,
    options: {
      ...{ width: 360, height: 330, marginLeft: 34, marginRight: 34, marginTop: 30, marginBottom: 28 },
      x: { axis: null, domain: [0, 1] },
      y: { axis: null, domain: [0, TRIANGLE_HEIGHT] },
      marks: [
        Plot.rect(cells, {
          x1: ({ x }) => x - dx,
          x2: ({ x }) => x + dx,
          y1: ({ y }) => y - dy,
          y2: ({ y }) => y + dy,
          fill: ({ value }) => colour(value),
        }),
        Plot.dot(
          points.filter((point) => point.isFitted),
          { x: "x", y: "y", r: 4.2, fill: "fill", stroke: hex(palette.ink) },
        ),
        Plot.dot(
          points.filter((point) => !point.isFitted),
          { x: "x", y: "y", r: 4.2, symbol: "diamond2", fill: "fill", stroke: hex(palette.ink) },
        ),
        Plot.dot(place(best), {
          ...{ x: "x", y: "y", r: 7, symbol: "star", fill: hex(palette.plain), stroke: "#ffffff" },
        }),
        Plot.dot(place(handleShares(config)), {
          ...{ x: "x", y: "y", r: 6, symbol: "times", stroke: hex(palette.plain), strokeWidth: 2.4 },
        }),
        ...[true, false].map((isTop) =>
          Plot.text(
            names.filter((name) => name.isTop === isTop),
            { x: "x", y: "y", text: "text", dy: isTop ? -12 : 14 },
          ),
        ),
      ],
    },
  };
}

function lawPanel({ experiment, history }: Trained, palette: Palette): Panel {
  const { laws, losses } = lawsOf(experiment, history)!;
  const { mixtures, isFitted } = experiment.mixtures!;
  const all = laws.flatMap((law, k) =>
    mixtures.flatMap((shares, m) => {
      const measured = losses[m][k];
      if (measured === undefined) return [];
      return [{ k, predicted: lawLoss(law, shares), measured, isFitted: isFitted[m] }];
    }),
  );
  const high = 1.05 * Math.max(...all.flatMap(({ predicted, measured }) => [predicted, measured]));
  const colour = ({ k }: { k: number }) => hex(palette.classes[k]);
  return {
    title: "",
    options: {
      ...{ ...FRAME, width: 330, height: 330 },
      x: scale({ label: "predicted by the laws, nats", domain: [0, high], ticks: 5 }),
      y: { ...scale({ label: "measured", domain: [0, high], ticks: 5 }), grid: true },
      marks: [
        Plot.line(
          [
            [0, 0],
            [high, high],
          ],
          { x: "0", y: "1", stroke: hex(palette.ink, 0.5), strokeDasharray: "4 3" },
        ),
        Plot.dot(
          all.filter((one) => one.isFitted),
          { x: "predicted", y: "measured", r: 3, stroke: colour, strokeWidth: 1.3 },
        ),
        Plot.dot(
          all.filter((one) => !one.isFitted),
          { x: "predicted", y: "measured", r: 3.4, symbol: "diamond2", fill: colour },
        ),
      ],
    },
  };
}

export function policyFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame } = trained;
  const { groups, policies, train } = experiment;
  const { last } = policies!;
  const names = train.data.domains!.map(({ name }, k, all) => (k === all.length - 1 ? last : name));
  return {
    name: "mixup-lab-picture",
    title: "Where a bandit that follows the loss spends its steps",
    caption:
      `Share of each domain in the policy by which the next step’s batch is drawn, mean over ${config.seeds === 1 ? "one net" : `${config.seeds} nets`} of each kind, up to ${stepText(frame.step, frame.steps)}. ` +
      `The last domain has ${last}.${failedText(frame.failed, "left out")} ${settingsText(config, experiment)}`,
    description: groups.map(({ name }) => name).join(" beside "),
    keys: names.map((text, k) => ({ text, mark: "square", colour: hex(palette.classes[k], 0.6) })),
    rows: [{ panels: groups.map((group) => policyAreas(trained, group, names, palette)) }],
  };
}

function policyAreas(
  { experiment, history }: Trained,
  group: Group,
  names: readonly string[],
  palette: Palette,
): Panel {
  const first = experiment.quantities.findIndex(({ key }) => key === "share0");
  const shares = names.map((_, k) => groupSpread(history, group, first + k).mean);
  const sums = (e: number, until: number) =>
    shares.slice(0, until).reduce((sum, own) => sum + 100 * own[e], 0);
  const marks = shares.map((own, k) =>
    Plot.areaY(
      Array.from(own, (_, e) => e),
      {
        x: (e: number) => history.steps[e],
        y1: (e: number) => sums(e, k),
        y2: (e: number) => sums(e, k + 1),
        fill: hex(palette.classes[k], 0.6),
        stroke: "#ffffff",
        strokeWidth: 0.6,
      },
    ),
  );
  return {
    title: group.name,
    options: {
      ...{ ...FRAME, width: 350, height: 290 },
      x: scale({ label: "step", domain: [0, experiment.steps], ticks: 4 }),
      y: scale({ label: "share of the policy (%)", domain: [0, 100], ticks: 4 }),
      marks,
    },
  };
}
