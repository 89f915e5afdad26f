/**
 * A figure: title, keys, one or more plots of Observable Plot beside each other, caption; as one SVG that stands alone. No
 * styles, variables or scripts: only presentation attributes, which every viewer and editor knows. Always on light paper,
 * so that it is the same in print, on a dark page and in an article. The same numbers give the same bytes.
 *
 * Works in Node and in a page: whoever draws gives a document. Not here: which numbers to show.
 */

import * as Plot from "@observablehq/plot";

/** Colours of series, told apart by every kind of colour vision, and in grey by their order. */
export const COLOURS = {
  main: "#0067a5",
  base: "#c8641b",
  third: "#2a7a45",
  ink: "#262522",
  soft: "#75716a",
} as const;

const PAPER = "#ffffff";
const FONT = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

/** What a mark means. */
export interface Key {
  readonly text: string;
  readonly mark: "line" | "thin" | "dashed" | "dot" | "ring" | "cross" | "square" | "triangle" | "diamond";
  readonly colour: string;
}

/** A plot in a figure, with what stands above it. */
export interface Panel {
  /** Above the plot; a row whose panels have none is as much lower. */
  readonly title: string;
  /** Without `document`; `width` and `height` are the panel's. */
  readonly options: Plot.PlotOptions & { readonly width: number; readonly height: number };
}

/** Panels side by side. */
export interface PanelRow {
  /** Above the panels, where there are several rows. */
  readonly heading?: string;
  readonly panels: readonly (Panel | undefined)[];
}

export interface FigureSpec {
  /** Stem of its file. */
  readonly name: string;
  readonly title: string;
  /** What is shown, of how many runs, what bands and whiskers are. Sentences. */
  readonly caption: string;
  /** The same in words and numbers, for who can't see it. */
  readonly description: string;
  readonly keys?: readonly Key[];
  readonly rows: readonly PanelRow[];
}

/** How a figure is set for a paper: what is not given is as in the reports. */
export interface FigureStyle {
  /** Of the whole figure, in millimetres: panels shrink or grow to it, and stand below each other where they don't fit. */
  readonly width?: number;
  /** Of the numbers at axes, in points; with a width only. */
  readonly textSize?: number;
  /** A CSS list of font families. */
  readonly font?: string;
  /** What is left out. */
  readonly without?: readonly ("title" | "keys" | "caption" | "axes")[];
}

/** A figure as drawn. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
}

const MARGIN = 24;
const LINE = 17;
const LEAST_WIDTH = 560;
const PANEL_TITLE = 20;
const HEADING_LINE = 18;
/** Size of the numbers at axes. */
const TICK_SIZE = 11;
/** Of a figure of a given width. */
const NARROW_MARGIN = 4;
/** A plot between its margins is at least as wide, or stands alone. */
const LEAST_PLOT = 96;

/** Draws a figure with a document, a page's or one of Node. */
export function drawFigure(document: Document, spec: FigureSpec, style: FigureStyle = {}): Figure {
  const { without = [], font = FONT } = style;
  // Pixels of the drawing to a millimetre of paper: by the size of the text.
  const density = (TICK_SIZE / (style.textSize ?? 8)) * (72 / 25.4);
  const isFitted = style.width !== undefined;
  const margin = isFitted ? NARROW_MARGIN : MARGIN;
  const rowWidth = ({ panels }: PanelRow) =>
    panels.reduce((sum, panel, i) => sum + panelWidth(panels, panel, i), 0);
  const bare = without.includes("axes") ? spec.rows.map(withoutAxes) : spec.rows;
  const width = isFitted
    ? Number((style.width! * density).toFixed(2))
    : Math.max(LEAST_WIDTH, ...bare.map(rowWidth).map((inner) => inner + 2 * margin));
  const rows = isFitted ? bare.flatMap((row) => fittedRows(row, width - 2 * margin)) : bare;
  const parts: string[] = [];
  let y = margin + 14;
  for (const line of without.includes("title") ? [] : wrap(spec.title, width - 2 * margin, 16 * 0.64)) {
    parts.push(text(margin, y, line, { size: 16, weight: 600 }));
    y += 22;
  }
  for (const row of keyRows(without.includes("keys") ? [] : (spec.keys ?? []), width - 2 * margin)) {
    parts.push(...row.map(({ key, x }) => drawKey(key, margin + x, y)));
    y += 20;
  }
  // Nothing above: the panels begin at the edge.
  if (y === margin + 14) y -= 14;
  for (const [i, row] of rows.entries()) {
    y += 6;
    if (row.heading !== undefined) {
      // Nearer to its panels than to those above.
      if (i > 0) y += 12;
      for (const line of wrap(row.heading, width - 2 * margin, 13 * 0.58)) {
        parts.push(text(margin, y + 10, line, { size: 13 }));
        y += HEADING_LINE;
      }
      y += 8;
    }
    const height = Math.max(...row.panels.map((panel) => panel?.options.height ?? 0));
    const titleLines = row.panels.map((panel) => {
      if (!panel?.title) return [];
      const { left, right } = marginsOf(panel);
      return isFitted ? wrap(panel.title, panel.options.width - left - right, 12.5 * 0.56) : [panel.title];
    });
    const lines = Math.max(...titleLines.map(({ length }) => length));
    const titles = lines > 0 ? PANEL_TITLE + LINE * (lines - 1) : 0;
    let x = margin;
    row.panels.forEach((panel, i) => {
      if (panel !== undefined) {
        const { left } = marginsOf(panel);
        titleLines[i].forEach((line, l) => {
          parts.push(text(x + left, y + 10 + LINE * l, line, { size: 12.5 }));
        });
        parts.push(plotSvg(document, panel, x, y + titles));
      }
      x += panelWidth(row.panels, panel, i);
    });
    y += titles + height;
  }
  y += 18;
  const caption = without.includes("caption") ? [] : wrap(spec.caption, width - 2 * margin, 11.5 * 0.58);
  for (const line of caption) {
    parts.push(text(margin, y, line, { size: 11.5, colour: COLOURS.soft }));
    y += LINE;
  }
  const height = Math.ceil(y - LINE + margin);
  const length = (pixels: number) => (isFitted ? `${+(pixels / density).toFixed(2)}mm` : String(pixels));
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${length(width)}" height="${length(height)}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="${escapeText(font)}" fill="${COLOURS.ink}">`;
  const svg = [
    head,
    `<title>${escapeText(spec.title)}</title>`,
    `<desc>${escapeText(spec.description)}</desc>`,
    `<rect width="${width}" height="${height}" fill="${PAPER}"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
  return { name: spec.name, title: spec.title, caption: spec.caption, svg };
}

/** A missing panel takes the room of its row's first one. */
function panelWidth(panels: PanelRow["panels"], panel: Panel | undefined, index: number): number {
  const known = panel ?? panels.find((other, i) => other !== undefined && i !== index);
  return known?.options.width ?? 0;
}

/** A panel that is drawn larger, or smaller, than it was made: images in it have to follow. */
interface ScaledPanel extends Panel {
  readonly scale?: number;
}

/** A plot's margins, Plot's own where it says none. */
function marginsOf({ options: { margin, marginLeft, marginRight, marginTop, marginBottom } }: Panel) {
  return {
    left: marginLeft ?? margin ?? 40,
    right: marginRight ?? margin ?? 20,
    top: marginTop ?? margin ?? 20,
    bottom: marginBottom ?? margin ?? 30,
  };
}

/** A row's panels in as many rows as they need, each as wide as there is room; what is between the margins keeps its shape. */
function fittedRows({ heading, panels }: PanelRow, room: number): PanelRow[] {
  const known = panels.filter((panel) => panel !== undefined);
  const around = (panel: Panel) => marginsOf(panel).left + marginsOf(panel).right;
  const widest = Math.max(...known.map(around));
  const across = Math.min(panels.length, Math.max(1, Math.floor(room / (widest + LEAST_PLOT))));
  const plotWidth = (of: readonly Panel[]) => of.reduce((sum, p) => sum + p.options.width - around(p), 0);
  const first = known.slice(0, across);
  const scale = (room - first.reduce((sum, panel) => sum + around(panel), 0)) / plotWidth(first);
  const fit = (panel: Panel | undefined): ScaledPanel | undefined => {
    if (panel === undefined) return undefined;
    const { left, right, top, bottom } = marginsOf(panel);
    const { width, height } = panel.options;
    const scaled = {
      width: left + right + scale * (width - left - right),
      height: top + bottom + scale * (height - top - bottom),
    };
    return { ...panel, scale, options: { ...panel.options, ...scaled } };
  };
  return Array.from({ length: Math.ceil(panels.length / across) }, (_, row) => ({
    ...(row === 0 && { heading }),
    panels: panels.slice(row * across, (row + 1) * across).map(fit),
  }));
}

/** Plots alone: no axes, nor room for them. */
function withoutAxes({ heading, panels }: PanelRow): PanelRow {
  const edge = 6;
  const bare = (panel: Panel): Panel => {
    const { left, right, top, bottom } = marginsOf(panel);
    const { options } = panel;
    const { width, height } = options;
    return {
      ...panel,
      options: {
        ...options,
        width: width - left - right + 2 * edge,
        height: height - top - bottom + 2 * edge,
        marginLeft: edge,
        marginRight: edge,
        marginTop: edge,
        marginBottom: edge,
        x: { ...options.x, axis: null },
        y: { ...options.y, axis: null, grid: false },
      },
    };
  };
  return { heading, panels: panels.map((panel) => panel && bare(panel)) };
}

function plotSvg(document: Document, { options, scale = 1 }: ScaledPanel, x: number, y: number): string {
  const plot = Plot.plot({ ...options, document, style: { fontSize: `${TICK_SIZE}px` } } as Plot.PlotOptions);
  if (scale !== 1) for (const image of plot.querySelectorAll("image")) scaleAround(image, scale);
  for (const style of plot.querySelectorAll("style")) style.remove();
  for (const name of ["class", "style", "xmlns", "xmlns:xlink", "fill", "font-family", "text-anchor"])
    plot.removeAttribute(name);
  plot.setAttribute("x", String(x));
  plot.setAttribute("y", String(y));
  plot.setAttribute("font-size", String(TICK_SIZE));
  plot.setAttribute("text-anchor", "middle");
  // What lies at the edge of a panel, such as the last tick's label, is not cut off.
  plot.setAttribute("overflow", "visible");
  return (
    plot.outerHTML
      .replaceAll("currentColor", COLOURS.ink)
      .replaceAll("var(--plot-background)", PAPER)
      // A page's document writes HTML, and XML knows no such name.
      .replaceAll("&nbsp;", "\u00a0")
      .replaceAll(/ (?:class|style|aria-description)="[^"]*"/g, "")
      // A hundredth of a pixel is finer than anyone sees; text and opacities keep their digits.
      .replaceAll(GEOMETRY, (attribute) =>
        attribute.replaceAll(/\d+\.\d{3,}(?:e-\d+)?/g, (number) => String(Number(Number(number).toFixed(2)))),
      )
  );
}

/** Scales an image around its middle. */
function scaleAround(image: Element, scale: number): void {
  for (const [place, size] of [
    ["x", "width"],
    ["y", "height"],
  ]) {
    const length = Number(image.getAttribute(size));
    image.setAttribute(place, String(Number(image.getAttribute(place)) + (length * (1 - scale)) / 2));
    image.setAttribute(size, String(length * scale));
  }
}

interface TextStyle {
  readonly size: number;
  readonly weight?: number;
  readonly colour?: string;
}

/** The attributes that hold lengths in pixels. */
const GEOMETRY = / (?:d|x|y|x1|x2|y1|y2|cx|cy|r|width|height|transform|points)="[^"]*"/g;

/** A line of text; `h_ε` has its index set. */
function text(x: number, y: number, content: string, { size, weight, colour }: TextStyle): string {
  const index = `<tspan dy="3" font-size="75%">ε</tspan><tspan dy="-3">\u200b</tspan>`;
  const set = escapeText(content).replaceAll("h_ε", `h${index}`);
  const attributes = `${weight ? ` font-weight="${weight}"` : ""}${colour ? ` fill="${colour}"` : ""}`;
  return `<text x="${x}" y="${y}" font-size="${size}"${attributes}>${set}</text>`;
}

/** Keys in as many rows as they need. */
function keyRows(keys: readonly Key[], width: number): { key: Key; x: number }[][] {
  const rows: { key: Key; x: number }[][] = [];
  let x = Number.POSITIVE_INFINITY;
  for (const key of keys) {
    const room = 44 + key.text.length * 12 * 0.58;
    if (x + room > width) {
      rows.push([]);
      x = 0;
    }
    rows[rows.length - 1].push({ key, x });
    x += room;
  }
  return rows;
}

function drawKey({ text: words, mark, colour }: Key, x: number, y: number): string {
  const [cx, cy] = [x + 8, y - 4];
  const marks: Record<Key["mark"], string> = {
    line: `<path d="M${x} ${cy}h16" stroke="${colour}" stroke-width="2"/>`,
    thin: `<path d="M${x} ${cy}h16" stroke="${colour}" stroke-width="0.7"/>`,
    dashed: `<path d="M${x} ${cy}h16" stroke="${colour}" stroke-width="2" stroke-dasharray="4 3"/>`,
    dot: `<circle cx="${cx}" cy="${cy}" r="4" fill="${colour}"/>`,
    ring: `<circle cx="${cx}" cy="${cy}" r="4" fill="none" stroke="${colour}" stroke-width="1.6"/>`,
    cross: `<path d="M${cx - 4} ${cy - 4}l8 8m0 -8l-8 8" stroke="${colour}" stroke-width="1.6"/>`,
    square: `<rect x="${cx - 6}" y="${cy - 6}" width="12" height="12" fill="${colour}" stroke="${COLOURS.soft}" stroke-width="0.5"/>`,
    triangle: `<path d="M${cx} ${cy - 5}l5 9h-10z" fill="${colour}"/>`,
    diamond: `<path d="M${cx} ${cy - 5}l5 5l-5 5l-5 -5z" fill="${colour}"/>`,
  };
  return marks[mark] + text(x + 22, y, words, { size: 12 });
}

/** Words in lines of a width, not broken at no-break spaces; an average character is `per` pixels wide, on the wide side. */
function wrap(words: string, width: number, per: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words.split(/[ \n]+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length * per > width && line !== "") {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === "" ? lines : [...lines, line];
}

/** Text for HTML and XML, in attributes, too. */
export function escapeText(words: string): string {
  return words
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
