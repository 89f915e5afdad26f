/**
 * The front page: its one picture, moved by alpha. Shows nets that were trained before (`record.json`, by
 * `tools/frontRecord.mjs`); nothing is trained here. Links to the lab from when it stood here lead to it.
 */

import { svg } from "../lab/page/dom.ts";
import { bandPath, linearScale, linePath, ticks } from "../lab/page/geometry.ts";
import { keepOffline } from "../lab/page/offline.ts";
import { connectTheme } from "../lab/page/theme.ts";
import record from "./record.json";

if (location.hash.startsWith("#v=") || /[?&](?:present|embed)\b/.test(location.search))
  location.replace(`./lab.html${location.search}${location.hash}`);

/** Of the alphas that were recorded, the one that the picture begins and the one that it stops at. */
const FIRST = 0;
const LAST = record.mixup.findIndex(({ alpha }) => alpha === 32);
/** Milliseconds at each alpha on the way. */
const PACE = 420;

const BOX = { width: 460, height: 360, left: 34, right: 10, top: 16, bottom: 32 };
const x = linearScale(record.points[0], record.points.at(-1)!, BOX.left, BOX.width - BOX.right);
const y = linearScale(0, 1, BOX.height - BOX.bottom, BOX.top);
const xs = record.points.map(x);
/** Where the middle point stands. */
const MIDDLE = record.points.reduce(
  (best, at, i) => (Math.abs(at - 1) < Math.abs(record.points[best] - 1) ? i : best),
  0,
);

function byId<E extends Element>(id: string): E {
  return document.getElementById(id) as unknown as E;
}

const curve = (name: string) => svg("path", { class: name });
const [band, erm, optimal, mean] = ["band", "erm", "optimal", "mean"].map(curve);
const miss = svg("circle", { class: "miss", cx: x(1), cy: y(1), r: 14 });

function drawFrame(plot: SVGSVGElement): void {
  for (const value of [0, 0.5, 1])
    plot.append(
      svg("line", { class: "rule", x1: BOX.left, x2: BOX.width - BOX.right, y1: y(value), y2: y(value) }),
      svg("text", { x: BOX.left - 8, y: y(value) + 4, "text-anchor": "end" }, String(value)),
    );
  for (const value of ticks(0, 2, 2))
    plot.append(svg("text", { x: x(value), y: BOX.height - 8, "text-anchor": "middle" }, String(value)));
  erm.setAttribute("d", linePath(xs, record.erm.mean.map(y)));
  plot.append(
    svg("text", { class: "name", x: BOX.left + 4, y: BOX.top + 14 }, "probability of orange"),
    ...[band, erm, optimal, mean, miss],
    ...[0, 2].map((at) => svg("circle", { class: "blue", cx: x(at), cy: y(0), r: 8 })),
    svg("rect", { class: "orange", x: x(1) - 7, y: y(1) - 7, width: 14, height: 14, rx: 1.5 }),
  );
}

function show(place: number): void {
  const { alpha, ...mixup } = record.mixup[place];
  const ys = (values: readonly (number | null)[]) =>
    values.map((value) => (value === null ? Number.NaN : y(value)));
  band.setAttribute("d", bandPath(xs, ys(mixup.least), ys(mixup.largest)));
  mean.setAttribute("d", linePath(xs, ys(mixup.mean)));
  optimal.setAttribute("d", linePath(xs, ys(mixup.optimal)));
  const sure = mixup.mean[MIDDLE];
  const isMissed = sure < 0.5;
  miss.toggleAttribute("hidden", !isMissed);
  miss.setAttribute("visibility", isMissed ? "visible" : "hidden");
  const percent = `${Math.round(100 * sure)} %`;
  const verdict = byId<HTMLElement>("verdict");
  verdict.classList.toggle("bad", isMissed);
  verdict.textContent = isMissed
    ? `${percent} sure of the orange point: Mixup gets it wrong.`
    : `${percent} sure of the orange point: right.`;
  byId("alpha-value").textContent = alpha < 1 ? `1/${1 / alpha}` : alpha.toLocaleString("en");
  const slider = byId<HTMLInputElement>("alpha");
  slider.value = String(place);
  slider.setAttribute("aria-valuetext", `${alpha}. ${verdict.textContent}`);
  byId<HTMLAnchorElement>("same").href =
    `./lab.html#v=1&alpha=${alpha}&units=${record.units}&rate=${record.rate}&steps=${record.steps}`;
}

byId("unserved").remove();
connectTheme(() => {});
keepOffline();
drawFrame(byId("plot"));
const slider = byId<HTMLInputElement>("alpha");
slider.max = String(record.mixup.length - 1);
byId("told").textContent =
  `Mean of ${record.seeds} nets of ${record.units} hidden units after ${record.steps.toLocaleString("en")} steps; ` +
  `band: the least to the largest. Recorded; the lab trains them before your eyes.`;

let moving: ReturnType<typeof setInterval> | undefined;
slider.addEventListener("input", () => {
  clearInterval(moving);
  show(Number(slider.value));
});
slider.addEventListener("pointerdown", () => clearInterval(moving));
if (matchMedia("(prefers-reduced-motion: reduce)").matches) show(LAST);
else {
  let place = FIRST;
  show(place);
  moving = setInterval(() => {
    show(++place);
    if (place >= LAST) clearInterval(moving);
  }, PACE);
}
