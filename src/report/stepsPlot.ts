/**
 * When each run got somewhere, as SVG: a row for each kind of run, a dot for each run on a logarithmic axis of steps, a
 * bar at the median; runs that did not get there stand as rings to the right of the axis.
 */

import { PLOT_STYLE, type Series, text } from "./plot.ts";
import { domainFor, escapeText, tickLabel } from "./plotParts.ts";

/** A row of every panel. */
export interface StepsRow {
  readonly name: string;
  readonly look: Exclude<Series["look"], "other">;
  /** Whether it begins a group: a little room above it. */
  readonly begins: boolean;
}

export interface StepsPanel {
  readonly title: string;
  /** For each row its runs' steps; null for a run that did not get there. */
  readonly steps: readonly (readonly (number | null)[])[];
  /** For each row; null where the median run did not get there. */
  readonly medians: readonly (number | null)[];
}

export interface StepsPlot {
  readonly title: string;
  readonly subtitle: string;
  /** For readers who don't see the picture. */
  readonly description: string;
  readonly rows: readonly StepsRow[];
  /** The first and the last step of the axis, and what is labelled in between. */
  readonly ticks: readonly number[];
  readonly panels: readonly StepsPanel[];
}

const PANEL = { width: 168, gap: 26, beyond: 42 };
const ROW = { height: 24, room: 9 };
const MARGIN = { left: 172, right: 20, top: 104, bottom: 56 };
/** Dots of one row are moved apart vertically, by turns. */
const JITTER = [0, -4, 4, -2, 2];

/** The whole picture, its panels in one row. */
export function stepsPlot(plot: StepsPlot): string {
  const middles: number[] = [];
  let bottom = 0;
  for (const { begins } of plot.rows) {
    if (begins && middles.length > 0) bottom += ROW.room;
    middles.push(bottom + ROW.height / 2);
    bottom += ROW.height;
  }
  const outer = PANEL.width + PANEL.beyond + PANEL.gap;
  const width = MARGIN.left + plot.panels.length * outer - PANEL.gap + MARGIN.right;
  const height = MARGIN.top + bottom + MARGIN.bottom;
  const labels = plot.rows.map(({ name }, r) => text("mx-key", -14, middles[r] + 4, name, "end"));
  const panels = plot.panels.map(
    (panel, i) => `<g transform="translate(${i * outer} 0)">${drawPanel(plot, panel, middles, bottom)}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="mx-plot" role="img"`,
    `  width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeText(plot.title)}</title>`,
    `<desc>${escapeText(plot.description)}</desc>`,
    `<style>${PLOT_STYLE}</style>`,
    `<rect class="mx-paper" width="${width}" height="${height}"/>`,
    text("mx-title", 24, 28, plot.title),
    text("mx-note", 24, 48, plot.subtitle),
    `<g transform="translate(${MARGIN.left} ${MARGIN.top})">`,
    ...labels,
    ...panels,
    "</g>",
    text("mx-label", width - MARGIN.right, height - 12, "step", "end"),
    "</svg>\n",
  ].join("\n");
}

function drawPanel(
  { rows, ticks }: StepsPlot,
  { title, steps, medians }: StepsPanel,
  middles: readonly number[],
  bottom: number,
): string {
  const scale = domainFor(ticks.map(Math.log), PANEL.width - 6, 6);
  const x = (step: number) => scale(Math.log(step));
  const right = PANEL.width + PANEL.beyond;
  const parts = [
    text("mx-panel", 0, -14, title),
    `<rect class="mx-beyond" x="${PANEL.width}" y="-4" width="${PANEL.beyond}" height="${bottom + 8}"/>`,
    text("mx-tick", right, bottom + 20, "not yet", "end"),
  ];
  for (const tick of ticks) {
    parts.push(`<path class="mx-grid" d="M${x(tick)} -4V${bottom + 4}"/>`);
    // The last tick's label would touch that of the runs beyond it.
    const anchor = tick === ticks[ticks.length - 1] ? "end" : "middle";
    parts.push(text("mx-tick", x(tick), bottom + 20, tickLabel(tick), anchor));
  }
  rows.forEach(({ look }, row) => {
    const y = middles[row];
    parts.push(`<path class="mx-grid" d="M0 ${y}H${PANEL.width}"/>`);
    const runs = steps[row];
    runs.forEach((step, r) => {
      if (step !== null)
        parts.push(
          `<circle class="mx-dot mx-${look}" cx="${x(step)}" cy="${y + JITTER[r % JITTER.length]}" r="2.6"/>`,
        );
    });
    const median = medians[row];
    if (median !== null)
      parts.push(`<path class="mx-median mx-${look}" d="M${x(median)} ${y - 9}V${y + 9}"/>`);
    const open = runs.filter((step) => step === null).length;
    for (let i = 0; i < open; i++) {
      const at = PANEL.width + 6 + ((PANEL.beyond - 12) * (i + 0.5)) / open;
      // Many stand in two lines.
      const shift = open > 5 ? 3.5 - 7 * (i % 2) : 0;
      parts.push(
        `<circle class="mx-open mx-${look}" cx="${Math.round(at * 10) / 10}" cy="${y + shift}" r="2.6"/>`,
      );
    }
  });
  return parts.join("\n");
}

/** Ticks from `first` to `last` with the powers of ten between them that leave room for their labels. */
export function stepTicks(first: number, last: number): number[] {
  const powers = Array.from({ length: 8 }, (_, i) => 10 ** i);
  return [first, ...powers.filter((power) => power >= 1.9 * first && 1.9 * power <= last), last];
}
