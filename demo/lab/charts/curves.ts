/**
 * Curves of all runs over the steps: mean and range of each group, a level to compare with, and single runs under the
 * pointer or the arrow keys. One small plot a quantity.
 */

import { html, set, setText, svg } from "../page/dom.ts";
import { bandPath, linearScale, linePath, logScale, type Scale, ticks } from "../page/geometry.ts";
import { termButton } from "../page/termButton.ts";
import { axis, type PlotBox } from "../pictures/points/plotPanel.ts";
import { TERMS } from "../state/terms.ts";
import type { Group } from "../training/experiment.ts";
import type { History } from "../training/measured/history.ts";
import type { Quantity } from "../training/measured/quantities.ts";
import { groupSpread } from "../training/measured/spread.ts";

const BOX: PlotBox = { width: 340, height: 165, left: 36, right: 58, top: 10, bottom: 22 };

export interface CurveOptions {
  /** Step from which on it is drawn; 0 for all. */
  readonly after?: number;
  /** Whether steps are on a logarithmic scale. */
  readonly isLog?: boolean;
}

export class CurveChart {
  readonly element: HTMLElement;
  private readonly plot: SVGSVGElement;
  private readonly frame = svg("g");
  private readonly level = svg("g", { class: "level", visibility: "hidden" });
  private readonly levelLine = svg("line", { x1: BOX.left, x2: BOX.width - BOX.right });
  private readonly levelText = svg("text", { x: BOX.width - BOX.right + 5 });
  /** The step that is shown, where there are others. */
  private readonly now = html("div", { class: "now", "aria-hidden": "true", hidden: true });
  private readonly after: number;
  private readonly isLog: boolean;
  private readonly isShare: boolean;
  private readonly least: number;
  private readonly paths: { band: SVGPathElement; mean: SVGPathElement; label: SVGTextElement }[];
  private readonly hovered = svg("g", { class: "hovered", visibility: "hidden" });
  private readonly hoveredLine = svg("path");
  private readonly hoveredDot = svg("circle", { r: 3 });
  /** Beside the title where the level is drawn. */
  private readonly levelTerm = termButton(TERMS.optimalLoss, "J*");
  private readonly caption = html("output", { class: "chart-reading" });
  private history: History | undefined;
  private steps = 1;
  private top = 1;
  private levelValue: number | null = null;
  private scaleKey = "";
  /** Chosen by arrow keys: evaluation and run. */
  private cursor: { evaluation: number; run: number } | undefined;

  constructor(
    { key, title, kind, least }: Quantity,
    private readonly quantity: number,
    private readonly groups: readonly Group[],
    private readonly seeds: (run: number) => number,
    { after = 0, isLog = false }: CurveOptions = {},
  ) {
    this.after = after;
    this.isLog = isLog;
    this.plot = svg("svg", {
      viewBox: `0 0 ${BOX.width} ${BOX.height}`,
      class: "plot chart",
      role: "img",
      tabindex: 0,
      "aria-label": `${title}, curves over steps`,
    });
    this.level.append(this.levelLine, this.levelText);
    this.isShare = kind === "share";
    this.least = least;
    this.paths = groups.map(({ kind }) => {
      const own = (name: string) => ({ class: `${name} ${kind}`, "data-part": kind });
      return {
        band: svg("path", own("band")),
        mean: svg("path", own("mean")),
        label: svg("text", own("label")),
      };
    });
    this.hovered.append(this.hoveredLine, this.hoveredDot);
    this.plot.append(this.frame, this.level);
    for (const { band, mean, label } of this.paths) this.plot.append(band, mean, label);
    this.plot.append(this.hovered);
    this.levelTerm.hidden = true;
    const heading = html(
      "div",
      { class: "chart-title" },
      html("h3", {}, title),
      this.levelTerm,
      this.caption,
    );
    this.element = html(
      "section",
      { class: "chart-box", "data-part": key },
      heading,
      html("div", { class: "chart-plot" }, this.plot, this.now),
    );
    this.plot.addEventListener("pointermove", (event) => this.hover(event));
    this.plot.addEventListener("pointerleave", () => this.read(undefined));
    this.plot.addEventListener("blur", () => this.read(undefined));
    this.plot.addEventListener("keydown", (event) => this.key(event));
  }

  /** A level to compare with: J*. Null takes it away. */
  setLevel(value: number | null): void {
    this.levelValue = value;
    this.draw();
  }

  update(history: History, steps: number): void {
    this.history = history;
    this.steps = steps;
    this.draw();
  }

  private get x(): Scale {
    const [left, right] = [BOX.left, BOX.width - BOX.right];
    if (!this.isLog) return linearScale(this.after, this.steps, left, right);
    const scale = logScale(1, Math.max(2, this.steps - this.after), left + 6, right);
    return (step) => (step <= this.after ? left : scale(step - this.after));
  }

  private get y() {
    return linearScale(0, this.top, BOX.height - BOX.bottom, BOX.top);
  }

  private draw(): void {
    const { history } = this;
    if (history === undefined) return;
    const spreads = this.groups.map((group) => groupSpread(history, group, this.quantity));
    const highest = Math.max(
      this.least,
      this.levelValue ?? 0,
      ...spreads.map(({ largest }) => largest.reduce((most, value) => Math.max(most, value), 0)),
    );
    this.top = this.isShare ? Math.min(1, highest * 1.1) : highest * 1.08 || 1;
    this.drawFrame();
    const { x, y } = this;
    const xs = history.steps.map(x);
    this.now.hidden = history.at === undefined;
    this.now.style.left = `${(100 * (history.shown < 0 ? BOX.left : xs[history.shown])) / BOX.width}%`;
    const ends: { label: SVGTextElement; y: number }[] = [];
    spreads.forEach(({ mean, least, largest }, g) => {
      const { band, mean: line, label } = this.paths[g];
      const own = xs.slice(0, mean.length);
      set(line, "d", linePath(own, mean.map(y)));
      set(band, "d", bandPath(own, least.map(y), largest.map(y)));
      if (mean.length === 0) return;
      set(label, "x", own[own.length - 1] + 5);
      setText(label, this.groups[g].short);
      ends.push({ label, y: y(mean[mean.length - 1]) + 4 });
    });
    const showLevel = this.levelValue !== null;
    set(this.level, "visibility", showLevel ? "visible" : "hidden");
    this.levelTerm.hidden = !showLevel;
    if (showLevel) {
      const at = y(this.levelValue!);
      set(this.levelLine, "y1", at);
      set(this.levelLine, "y2", at);
      setText(this.levelText, `J* ${this.levelValue!.toFixed(3)}`);
    }
    // Labels keep apart: sorted from the top, each at least a line below the one before.
    ends.sort((a, b) => a.y - b.y);
    ends.forEach((end, i) => {
      if (i > 0) end.y = Math.max(end.y, ends[i - 1].y + 12);
    });
    // ... and clear of the axis below.
    let floor = BOX.height - BOX.bottom + 2;
    for (const end of ends.toReversed()) {
      end.y = Math.min(end.y, floor);
      floor = end.y - 12;
      set(end.label, "y", end.y);
    }
    if (showLevel) {
      let at = y(this.levelValue!) + 4;
      for (const end of ends) {
        const near = Number(end.label.getAttribute("x")) > BOX.width - BOX.right - 30;
        if (near && Math.abs(end.y - at) < 12) at = end.y + 12;
      }
      set(this.levelText, "y", at);
    }
    if (this.cursor !== undefined) this.read(this.cursor);
  }

  private drawFrame(): void {
    const key = `${this.steps} ${this.top.toPrecision(3)}`;
    if (key === this.scaleKey) return;
    this.scaleKey = key;
    this.frame.replaceChildren(
      axis("y", ticks(0, this.top, 3), this.y, BOX, (value) =>
        this.isShare ? `${+(100 * value).toFixed(1)}%` : String(value),
      ),
      !this.isLog
        ? axis("x", ticks(0, this.steps - this.after, 4), (step) => this.x(this.after + step), BOX, stepLabel)
        : axis(
            "x",
            [1, 10, 100, 1000, 10_000].filter((step) => step <= this.steps - this.after),
            (step) => this.x(this.after + step),
            BOX,
            stepLabel,
          ),
    );
  }

  private hover(event: PointerEvent): void {
    const { history } = this;
    if (history === undefined || history.steps.length === 0) return;
    const bounds = this.plot.getBoundingClientRect();
    const px = ((event.clientX - bounds.left) * BOX.width) / bounds.width;
    const py = ((event.clientY - bounds.top) * BOX.height) / bounds.height;
    const { x, y } = this;
    let evaluation = 0;
    history.steps.forEach((step, e) => {
      if (Math.abs(x(step) - px) < Math.abs(x(history.steps[evaluation]) - px)) evaluation = e;
    });
    let [run, nearest] = [0, Number.POSITIVE_INFINITY];
    for (let r = 0; r < history.runs; r++) {
      const distance = Math.abs(y(history.value(evaluation, r, this.quantity)) - py);
      if (distance < nearest) [run, nearest] = [r, distance];
    }
    this.read({ evaluation, run });
  }

  private key(event: KeyboardEvent): void {
    const { history } = this;
    if (history === undefined || history.steps.length === 0) return;
    const { runs } = history;
    const at = this.cursor ?? { evaluation: history.steps.length - 1, run: 0 };
    const move: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const [across, along] = move[event.key] ?? [];
    if (across === undefined) return;
    event.preventDefault();
    this.read({
      evaluation: Math.min(Math.max(at.evaluation + across, 0), history.steps.length - 1),
      run: (at.run + along + runs) % runs,
    });
  }

  /** Shows one run and its value at one evaluation. */
  private read(at: { evaluation: number; run: number } | undefined): void {
    this.cursor = at;
    const { history } = this;
    set(this.hovered, "visibility", at === undefined ? "hidden" : "visible");
    if (at === undefined || history === undefined || history.rows[at.evaluation] === undefined) {
      setText(this.caption, "");
      return;
    }
    const values = history.rows.map((_, e) => history.value(e, at.run, this.quantity));
    const { x, y } = this;
    set(this.hoveredLine, "d", linePath(history.steps.map(x), values.map(y)));
    set(this.hoveredDot, "cx", x(history.steps[at.evaluation]));
    set(this.hoveredDot, "cy", y(values[at.evaluation]));
    const group = this.groups.find(({ firstRun, runs }) => at.run >= firstRun && at.run < firstRun + runs)!;
    const value = this.isShare
      ? `${(100 * values[at.evaluation]).toFixed(1)} %`
      : values[at.evaluation].toFixed(4);
    setText(
      this.caption,
      `${group.short}, seed ${this.seeds(at.run)}, step ${history.steps[at.evaluation]}: ${value}`,
    );
  }
}

function stepLabel(step: number): string {
  return step >= 10_000 ? `${step / 1000}k` : String(step);
}
