/**
 * A plot as a paper wants it: width in millimetres, size and kind of text, and what is left out; seen as it will be, and
 * taken as SVG, or as PNG at 300 dots per inch. Not here: how figures are drawn (`figures.ts`).
 */

import type { Figure, FigureStyle } from "../../../src/report/figure.ts";
import { html, setText } from "../page/dom.ts";
import { attempt } from "../page/notice.ts";
import { openDialog } from "./dialog.ts";
import { download } from "./exports.ts";
import { sizeOf, svgToPng } from "./png.ts";
import { PLOTS, type PlotName } from "./shown.ts";

const DOTS_PER_INCH = 300;
/** Columns of journals. */
const WIDTHS = [85, 120, 174] as const;
const FONTS = {
  sans: ["Sans serif", "Helvetica, Arial, DejaVu Sans, sans-serif"],
  serif: ["Serif", "Times New Roman, Times, STIX Two Text, DejaVu Serif, serif"],
  latex: ["Computer Modern", "CMU Serif, Latin Modern Roman, LM Roman 10, serif"],
} as const;
const PARTS = { title: "Title", keys: "Legend", axes: "Axes", caption: "Caption" } as const;
type Part = keyof typeof PARTS;

export interface FigureSource {
  readonly plots: readonly PlotName[];
  readonly chosen: PlotName;
  draw(name: PlotName, style: FigureStyle): Promise<Figure>;
}

/** Opens the dialog; what is set stays until the page goes. */
export function openFigureDialog(source: FigureSource): void {
  form ??= new FigureForm();
  form.open(source);
}

let form: FigureForm | undefined;

class FigureForm {
  private readonly plot = html("select", { id: "figure-plot" });
  private readonly width = html("input", {
    id: "figure-width",
    type: "number",
    min: 40,
    max: 400,
    value: 174,
  });
  private readonly size = html("input", {
    id: "figure-size",
    type: "number",
    min: 4,
    max: 24,
    step: 0.5,
    value: 8,
  });
  private readonly font = html(
    "select",
    { id: "figure-font" },
    ...Object.entries(FONTS).map(([value, [name]]) => html("option", { value }, name)),
  );
  private readonly parts = (Object.entries(PARTS) as [Part, string][]).map(([part, name]) => {
    // A paper has its captions below the figure, as text.
    const checked = part === "keys" || part === "axes";
    return { part, name, input: html("input", { type: "checkbox", id: `figure-${part}`, checked }) };
  });
  private readonly preview = html("img", { class: "figure-preview", alt: "" });
  private readonly measure = html("p", { class: "soft small", role: "status" });
  private readonly caption = html("textarea", { id: "figure-text", rows: 4, readonly: true });
  private readonly element: HTMLElement;
  private source: FigureSource | undefined;
  private figure: Figure | undefined;
  private drawn = 0;

  constructor() {
    const field = (label: string, input: HTMLElement) =>
      html("div", { class: "field" }, html("label", { for: input.id }, label), input);
    const svg = html("button", { type: "button", id: "figure-svg" }, "SVG");
    const png = html("button", { type: "button", id: "figure-png" }, `PNG, ${DOTS_PER_INCH} dpi`);
    svg.addEventListener("click", () => this.save(async ({ svg }) => new Blob([svg]), "svg"));
    png.addEventListener("click", () => this.save(({ svg }) => svgToPng(svg, DOTS_PER_INCH), "png"));
    const columns = WIDTHS.map((width) => {
      const button = html("button", { type: "button" }, `${width} mm`);
      button.addEventListener("click", () => {
        this.width.value = String(width);
        this.draw();
      });
      return button;
    });
    const settings = html(
      "div",
      { class: "figure-settings" },
      field("Plot", this.plot),
      field("Width, mm", this.width),
      html("div", { class: "row", role: "group", "aria-label": "Widths of columns" }, ...columns),
      field("Text, pt", this.size),
      field("Font", this.font),
      html(
        "fieldset",
        {},
        html("legend", {}, "With"),
        ...this.parts.map(({ name, input }) =>
          html("label", { class: "switch", for: input.id }, input, name),
        ),
      ),
      html("div", { class: "row" }, svg, png),
      this.measure,
    );
    this.element = html(
      "div",
      { class: "figure" },
      settings,
      html(
        "div",
        { class: "figure-shown" },
        html("div", { class: "figure-paper" }, this.preview),
        html("label", { for: this.caption.id, class: "small soft" }, "Caption, to paste"),
        this.caption,
      ),
    );
    settings.addEventListener("change", () => this.draw());
  }

  open(source: FigureSource): void {
    this.source = source;
    this.plot.replaceChildren(
      ...source.plots.map((value) =>
        html("option", { value, selected: value === source.chosen }, PLOTS[value]),
      ),
    );
    openDialog("Figure", this.element);
    this.draw();
  }

  private draw(): void {
    attempt(async () => {
      const turn = ++this.drawn;
      const valid = [this.width, this.size].every((input) => input.reportValidity());
      if (!valid) return;
      const figure = await this.source!.draw(this.plot.value as PlotName, {
        width: Number(this.width.value),
        textSize: Number(this.size.value),
        font: FONTS[this.font.value as keyof typeof FONTS][1],
        without: this.parts.filter(({ input }) => !input.checked).map(({ part }) => part),
      });
      if (turn !== this.drawn) return;
      this.figure = figure;
      URL.revokeObjectURL(this.preview.src);
      this.preview.src = URL.createObjectURL(new Blob([figure.svg], { type: "image/svg+xml" }));
      this.preview.alt = figure.title;
      const { width, height } = sizeOf(figure.svg);
      const millimetres = (pixels: number) => Math.round((pixels * 25.4) / 96);
      const dots = (pixels: number) => Math.round((pixels * DOTS_PER_INCH) / 96);
      setText(
        this.measure,
        `${millimetres(width)} × ${millimetres(height)} mm; as PNG ${dots(width)} × ${dots(height)} pixels.`,
      );
      this.caption.value = `${figure.title}. ${figure.caption}`;
    });
  }

  private save(bytes: (figure: Figure) => Promise<Blob>, ending: string): void {
    attempt(async () => {
      const { figure } = this;
      if (figure === undefined) return;
      const type = ending === "svg" ? "image/svg+xml" : "image/png";
      download(`${figure.name}.${ending}`, await bytes(figure), type);
    });
  }
}
