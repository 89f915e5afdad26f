/**
 * Figures in Node: a document without a browser (linkedom), and PNG without one (resvg), with a font of its own, so that a
 * picture is the same on a machine that has none.
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseHTML } from "linkedom";
import { drawFigure, type Figure, type FigureSpec } from "./figure.ts";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** The figure as SVG. */
export function draw(spec: FigureSpec): Figure {
  return drawFigure(document as unknown as Document, spec);
}

/** PNG pixels per SVG pixel. */
const SCALE = 2;

/** The font's file: beside this module where it was built, else from the package. */
function fontFile(name: string): string {
  const beside = fileURLToPath(new URL(`./fonts/${name}`, import.meta.url));
  return existsSync(beside) ? beside : createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}`);
}

/** A figure's SVG as PNG; undefined where `@resvg/resvg-js`, which the package does not bring, is not installed. */
export async function toPng(svg: string): Promise<Uint8Array | undefined> {
  const resvg = await import("@resvg/resvg-js").catch(() => undefined);
  if (resvg === undefined) return undefined;
  const font = {
    fontFiles: ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map(fontFile),
    loadSystemFonts: false,
    defaultFontFamily: "DejaVu Sans",
  };
  return new resvg.Resvg(svg, { fitTo: { mode: "zoom", value: SCALE }, font, background: "white" })
    .render()
    .asPng();
}
