/** Curves of the runs of one cell, and of one that was kept: each run thin, their mean thick. */

import { themeColour } from "./colours.ts";
import { sized } from "./heatMap.ts";
import type { MergedSweep, Metric } from "./mergedSweep.ts";
import { short } from "./words.ts";

const HEIGHT = 280;
const ROOM = { left: 48, right: 12, top: 10, bottom: 26 } as const;

export interface Bundle {
  readonly runs: readonly number[];
  /** A colour of the style sheet. */
  readonly colour: string;
}

/** Losses on a logarithmic scale, errors on a plain one from 0. */
export function drawCurves(
  canvas: HTMLCanvasElement,
  sweep: MergedSweep,
  metric: Metric,
  bundles: readonly Bundle[],
): void {
  const width = canvas.parentElement!.clientWidth;
  const context = sized(canvas, width, HEIGHT);
  const values = sweep.curves[metric];
  const { evaluations: E, steps } = sweep;
  context.textBaseline = "middle";
  if (values === undefined || E === 0) {
    context.fillStyle = themeColour("ink-soft");
    context.fillText("This sweep kept no curves.", ROOM.left, HEIGHT / 2);
    return;
  }
  const isLog = metric !== "error";
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { runs } of bundles) {
    for (const run of runs) {
      for (let e = run * E; e < (run + 1) * E; e++) {
        if (!Number.isFinite(values[e]) || (isLog && values[e] <= 0)) continue;
        least = Math.min(least, values[e]);
        most = Math.max(most, values[e]);
      }
    }
  }
  if (!isLog) least = 0;
  if (!(most > least)) [least, most] = [isLog ? (least || 1) / 2 : 0, isLog ? (least || 1) * 2 : 1];
  const scale = isLog ? Math.log : (value: number) => value;
  const height = HEIGHT - ROOM.top - ROOM.bottom;
  const x = (step: number) => ROOM.left + ((width - ROOM.left - ROOM.right) * step) / steps[E - 1];
  const y = (value: number) =>
    ROOM.top + height * (1 - (scale(value) - scale(least)) / (scale(most) - scale(least)));
  context.strokeStyle = themeColour("rule");
  context.fillStyle = themeColour("ink-soft");
  context.textAlign = "right";
  for (let t = 0; t <= 4; t++) {
    const value = isLog ? least * (most / least) ** (t / 4) : least + ((most - least) * t) / 4;
    context.fillText(short(value), ROOM.left - 6, y(value));
    context.beginPath();
    context.moveTo(ROOM.left, y(value));
    context.lineTo(width - ROOM.right, y(value));
    context.stroke();
  }
  for (const share of [0, 0.5, 1]) {
    const step = Math.round(share * steps[E - 1]);
    context.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    context.fillText(share === 1 ? `${step} steps` : String(step), x(step), HEIGHT - 10);
  }
  const line = (valueAt: (e: number) => number) => {
    context.beginPath();
    let isOn = false;
    for (let e = 0; e < E; e++) {
      const value = valueAt(e);
      if (!Number.isFinite(value) || (isLog && value <= 0)) isOn = false;
      else {
        if (isOn) context.lineTo(x(steps[e]), y(value));
        else context.moveTo(x(steps[e]), y(value));
        isOn = true;
      }
    }
    context.stroke();
  };
  context.lineJoin = "round";
  for (const { runs, colour } of bundles) {
    context.strokeStyle = themeColour(colour);
    context.lineWidth = 1;
    context.globalAlpha = runs.length > 1 ? Math.max(0.15, 1 / Math.sqrt(runs.length)) * 0.7 : 0;
    for (const run of runs) line((e) => values[run * E + e]);
    context.globalAlpha = 1;
    context.lineWidth = 2.5;
    line((e) => {
      let [sum, finite] = [0, 0];
      for (const run of runs) {
        const value = values[run * E + e];
        if (!Number.isFinite(value)) continue;
        sum += value;
        finite++;
      }
      return finite === 0 ? Number.NaN : sum / finite;
    });
  }
}
