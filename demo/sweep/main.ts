/**
 * The sweep page: opens a merged sweep (a file, an address of this site in the hash as `#file=...`, the example), and shows one number of it
 * over two of its axes, with the curves of the cell that is pointed at.
 *
 * Not here: reading (`mergedSweep.ts`), drawing (`heatMap.ts`, `curves.ts`).
 */

import { byId, element } from "../compare/dom.ts";
import { connectTheme } from "../lab/page/theme.ts";
import { colourOf, forgetColours, themeColour } from "./colours.ts";
import { type Bundle, drawCurves } from "./curves.ts";
import { drawMap, drawMarks, type MapLayout, type Place, placeAt } from "./heatMap.ts";
import {
  type Cells,
  cellsOf,
  type MergedSweep,
  type Metric,
  readMergedSweep,
  runsOf,
} from "./mergedSweep.ts";
import { nameOf, short } from "./words.ts";

/** Runs of a cell whose curves are drawn. */
const MOST_CURVES = 200;

byId("unserved").remove();

const map = byId("map");
const [mapCanvas, marksCanvas] = map.querySelectorAll("canvas");
const curvesCanvas = byId("curves").querySelector("canvas")!;

// It answers to keys: see below.
map.tabIndex = 0;

interface View {
  readonly sweep: MergedSweep;
  metric: Metric;
  /** Indices of axes; -1 for none. */
  x: number;
  y: number;
  /** The value each axis is held at, -1 for all. */
  readonly at: number[];
  cells: Cells;
  layout: MapLayout | undefined;
  pointed: Place;
  kept: Place | undefined;
}

let view: View | undefined;

async function open(read: () => Promise<ArrayBuffer>, name: string): Promise<void> {
  const [problem, source] = [byId("problem"), byId("source")];
  const before = source.textContent;
  source.textContent = `Reading ${name} …`;
  try {
    const sweep = readMergedSweep(await read());
    problem.hidden = true;
    source.textContent = `${name}: ${sweep.count.toLocaleString("en-US")} runs, sweep ${sweep.id.slice(0, 8)}`;
    show(sweep);
  } catch (error) {
    // What is shown is still that.
    source.textContent = before;
    problem.textContent = `${name} can't be shown: ${(error as Error).message}`;
    problem.hidden = false;
  }
}

function show(sweep: MergedSweep): void {
  const metric = Object.keys(sweep.final)[0] ?? "error";
  // Seeds last: what they are summed over is what one wants to see.
  const [x, y] = [0, 1].map((a) => (a < sweep.axes.length ? a : -1));
  const at = sweep.axes.map(() => -1);
  view = {
    sweep,
    metric,
    x,
    y,
    at,
    cells: cellsOf(sweep, metric, x, y, at),
    layout: undefined,
    pointed: { column: 0, row: 0 },
    kept: undefined,
  };
  byId("sweep").hidden = false;
  controls();
  refresh();
}

/** Choices of the number, the two axes, and what the others are held at. */
function controls(): void {
  const shown = view!;
  const { sweep } = shown;
  const choice = (
    name: string,
    options: readonly (readonly [string, number])[],
    value: number,
    chosen: (value: number) => void,
  ) => {
    const id = `choose-${name.replace(/\W+/g, "-")}`;
    const select = element("select", { id });
    for (const [text, v] of options)
      select.append(element("option", { value: v, selected: v === value }, text));
    select.addEventListener("change", () => {
      chosen(Number(select.value));
      shown.kept = undefined;
      shown.pointed = { column: 0, row: 0 };
      controls();
      byId(id).focus();
      refresh();
    });
    return element("div", {}, element("label", { for: id }, name), select);
  };
  const names = sweep.axes.map(({ name }, a) => [name, a] as const);
  const known = Object.keys(sweep.final);
  const fields = [
    choice(
      "Shown",
      known.map((metric, m) => [nameOf(metric), m] as const),
      known.indexOf(shown.metric),
      (m) => {
        shown.metric = known[m];
      },
    ),
  ];
  if (names.length > 0)
    fields.push(
      choice("Across", names, shown.x, (a) => {
        if (a === shown.y) shown.y = shown.x;
        shown.x = a;
      }),
    );
  if (names.length > 1)
    fields.push(
      choice("Down", names, shown.y, (a) => {
        if (a === shown.x) shown.x = shown.y;
        shown.y = a;
      }),
    );
  sweep.axes.forEach(({ name, values }, a) => {
    if (a === shown.x || a === shown.y) return;
    const options = [
      ["mean of all", -1] as const,
      ...values.slice(0, 1000).map((value, v) => [value, v] as const),
    ];
    fields.push(
      choice(name, options, shown.at[a], (v) => {
        shown.at[a] = v;
      }),
    );
  });
  byId("axes").replaceChildren(...fields);
}

/** After another choice: sums anew. */
function refresh(): void {
  if (view === undefined) return;
  const { sweep, metric, x, y, at } = view;
  view.cells = cellsOf(sweep, metric, x, y, at);
  const { least, most } = view.cells;
  const isKnown = most >= least;
  byId("least").textContent = isKnown ? short(least) : "";
  byId("most").textContent = isKnown ? short(most) : "";
  view.layout = undefined;
  byId("map-name").textContent = `${nameOf(metric)} at the end, over ${[x, y]
    .filter((a) => a >= 0)
    .map((a) => sweep.axes[a].name)
    .join(" (across) and ")}${y >= 0 ? " (down)" : ""}`;
  map.setAttribute("aria-label", byId("map-name").textContent!);
  draw();
}

/** Draws what is there, at most once a frame. */
let drawing = 0;
function draw(): void {
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(() => {
    if (view === undefined) return;
    const { sweep, metric, x, y, at, cells, pointed, kept } = view;
    view.layout ??= drawMap(mapCanvas, cells, sweep.axes[x], sweep.axes[y]);
    drawMarks(marksCanvas, view.layout, [
      { place: kept, colour: themeColour("ink-soft") },
      { place: pointed, colour: themeColour("accent") },
    ]);
    const bundle = ({ column, row }: Place, colour: string): Bundle => ({
      runs: runsOf(sweep, x, y, at, column, row, MOST_CURVES),
      colour,
    });
    drawCurves(curvesCanvas, sweep, metric, [
      ...(kept === undefined ? [] : [bundle(kept, "ink-soft")]),
      bundle(pointed, "accent"),
    ]);
    byId("pointed").textContent = described(view, pointed);
    byId("kept").textContent = kept === undefined ? "" : `Kept, in grey: ${described(view, kept)}`;
  });
}

/** `law beta(2), learningRate 0.01: 0.31 ± 0.02 over 8 runs, 1 of them diverged`. */
function described({ sweep, cells, x, y, metric }: View, { column, row }: Place): string {
  const cell = row * cells.columns + column;
  const where = [
    ...(x >= 0 ? [`${sweep.axes[x].name} ${sweep.axes[x].values[column]}`] : []),
    ...(y >= 0 ? [`${sweep.axes[y].name} ${sweep.axes[y].values[row]}`] : []),
  ].join(", ");
  const [mean, deviation, runs, diverged] = [cells.mean, cells.deviation, cells.runs, cells.diverged].map(
    (all) => all[cell],
  );
  if (runs === 0) return `${where}: no run`;
  const spread = Number.isNaN(deviation) ? "" : ` ± ${short(deviation)}`;
  const value = Number.isNaN(mean)
    ? "no number"
    : `${nameOf(metric).replace(/^./, (letter) => letter.toLowerCase())} ${short(mean)}${spread}`;
  const lost = diverged > 0 ? `, ${diverged} of them diverged` : "";
  return `${where}: ${value}, ${runs} run${runs > 1 ? "s" : ""}${lost}`;
}

function point(place: Place | undefined): void {
  if (view === undefined || place === undefined) return;
  if (place.column === view.pointed.column && place.row === view.pointed.row) return;
  view.pointed = place;
  draw();
}

function at(event: PointerEvent | MouseEvent): Place | undefined {
  if (view?.layout === undefined) return undefined;
  const { left, top } = mapCanvas.getBoundingClientRect();
  return placeAt(view.layout, event.clientX - left, event.clientY - top);
}

map.addEventListener("pointermove", (event) => point(at(event)));
map.addEventListener("click", (event) => {
  const place = at(event);
  if (view === undefined || place === undefined) return;
  view.pointed = place;
  view.kept = place;
  draw();
});
const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
map.addEventListener("keydown", (event) => {
  if (view === undefined) return;
  const { pointed, cells } = view;
  const move = MOVES[event.key];
  if (move !== undefined) {
    const column = Math.min(Math.max(pointed.column + move[0], 0), cells.columns - 1);
    const row = Math.min(Math.max(pointed.row + move[1], 0), cells.rows - 1);
    point({ column, row });
  } else if (event.key === "Enter" || event.key === " ") {
    view.kept = pointed;
    draw();
  } else if (event.key === "Escape") {
    view.kept = undefined;
    draw();
  } else return;
  event.preventDefault();
});

byId<HTMLInputElement>("file").addEventListener("change", ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (file !== undefined) void open(() => file.arrayBuffer(), file.name);
});
for (const type of ["dragover", "dragleave", "drop"] as const)
  document.addEventListener(type, (event) => {
    event.preventDefault();
    document.body.classList.toggle("dropping", type === "dragover");
    const file = type === "drop" ? event.dataTransfer?.files[0] : undefined;
    if (file !== undefined) void open(() => file.arrayBuffer(), file.name);
  });

async function fetched(url: URL): Promise<ArrayBuffer> {
  // What this page's policy refuses anyway, in words.
  if (url.origin !== location.origin)
    throw new Error("only files of this site can be linked to. Download it, and drop it here.");
  const response = await fetch(url);
  if (!response.ok) throw new Error(`there is no such file (${response.status}).`);
  return response.arrayBuffer();
}

const example = new URL("./example.safetensors", import.meta.url);
const openExample = () => open(() => fetched(example), "The example");
byId("example").addEventListener("click", openExample);

/** What the address asks for, or the example. */
function openLinked(): void {
  const asked = new URLSearchParams(location.hash.slice(1)).get("file");
  if (asked === null) void openExample();
  else void open(async () => fetched(new URL(asked, location.href)), asked);
}
addEventListener("hashchange", openLinked);
openLinked();

const drawAnew = () => {
  if (view !== undefined) view.layout = undefined;
  draw();
};
let width = 0;
new ResizeObserver(() => {
  if (map.clientWidth !== width) drawAnew();
  width = map.clientWidth;
}).observe(map);
connectTheme(() => {
  forgetColours();
  drawAnew();
});

const scale = byId<HTMLCanvasElement>("scale").getContext("2d")!;
for (let i = 0; i < 256; i++) {
  scale.fillStyle = `rgb(${colourOf(i / 255).join()})`;
  scale.fillRect(i, 0, 1, 1);
}
