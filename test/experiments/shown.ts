/**
 * What every report must be, whatever it reports: figures that stand alone and are complete, the same bytes each time, drawn
 * without a browser; a page that needs nothing else and says what was learnt.
 */

import { parseHTML } from "linkedom";
import { expect } from "vitest";
import type { Experiment } from "../../src/experiments/experiment.ts";
import { toPng } from "../../src/report/draw.ts";
import type { Reported } from "../../src/report/files.ts";
import { reportHtml } from "../../src/report/report.ts";
import type { ExperimentResults } from "../../src/report/results.ts";

/** Checks all of it; gives the report's parts for what is to be checked besides. */
export async function expectShown(
  experiment: Experiment,
  results: ExperimentResults,
  names: readonly string[],
) {
  const reported: Reported<ExperimentResults> = await experiment.report();
  const figures = reported.figures(results);
  expect(figures.map(({ name }) => name)).toEqual(names);
  expect(reported.figures(results)).toEqual(figures);
  for (const { name, title, svg } of figures) {
    // Only what every viewer and editor knows, and no number that is none.
    expect(svg, name).not.toMatch(/var\(|<style|class="|currentColor|NaN|undefined|Infinity|<script|@import/);
    expect(svg, name).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" role="img" width="\d+" height="\d+"/,
    );
    // A mean says of how many.
    expect(svg, name).not.toMatch(/(?:mean|median) (?:of|over) the (?:seeds|draws)/);
    const root = parseHTML(`<html><body>${svg}</body></html>`).document.querySelector("svg")!;
    const [width, height] = ["width", "height"].map((side) => Number(root.getAttribute(side)));
    expect(root.querySelector("title")!.textContent).toBe(title);
    expect(root.querySelector("desc")!.textContent!.length).toBeGreaterThan(20);
    const texts = [...root.children].filter((child) => child.localName === "text");
    for (const text of texts) {
      const [x, y, size] = ["x", "y", "font-size"].map((attribute) => Number(text.getAttribute(attribute)));
      // On average letters are narrower than .62 of their height.
      expect(x + text.textContent!.length * size * 0.62, `${name}: ${text.textContent}`).toBeLessThan(
        width + 40,
      );
      expect(y).toBeLessThan(height);
    }
    // Plots have axes with labels; pictures of images have none and say so.
    const plots = [...root.children].filter((child) => child.localName === "svg");
    expect(plots.length).toBeGreaterThan(0);
    if (!name.startsWith("nearest")) expect(svg, name).toContain('aria-label="x-axis label"');
    const png = (await toPng(svg))!;
    const view = new DataView(png.buffer, png.byteOffset);
    expect([view.getUint32(16), view.getUint32(20)], name).toEqual([2 * width, 2 * height]);
    // A blank picture packs into next to nothing.
    expect(png.length, name).toBeGreaterThan(8000);
  }
  const learnt = reported.learnt(results);
  expect(learnt).toMatch(/^[A-Z][^\n]*\.$/);
  const html = reportHtml(experiment, reported, results, figures);
  expect(html).toContain(`<p class="learnt">`);
  expect(html.match(/<figure id=/g)?.length).toBe(figures.length);
  expect(html.indexOf("<figure")).toBeLessThan(html.indexOf("<table"));
  expect(html).toContain(`http-equiv="Content-Security-Policy" content="default-src 'none'`);
  expect(html).not.toMatch(/<script|<link|<img|@import|url\(| src=/);
  expect(html.match(/href="(?!data:|https:\/\/arxiv)/g)).toBeNull();
  expect(reported.introduction).toMatch(/^<p>[\s\S]*<\/p>$/);
  // Formulas are set everywhere but in figures' own texts.
  expect(html.replaceAll(/<svg[\s\S]*?<\/svg>|<annotation[\s\S]*?<\/annotation>/g, "")).not.toMatch(
    />[^<]*h_ε/,
  );
  return { reported, figures, learnt, html };
}
