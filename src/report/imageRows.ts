/**
 * Rows of small images with words under them, as SVG: a block beside a block, each with a heading and a name over each
 * column. The picture carries its own colours for light and dark.
 */

import { escapeText } from "./plotParts.ts";

export interface ImageBlock {
  readonly title: string;
  /** Name of each column. */
  readonly columns: readonly string[];
  readonly rows: readonly ImageRow[];
}

export interface ImageRow {
  /** To the left of the row. */
  readonly label: string;
  /** Data URIs with words below them, one for each column. */
  readonly images: readonly { readonly image: string; readonly text: string }[];
}

export interface ImageRows {
  readonly title: string;
  readonly subtitle: string;
  readonly description: string;
  readonly blocks: readonly ImageBlock[];
}

const IMAGE = 64;
const STEP = { x: 84, y: 96 };
const MARGIN = { left: 28, right: 28, top: 116, bottom: 14 };
const LABEL = 62;
const BLOCK_GAP = 30;

/** The whole picture. */
export function imageRows({ title, subtitle, description, blocks }: ImageRows): string {
  const blockWidth = ({ columns }: ImageBlock) => LABEL + columns.length * STEP.x;
  const inner = blocks.reduce((sum, block) => sum + blockWidth(block) + BLOCK_GAP, -BLOCK_GAP);
  const width = Math.max(MARGIN.left + inner + MARGIN.right, 620);
  const height = MARGIN.top + Math.max(...blocks.map(({ rows }) => rows.length)) * STEP.y + MARGIN.bottom;
  let left = MARGIN.left;
  const parts = blocks.map((block) => {
    const drawn = `<g transform="translate(${left} ${MARGIN.top})">${drawBlock(block)}</g>`;
    left += blockWidth(block) + BLOCK_GAP;
    return drawn;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="mx-images" role="img"`,
    `  width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeText(title)}</title>`,
    `<desc>${escapeText(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="mx-paper" width="${width}" height="${height}"/>`,
    text("mx-title", MARGIN.left, 28, title),
    text("mx-note", MARGIN.left, 48, subtitle),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function drawBlock({ title, columns, rows }: ImageBlock): string {
  const middle = (column: number) => LABEL + column * STEP.x + IMAGE / 2;
  const parts = [text("mx-panel", 0, -32, title)];
  columns.forEach((name, column) => {
    parts.push(text("mx-tick", middle(column), -8, name, "middle"));
  });
  rows.forEach(({ label, images }, row) => {
    const top = row * STEP.y;
    parts.push(text("mx-value", 0, top + IMAGE / 2 + 4, label));
    images.forEach(({ image, text: words }, column) => {
      const x = LABEL + column * STEP.x;
      parts.push(
        `<image x="${x}" y="${top}" width="${IMAGE}" height="${IMAGE}" href="${escapeText(image)}"/>`,
        text("mx-tick", middle(column), top + IMAGE + 14, words, "middle"),
      );
    });
  });
  return parts.join("\n");
}

function text(
  className: string,
  x: number,
  y: number,
  content: string,
  anchor: "start" | "middle" = "start",
): string {
  return `<text class="${className}" x="${x}" y="${y}" text-anchor="${anchor}">${escapeText(content)}</text>`;
}

const STYLE = `
.mx-images {
  --paper: #fffffc; --ink: #262522; --soft: #75716a;
  font-family: "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 12px;
}
@media (prefers-color-scheme: dark) { .mx-images { --paper: #191917; --ink: #e8e6e0; --soft: #a09c94; } }
.mx-images .mx-paper { fill: var(--paper); }
.mx-images .mx-title { fill: var(--ink); font-size: 16px; font-weight: 600; }
.mx-images .mx-panel { fill: var(--ink); font-size: 12.5px; }
.mx-images .mx-note, .mx-images .mx-tick { fill: var(--soft); }
.mx-images .mx-tick { font-size: 11px; }
.mx-images .mx-value { fill: var(--ink); font-variant-numeric: tabular-nums; }
.mx-images image { image-rendering: pixelated; }
`;
