/**
 * Figures in Node: a document without a browser (linkedom), and PNG without one (resvg), with a font of its own, so that a
 * picture is the same on a machine that has none.
 */

import { createRequire } from "node:module";
import { parseHTML } from "linkedom";
import { drawFigure, type Figure, type FigureSpec } from "./figure.ts";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** The figure as SVG. */
export function draw(spec: FigureSpec): Figure {
  return drawFigure(document as unknown as Document, spec);
}

/** PNG pixels per SVG pixel. */
const SCALE = 2;

/**
 * A figure's SVG as PNG.
 * @throws Error where the rasterizer or its font is not installed.
 */
export async function toPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  const fontFiles = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((name) =>
    createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}`),
  );
  const fit = { mode: "zoom", value: SCALE } as const;
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: "DejaVu Sans" };
  return new Resvg(svg, { fitTo: fit, font, background: "white" }).render().asPng();
}
