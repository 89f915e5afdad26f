/** How many training images the classes of a long tail have, most frequent first. */

import { html, svg } from "../page/dom.ts";
import { linearScale } from "../page/geometry.ts";
import type { PlotBox } from "../pictures/points/plotPanel.ts";
import type { LongTailMethod } from "../training/methods/methods.ts";

const BOX: PlotBox = { width: 340, height: 120, left: 8, right: 8, top: 16, bottom: 10 };

export function tailCounts({ splits: [{ counts, order, groups }] }: LongTailMethod): HTMLElement {
  const ranked = Array.from(order, (label) => counts[label]);
  const C = ranked.length;
  const width = (BOX.width - BOX.left - BOX.right) / C;
  const base = BOX.height - BOX.bottom;
  const y = linearScale(0, ranked[0], base, BOX.top);
  const plot = svg("svg", {
    viewBox: `0 0 ${BOX.width} ${BOX.height}`,
    class: "plot chart tail-counts",
    role: "img",
    "aria-label": `Training images of the classes, most frequent first: ${ranked.join(", ")}`,
  });
  ranked.forEach((count, rank) => {
    const isRare = rank >= C - groups.few.length;
    const style = rank < groups.many.length ? "class-0" : isRare ? "class-1" : "tail-all";
    const left = BOX.left + rank * width;
    plot.append(
      svg("rect", {
        class: `bar ${style}`,
        "data-part": { "class-0": "frequent", "class-1": "rare", "tail-all": "all" }[style],
        x: left + 2,
        width: width - 4,
        y: y(count),
        height: base - y(count),
      }),
      svg("text", { x: left + width / 2, y: y(count) - 4, "text-anchor": "middle" }, String(count)),
    );
  });
  const title = html("h3", { class: "chart-title" }, html("span", {}, "Training images of each class"));
  return html("section", { "data-part": "counts" }, title, plot);
}
