/** What was read of a CSV: its first rows, and the choice of the columns that are features and class. */

import { type CsvDatasetOptions, readCsv } from "../../../src/index.ts";
import type { Target } from "../data/ownData.ts";
import { html, setText } from "../page/dom.ts";

/** Rows shown. */
const SHOWN_ROWS = 4;
/** Columns shown; all of them can be chosen. */
const SHOWN_COLUMNS = 8;

export class CsvPreview {
  readonly element = html("div", { class: "csv-preview", hidden: true });
  private readonly x = html("select", { id: "csv-x" });
  private readonly y = html("select", { id: "csv-y" });
  private readonly label = html("select", { id: "csv-label" });
  private readonly header = html("input", { type: "checkbox", id: "csv-header" });
  private readonly table = html("table", {});

  private readonly labelField: HTMLElement;

  /** `changed` is told when somebody has chosen otherwise. */
  constructor(changed: () => void) {
    this.labelField = field(this.label, "Class");
    this.element.append(
      html(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "The first rows" },
        this.table,
      ),
      html("label", { class: "switch", for: this.header.id }, this.header, "The first row is a header"),
      field(this.x, "Feature x"),
      field(this.y, "Feature y"),
      this.labelField,
    );
    for (const select of [this.x, this.y, this.label]) select.addEventListener("change", changed);
    this.header.addEventListener("change", changed);
  }

  /** The last column holds classes, or numbers. */
  setTarget(target: Target): void {
    setText(this.labelField.querySelector("label")!, target === "classes" ? "Class" : "Number");
  }

  /**
   * Shows another text, with columns as the lab would take them.
   * @throws ConfigError for what is no table; then nothing is shown.
   */
  show(text: string, options: CsvDatasetOptions = {}): void {
    this.element.hidden = true;
    const { columns, rows, header } = readCsv(text, { header: options.header });
    const features = columns
      .map(({ numbers, index }, c) => ({ c, fits: !index && numbers >= rows.length / 2 }))
      .filter(({ c, fits }) => fits && c < columns.length - 1)
      .map(({ c }) => c + 1);
    const [x = 1, y = 0] = options.features?.map(Number) ?? features;
    const names = columns.map(({ name }, c) => html("option", { value: c + 1 }, name.slice(0, 40)));
    const fill = (select: HTMLSelectElement, value: number, ...more: HTMLOptionElement[]) => {
      select.replaceChildren(...more, ...names.map((option) => option.cloneNode(true)));
      select.value = String(value);
    };
    fill(this.x, x);
    fill(this.y, y, html("option", { value: 0 }, "none"));
    fill(this.label, Number(options.label ?? columns.length));
    this.header.checked = header;
    const some = columns.slice(0, SHOWN_COLUMNS);
    const left = columns.length - some.length;
    const cut = (cell: string) => (cell.length > 16 ? `${cell.slice(0, 15)}…` : cell);
    this.table.replaceChildren(
      html("caption", { class: "visually-hidden" }, "The first rows"),
      html(
        "thead",
        {},
        html(
          "tr",
          {},
          ...some.map(({ name }) => html("th", { scope: "col" }, cut(name))),
          ...(left > 0 ? [html("th", { scope: "col" }, `and ${left} more`)] : []),
        ),
      ),
      html(
        "tbody",
        {},
        ...rows
          .slice(0, SHOWN_ROWS)
          .map((row) =>
            html("tr", {}, ...row.slice(0, SHOWN_COLUMNS).map((cell) => html("td", {}, cut(cell)))),
          ),
      ),
    );
    this.element.hidden = false;
  }

  /** What is chosen. */
  choice(): CsvDatasetOptions {
    const features = [this.x, this.y].map(({ value }) => Number(value)).filter((column) => column > 0);
    return { features, label: Number(this.label.value), header: this.header.checked };
  }

  hide(): void {
    this.element.hidden = true;
  }
}

function field(select: HTMLSelectElement, text: string): HTMLElement {
  return html("div", { class: "field" }, html("label", { for: select.id }, text), select);
}
