/** The image runs' part of their report: the figure beside the line, losses, tables. */

import { csvTable } from "../../report/csv.ts";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import type { Reported } from "../../report/files.ts";
import { curvePanels, type Series } from "../../report/panels.ts";
import {
  figureList,
  percent,
  referenceTable,
  section,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import {
  type ImageGroup,
  type ImagesResults,
  lawTitle,
  SETTING_TITLES,
  type SettingName,
} from "./results.ts";

const INTRODUCTION = `<p>Where mixed points land on data points of another class, as on the alternating line, a net trained with
much Mixup can't fit its training points. The paper's section 2.4 shows that images are far from that: ResNet-18 reaches nearly
ERM's training error on MNIST and CIFAR under Beta(α, α) with α up to 1024. Here are its runs in small: some hundred images, nets
of two convolutions or three residual blocks, trained until they fit. The paper's own take 8 PFLOP each, a ResNet-18 on 50,000
images: they are here only where somebody with images and a GPU asked for them (--paper). Errors and losses are of the unmixed training images, in evaluation mode.</p>`;

/** Colours of laws, from none to much mixing. */
const LAWS = [COLOURS.base, COLOURS.third, COLOURS.main, COLOURS.ink, COLOURS.soft];

function settingsOf({ groups }: ImagesResults): SettingName[] {
  return [...new Set(groups.map(({ setting }) => setting))];
}

function learnt(results: ImagesResults): string {
  const [first] = settingsOf(results);
  const own = results.groups.filter(({ setting }) => setting === first);
  const most = own[own.length - 1];
  const line = results.line[results.line.length - 1];
  const end = (curve: { mean: (number | null)[] }) => curve.mean[curve.mean.length - 1];
  const [error, lineError] = [end(most.error), end(line.error)];
  if (error === null || lineError === null) return "Not enough runs ended in finite numbers to say anything.";
  return (
    `Under Mixup with α = ${most.alpha} ${first === "resnet18" ? "ResNet-18" : "a small convolutional net"} ends with a training error of ${percent(error)} on images, ` +
    `where a net on three alternating points ends with ${percent(lineError)}.`
  );
}

function figures(results: ImagesResults): Figure[] {
  return settingsOf(results).flatMap((setting) => {
    const groups = results.groups.filter((group) => group.setting === setting);
    return [errorFigure(results, setting, groups), lossFigure(setting, groups)];
  });
}

const keysOf = (groups: readonly ImageGroup[]) =>
  groups.map(({ alpha }, i) => ({ text: lawTitle(alpha), mark: "line" as const, colour: LAWS[i] }));

/** Images beside the line, same laws: one goes to 0, the other stays. */
function errorFigure({ line }: ImagesResults, setting: SettingName, groups: readonly ImageGroup[]): Figure {
  const series = (
    x: readonly number[],
    curves: readonly { mean: (number | null)[]; std: (number | null)[] }[],
  ) => curves.map(({ mean, std }, i): Series => ({ colour: LAWS[i], x, y: mean, spread: std }));
  // One scale for both, with room for the first looks at a net that has hardly begun.
  const means = groups.flatMap(({ error }) => error.mean.map((mean, i) => (mean ?? 0) + (error.std[i] ?? 0)));
  const top = Math.ceil(10 * means.reduce((a, b) => Math.max(a, b), 0.5)) / 10;
  const y = { label: "training error", ticks: 5, domain: [0, top] as [number, number] };
  const images = curvePanels({
    x: { label: "epoch", ticks: 4 },
    y,
    width: 340,
    panels: [
      {
        title: SETTING_TITLES[setting],
        series: series(
          groups[0].epochs,
          groups.map(({ error }) => error),
        ),
      },
    ],
  });
  const points = curvePanels({
    x: { label: "step", ticks: 4 },
    y,
    width: 340,
    panels: [
      {
        title: "alternating line, three points",
        series: series(
          line[0].steps,
          line.map(({ error }) => error),
        ),
      },
    ],
  });
  return draw({
    name: `error-${setting}`,
    title: `Training error on images and on the alternating line, same laws`,
    caption:
      `Share of the unmixed training points that are misclassified: mean of ${counted(groups[0].seeds, "seed")} a law on images, ` +
      `of ${line[0].seeds} on the line, band ± 1 standard deviation. λ follows Beta(α, α), one a batch.`,
    description: groups
      .map(({ alpha, error }) => `${lawTitle(alpha)} ends at ${percent(error.mean[error.mean.length - 1])}`)
      .join("; "),
    keys: keysOf(groups),
    rows: [{ panels: [...images, ...points] }],
  });
}

/** Clean loss falls under every law; the loss of mixtures has a floor. */
function lossFigure(setting: SettingName, groups: readonly ImageGroup[]): Figure {
  const { epochs } = groups[0];
  const panels = curvePanels({
    x: { label: "epoch", ticks: 4 },
    y: { label: "loss in nats", log: true, ticks: 4 },
    width: 340,
    panels: [
      {
        title: "unmixed training images",
        series: groups.map(({ loss }, i) => ({ colour: LAWS[i], x: epochs, y: loss.mean })),
      },
      {
        title: "mixed, while training",
        series: groups.map(({ trainingLoss }, i) => ({ colour: LAWS[i], x: epochs, y: trainingLoss.mean })),
      },
    ],
  });
  return draw({
    name: `loss-${setting}`,
    title: `Loss of unmixed and of mixed images, ${SETTING_TITLES[setting]}`,
    caption:
      `Cross-entropy, mean of ${counted(groups[0].seeds, "seed")} a law, on a logarithmic axis. A mixture's label is spread over two ` +
      "classes: its loss can't go to 0.",
    description: groups
      .map(
        ({ alpha, loss }) => `${lawTitle(alpha)} ends at ${showNumber(loss.mean[loss.mean.length - 1], 4)}`,
      )
      .join("; "),
    keys: keysOf(groups),
    rows: [{ panels }],
  });
}

function sections(results: ImagesResults, all: readonly Figure[]): string {
  return settingsOf(results)
    .map((setting) => {
      const groups = results.groups.filter((group) => group.setting === setting);
      const pictures = all.slice(1).filter(({ name }) => name.endsWith(`-${setting}`));
      const references = results.references.filter(
        ({ heading }) => heading.startsWith(SETTING_TITLES[setting]) || heading === "Alternating line",
      );
      return section(
        SETTING_TITLES[setting],
        figureList(pictures),
        referenceTable(references, "expected"),
        groupTable(groups),
      );
    })
    .join("\n");
}

function groupTable(groups: readonly ImageGroup[]): string {
  const last = ({ mean, std }: { mean: (number | null)[]; std: (number | null)[] }, digits: number) =>
    `${showNumber(mean[mean.length - 1], digits)} ± ${showNumber(std[std.length - 1], digits)}`;
  const rows = groups.map((group) => [
    lawTitle(group.alpha),
    last(group.error, 4),
    last(group.loss, 4),
    last(group.trainingLoss, 3),
    `${showNumber(group.testError.mean, 3)} ± ${showNumber(group.testError.std, 3)}`,
    group.solvedAt.map((epoch) => epoch ?? "–").join(", "),
  ]);
  return textTable(
    "All laws in the end: mean over the seeds ± standard deviation",
    ["", "training error", "training loss", "mixed loss", "test error", "first epoch at 1 %, seed by seed"],
    rows,
  );
}

/** A row per evaluation of every run; `alpha` is empty for ERM. */
function curvesCsv({ groups }: ImagesResults): string {
  const columns = ["setting", "alpha", "seed", "epoch", "error", "loss", "mixed_loss"];
  return csvTable(
    columns,
    groups.flatMap(({ setting, alpha, epochs, runs }) =>
      runs.flatMap(({ seed, errorCurve, lossCurve, trainingLossCurve }) =>
        epochs.map((epoch, i) => [
          setting,
          alpha,
          seed,
          epoch,
          errorCurve[i],
          lossCurve[i],
          trainingLossCurve[i],
        ]),
      ),
    ),
  );
}

export const imagesReport: Reported<ImagesResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures,
  csv: (results) => [{ name: "curves", text: curvesCsv(results) }],
  sections,
};
