/**
 * A policy over domains along the training, as areas upon each other: mean over the nets of a group.
 */

import { html, set, setText, svg } from "../../page/dom.ts";
import { bandPath, linearScale, linePath, type Scale, ticks } from "../../page/geometry.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import type { History } from "../../training/measured/history.ts";
import { groupSpread } from "../../training/measured/spread.ts";
import type { Frame } from "../../training/protocol.ts";
import { axis, type PlotBox } from "../points/plotPanel.ts";
import type { View } from "../view.ts";

const BOX: PlotBox = { width: 420, height: 330, left: 42, right: 112, top: 14, bottom: 40 };

export class PolicyPanel implements View {
  readonly element: HTMLElement;
  private readonly x: Scale;
  private readonly y: Scale = linearScale(0, 1, BOX.height - BOX.bottom, BOX.top);
  private readonly plot: SVGSVGElement;
  private readonly areas: { area: SVGPathElement; edge: SVGPathElement; label: SVGTextElement }[];
  private readonly status = html("span", { class: "panel-error" });
  private readonly names: readonly string[];
  /** Of the first share among the quantities. */
  private readonly first: number;

  constructor(
    experiment: Experiment,
    readonly group: Group,
  ) {
    const { quantities, train, steps, policies } = experiment;
    const domains = train.data.domains!;
    this.first = quantities.findIndex(({ key }) => key === "share0");
    const junk = policies!.last;
    this.names = domains.map(({ name }, k) => (k === domains.length - 1 ? junk : name));
    this.x = linearScale(0, steps, BOX.left, BOX.width - BOX.right);
    this.plot = svg("svg", {
      viewBox: `0 0 ${BOX.width} ${BOX.height}`,
      class: "plot",
      role: "img",
      "aria-label": group.name,
    });
    const right = BOX.width - BOX.right;
    const quarters = svg("path", {
      class: "quarters",
      d: [0.25, 0.5, 0.75].map((share) => `M${BOX.left},${this.y(share)}H${right}`).join(""),
    });
    this.areas = this.names.map((name, k) => {
      const part = { "data-part": k === domains.length - 1 ? "junk" : "domain" };
      return {
        area: svg("path", { class: `area class-${k}`, ...part }),
        edge: svg("path", { class: `edge class-${k}` }),
        label: svg("text", { class: `label class-${k}`, x: right + 6, visibility: "hidden", ...part }, name),
      };
    });
    this.plot.append(
      svg("rect", {
        class: "policy-frame",
        ...{ x: BOX.left, y: BOX.top, width: right - BOX.left, height: BOX.height - BOX.bottom - BOX.top },
      }),
      ...this.areas.map(({ area }) => area),
      ...this.areas.slice(0, -1).map(({ edge }) => edge),
      quarters,
      axis("y", [0, 0.25, 0.5, 0.75, 1], this.y, BOX, (value) => `${100 * value}%`),
      axis("x", ticks(0, steps, 4), this.x, BOX, (value) => value.toLocaleString("en")),
      svg("text", { class: "axis-name", x: right, y: BOX.height - 4, "text-anchor": "end" }, "steps"),
      ...this.areas.map(({ label }) => label),
    );
    const title = html(
      "h3",
      { class: `panel-title ${group.kind}` },
      html("span", {}, group.name),
      this.status,
    );
    this.element = html(
      "section",
      { class: "panel method policies", "data-part": group.kind },
      title,
      this.plot,
    );
  }

  update(_: Frame, history: History): void {
    const shares = this.names.map((_, k) => groupSpread(history, this.group, this.first + k).mean);
    const count = Math.min(...shares.map(({ length }) => length));
    if (count === 0) return;
    const xs = history.steps.slice(0, count).map(this.x);
    let below: number[] = new Array(count).fill(0);
    const ends = shares.map((own, k) => {
      const above = below.map((sum, e) => (k === shares.length - 1 ? 1 : sum + own[e]));
      const { area, edge, label } = this.areas[k];
      set(area, "d", bandPath(xs, below.map(this.y), above.map(this.y)));
      set(edge, "d", linePath(xs, above.map(this.y)));
      const middle = (below[count - 1] + above[count - 1]) / 2;
      below = above;
      setText(label, `${this.names[k]} ${(100 * own[count - 1]).toFixed(0)}`);
      set(label, "visibility", "visible");
      return { label, y: this.y(middle) + 4 };
    });
    // The first is lowest: labels are pushed upwards where they would touch.
    let ceiling = BOX.height - BOX.bottom + 2;
    for (const end of ends) {
      end.y = Math.min(end.y, ceiling);
      ceiling = end.y - 13;
      set(end.label, "y", end.y);
    }
    const last = shares[shares.length - 1];
    const half = Array.from(last.subarray(0, count)).filter(
      (_, e) => 2 * history.steps[e] >= history.steps[count - 1],
    );
    const mean = half.reduce((sum, share) => sum + share / half.length, 0);
    setText(this.status, `junk ${(100 * mean).toFixed(0)} %`);
    set(
      this.plot,
      "aria-label",
      `${this.group.name}: ${shares
        .map((own, k) => `${this.names[k]} ${(100 * own[count - 1]).toFixed(0)} %`)
        .join(", ")}`,
    );
  }

  choose(): void {}

  drawOptimal(): void {}

  repaint(): void {}
}
