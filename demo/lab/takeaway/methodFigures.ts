/** Methods as figures: the U of over-training, and accuracies along a long tail. */

import * as Plot from "@observablehq/plot";
import type { FigureSpec, Key, Panel } from "../../../src/report/figure.ts";
import { scale } from "../../../src/report/panels.ts";
import type { Palette } from "../page/palette.ts";
import type { Group } from "../training/experiment.ts";
import { groupSpread } from "../training/measured/spread.ts";
import { CURVE_STEPS, LAST_STEP } from "../training/methods/closedForm.ts";
import { groupColour, hex } from "./marks.ts";
import { failedText, settingsText, stepText } from "./settings.ts";
import type { Trained } from "./shown.ts";

/** Powers of ten up to a number. */
function powers(last: number): number[] {
  return [1, 10, 100, 1000, 10_000, 100_000, 1_000_000].filter((power) => power <= last);
}

const FRAME = { marginLeft: 54, marginRight: 18, marginTop: 22, marginBottom: 38 };

export function overTrainingFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame, history } = trained;
  const { draws, switchAt } = experiment.overTraining!;
  const mean = (curves: readonly Float64Array[]) =>
    curves[0].map((_, k) => curves.reduce((sum, curve) => sum + curve[k] / curves.length, 0));
  const after = [switchAt, ...CURVE_STEPS.filter((step) => step > switchAt)];
  const arms = experiment.groups.map((group) => {
    const isSwitched = group.kind === "plain";
    const each = draws.map((draw) =>
      isSwitched ? draw.switched(switchAt, after) : draw.curve(group.kind === "erm" ? "erm" : "mixup"),
    );
    const steps = isSwitched ? after : CURVE_STEPS;
    return { group, steps, each, errors: mean(each), colour: groupColour(group, palette) };
  });
  const mixup = arms.find(({ group }) => group.kind === "mixup")!;
  const best = mixup.errors.indexOf(Math.min(...mixup.errors));
  const top = 1.12 * Math.max(...arms[0].errors.subarray(4), ...mixup.errors.subarray(4));
  const curve = (steps: readonly number[], errors: Float64Array, style: Plot.LineOptions) =>
    Plot.line(
      steps.map((step, k): [number, number] => [step, errors[k]]).filter(([, error]) => error <= top),
      { x: "0", y: "1", ...style },
    );
  const dots = arms.flatMap(({ group, colour }) => {
    const { mean: measured } = groupSpread(history, group, 0);
    let next = 0;
    const shown = Array.from(measured, (error, e): [number, number] => [history.steps[e], error]).filter(
      ([step, error]) => {
        if (Math.log10(step) < next || error > top || (group.kind === "plain" && step < switchAt))
          return false;
        next = Math.log10(step) + 0.12;
        return true;
      },
    );
    return [Plot.dot(shown, { x: "0", y: "1", r: 2.8, fill: "#ffffff", stroke: colour, strokeWidth: 1.4 })];
  });
  const keys: Key[] = [
    ...arms.map(({ group, colour }): Key => ({ text: group.name, mark: "line", colour })),
    { text: "one draw of the points", mark: "thin", colour: hex(palette.ink) },
    { text: "turn", mark: "ring", colour: hex(palette.accent) },
    { text: "net of the first draw", mark: "dot", colour: hex(palette.ink, 0.5) },
  ];
  const said = arms.map(
    ({ group, errors }) => `${group.name}: ${errors[errors.length - 1].toFixed(3)} at the end`,
  );
  return {
    name: "mixup-lab-picture",
    title: "Over-training: test error over the steps",
    caption:
      `Mean squared error on 500 fresh points over the variance of their labels. Lines: gradient descent in closed form, bold the mean over ${draws.length} draws of ` +
      `the points. Ring: Mixup’s smallest error, the turn, read on these test points. Dots: nets trained on the first draw, whose curves are a little darker, up to ${stepText(frame.step, frame.steps)}.` +
      `${failedText(frame.failed, "left out")} ${settingsText(config, experiment)}`,
    description: said.join("; "),
    keys,
    rows: [
      {
        panels: [
          {
            title: "",
            options: {
              ...FRAME,
              width: 620,
              height: 330,
              x: scale({ label: "step", log: true, domain: [1, LAST_STEP], ticks: powers(LAST_STEP) }),
              y: { ...scale({ label: "test error", domain: [0, top], ticks: 6 }), grid: true },
              marks: [
                ...arms.flatMap(({ steps, each, colour }) =>
                  each.length === 1
                    ? []
                    : each.map((errors, d) =>
                        curve(steps, errors, {
                          stroke: colour,
                          strokeWidth: d === 0 ? 1.2 : 0.6,
                          strokeOpacity: d === 0 ? 0.6 : 0.3,
                        }),
                      ),
                ),
                ...arms.map(({ steps, errors, colour }) =>
                  curve(steps, errors, { stroke: colour, strokeWidth: 2.2 }),
                ),
                Plot.dot([[CURVE_STEPS[best], mixup.errors[best]]], {
                  ...{ x: "0", y: "1", r: 6, stroke: mixup.colour, strokeWidth: 1.6 },
                }),
                ...dots,
              ],
            },
          },
        ],
      },
    ],
  };
}

export function tailFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame } = trained;
  const { groups, longTail } = experiment;
  const { splits } = longTail!;
  const series = [
    { quantity: 0, text: "all classes", colour: hex(palette.ink) },
    { quantity: 1, text: "the three most frequent", colour: hex(palette.classes[0]) },
    { quantity: 2, text: "the four rarest", colour: hex(palette.classes[1]) },
  ];
  return {
    name: "mixup-lab-picture",
    title: "A long tail: accuracies while the classifier alone is trained again",
    caption:
      `Share of ${splits[0].splits.test.length} fresh images that are classified right, over the steps of the second stage, which begins when the first is done. ` +
      `Line: mean over ${splits.length} draws of the images; band: from the least to the largest.${failedText(frame.failed, "left out")} ${settingsText(config, experiment)}`,
    description: groups.map(({ name }) => name).join(" beside "),
    keys: series.map(({ text, colour }) => ({ text, mark: "line", colour })),
    rows: [{ panels: groups.map((group) => tailPanel(trained, group, series)) }],
  };
}

function tailPanel(
  { experiment, history }: Trained,
  group: Group,
  series: readonly { quantity: number; colour: string }[],
): Panel {
  const { before, stops } = experiment.longTail!;
  const last = stops[stops.length - 1];
  const marks = series.flatMap(({ quantity, colour }) => {
    const { mean, least, largest } = groupSpread(history, group, quantity);
    // The first stage's end stands at half a step.
    const rows = Array.from(mean, (value, e) => ({
      step: Math.max(0.5, history.steps[e] - before),
      mean: 100 * value,
      least: 100 * least[e],
      largest: 100 * largest[e],
    }));
    return [
      Plot.areaY(rows, { x: "step", y1: "least", y2: "largest", fill: colour, fillOpacity: 0.14 }),
      Plot.lineY(rows, { x: "step", y: "mean", stroke: colour, strokeWidth: 2 }),
      Plot.dot(rows, { x: "step", y: "mean", r: 2, fill: colour }),
    ];
  });
  return {
    title: group.name,
    options: {
      ...FRAME,
      width: 370,
      height: 300,
      x: scale({
        label: "step of the second stage",
        log: true,
        domain: [0.5, Math.max(2, last)],
        ticks: powers(last),
      }),
      y: { ...scale({ label: "accuracy (%)", domain: [0, 100], ticks: 5 }), grid: true },
      marks,
    },
  };
}
