/**
 * One training point under the lens: what the nets and the theory say of its class, and Mixup's effective eps. And the net
 * itself, as its trace has it: shapes, and tensors under PyTorch's names.
 */

import type { Model } from "../../../src/index.ts";
import { byId, html, setText } from "../page/dom.ts";
import { palette } from "../page/palette.ts";
import { termButton } from "../page/termButton.ts";
import { TERMS, type TermName } from "../state/terms.ts";
import type { Experiment } from "../training/experiment.ts";
import { netRows, parameterCount, shapeText } from "../training/measured/netRows.ts";
import { meanProbability, outputsOf } from "../training/measured/predictions.ts";
import { gridSize, type ProbeGrid } from "../training/probes.ts";
import type { Frame, TheoryReport } from "../training/protocol.ts";
import { ImageRasters } from "./images/rasters.ts";

export class Inspector {
  private readonly input = byId<HTMLInputElement>("point");
  private readonly place = byId("point-place");
  private readonly list = byId("point-values");
  private readonly image = byId("point-image");
  private readonly values = new Map<string, HTMLElement>();
  private experiment: Experiment | undefined;
  point = 0;
  private maxMargin: readonly [number, number] | null = null;

  constructor(onChange: (point: number) => void) {
    this.input.addEventListener("change", () => onChange(Number(this.input.value)));
  }

  show(experiment: Experiment, point: number): void {
    const { data, model } = experiment.train;
    if (experiment.probe.points.length === 0) return;
    if (model !== this.experiment?.train.model) this.showNet(model);
    this.experiment = experiment;
    this.point = Math.min(Math.max(0, Math.round(point) || 0), data.size - 1);
    this.input.max = String(data.size - 1);
    this.input.value = String(this.point);
    const name =
      data.labels === undefined
        ? `label ${+data.targets[this.point].toFixed(3)}`
        : `class ${experiment.classNames[data.labels[this.point]]}`;
    if (experiment.picture === "images") setText(this.place, name);
    else {
      const at = Array.from(
        data.points.subarray(this.point * data.dimensions, (this.point + 1) * data.dimensions),
      );
      setText(this.place, `at ${at.map((value) => +value.toFixed(2)).join(", ")}, ${name}`);
    }
    this.repaint();
    this.list.replaceChildren();
    this.values.clear();
  }

  /** The point itself, if it is an image. */
  repaint(): void {
    this.image.replaceChildren();
    if (this.experiment?.picture !== "images") return;
    const rasters = new ImageRasters(this.experiment.train.data);
    const raster = rasters.blank();
    rasters.paintPoint(raster, this.point, palette());
    this.image.append(raster.canvas);
  }

  private showNet(model: Model): void {
    setText(
      byId("net-title"),
      `The net: ${parameterCount(model).toLocaleString("en")} parameters, input ${shapeText(model.inputShape)}`,
    );
    byId("net-rows").replaceChildren(
      ...netRows(model).map(({ name, operation, shape, tensors }) =>
        html(
          "tr",
          {},
          html("th", { scope: "row" }, name),
          ...[operation, shapeText(shape), tensors.join(", ")].map((text) => html("td", {}, text)),
        ),
      ),
    );
  }

  update(frame: Frame): void {
    if (this.experiment === undefined || this.experiment.probe.points.length === 0) return;
    const { train, groups, probe } = this.experiment;
    const { data } = train;
    if (data.labels === undefined) {
      this.sayOutputs(frame, this.experiment);
      return;
    }
    const size = { probes: probe.points.length / data.dimensions, classes: data.targetSize };
    for (const group of groups.length > 3 ? groups.slice(0, 2) : groups) {
      const at = { probe: gridSize(probe) + this.point, label: data.labels![this.point] };
      const name = `${group.short}, own class`;
      this.say(name, meanProbability(frame.probabilities, size, group, at).toFixed(3));
      if (this.maxMargin !== null) {
        const angles = Array.from({ length: group.runs }, (_, i) =>
          angleTo(
            this.maxMargin!,
            linearDirection(frame.probabilities, group.firstRun + i, size.probes, probe),
          ),
        );
        const mean = angles.reduce((sum, angle) => sum + angle / group.runs, 0);
        this.say(name.replace("own class", "off max margin"), `${mean.toFixed(1)}°`, "margin");
      }
    }
  }

  /** What regression nets say at the point, mean of each group. */
  private sayOutputs({ probabilities }: Frame, experiment: Experiment): void {
    const at = gridSize(experiment.probe) + this.point;
    for (const { short, firstRun, runs } of experiment.groups) {
      const outputs = Array.from(
        { length: runs },
        (_, r) => outputsOf(probabilities, experiment, firstRun + r)[at],
      ).filter(Number.isFinite);
      this.say(short, (outputs.reduce((sum, value) => sum + value, 0) / outputs.length).toFixed(3));
    }
  }

  theory({ pointProbability, effectiveEpsilon, maxMargin }: TheoryReport, epsilon: number): void {
    this.maxMargin = maxMargin;
    if (pointProbability !== null)
      this.say(`hε, own class, at ε = ${epsilon}`, pointProbability.toFixed(3), "optimal");
    const effective = effectiveEpsilon === null ? "none" : effectiveEpsilon.toFixed(3);
    this.say("effective ε of Mixup", effective, "effectiveEpsilon");
  }

  private say(name: string, value: string, term?: TermName): void {
    const key = name.replace(/ at ε = .*/, "");
    let cell = this.values.get(key);
    if (cell === undefined) {
      cell = html("dd");
      this.values.set(key, cell);
      const words = html("dt", {}, html("span"));
      if (term !== undefined) words.append(" ", termButton(TERMS[term]));
      this.list.append(html("div", {}, words, cell));
    }
    setText(cell.previousElementSibling!.firstElementChild!, name);
    setText(cell, value);
  }
}

/** Degrees between two directions. */
function angleTo(a: readonly [number, number], b: readonly [number, number]): number {
  const cosine = (a[0] * b[0] + a[1] * b[1]) / (Math.hypot(...a) * Math.hypot(...b));
  return (180 / Math.PI) * Math.acos(Math.min(1, Math.max(-1, cosine)));
}

/** The direction of a linear net of two classes: its logit's slope around the middle of the grid. */
export function linearDirection(
  probabilities: ArrayLike<number>,
  run: number,
  probes: number,
  { columns, rows }: ProbeGrid,
): readonly [number, number] {
  const at = run * probes + (rows >> 1) * columns + (columns >> 1);
  const logit = (m: number) => Math.log(probabilities[m] / (1 - probabilities[m]));
  return [logit(at + 1) - logit(at), logit(at + columns) - logit(at)];
}
