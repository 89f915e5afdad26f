/**
 * Merged nets of one group as a matrix: a row and a column for each domain, in a cell the loss of the mean of the two nets. A grid that
 * the arrow keys walk through.
 *
 * Not here: what stands beside two of them (`mergingPicture.ts`).
 */

import { html, set, setText, svg } from "../../page/dom.ts";
import {
  type LossMatrix,
  lossText,
  type MergedScale,
  meanOfPairs,
} from "../../training/domains/mergedLosses.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import { domainImage } from "./domainImage.ts";
import { lossColours } from "./lossColours.ts";

/** A cell: row and column. */
export interface Cell {
  readonly i: number;
  readonly j: number;
}

/** Pixels of an image of a domain, which is shown smaller or larger. */
const IMAGE = 24;
/** The digit whose images tell the domains apart. */
const SHOWN_DIGIT = 4;

export class MergeMatrix {
  readonly element: HTMLElement;
  private readonly status = html("span", { class: "panel-error" });
  private readonly cells: { cell: HTMLElement; value: HTMLElement }[][];
  private readonly domains: readonly string[];
  private readonly heads: { row: HTMLElement; column: HTMLElement }[];
  /** The cell that the tabulator key comes to. */
  private entry: Cell = { i: 0, j: 1 };

  /** `pointed` is told which cell is pointed at or focused, and undefined when none is. */
  constructor(
    experiment: Experiment,
    readonly group: Group,
    private readonly pointed: (cell: Cell | undefined) => void,
  ) {
    const { domains } = experiment.merging!;
    this.domains = domains;
    const head = (name: string, u: number, scope: "row" | "col") =>
      html(
        "th",
        { scope },
        html("span", { class: "domain" }, imageOf(experiment, u), html("span", { class: "name" }, name)),
      );
    this.heads = domains.map((name, u) => ({ row: head(name, u, "row"), column: head(name, u, "col") }));
    this.cells = domains.map((_, i) => domains.map((_, j) => this.cell(i, j)));
    const table = html(
      "table",
      {
        class: "merge-matrix",
        role: "grid",
        "aria-label": `Losses of merged nets, ${group.name.toLowerCase()}`,
      },
      html(
        "thead",
        {},
        html("tr", {}, html("td", { class: "corner" }), ...this.heads.map(({ column }) => column)),
      ),
      html(
        "tbody",
        {},
        ...domains.map((_, i) => html("tr", {}, this.heads[i].row, ...this.cells[i].map(({ cell }) => cell))),
      ),
    );
    table.addEventListener("pointerleave", () =>
      // Who goes by keys goes on where they were.
      pointed(table.contains(document.activeElement) ? this.entry : undefined),
    );
    table.addEventListener("focusout", () => pointed(undefined));
    const title = html(
      "h3",
      { class: `panel-title ${group.kind}` },
      html("span", {}, group.name),
      this.status,
    );
    this.element = html("section", { class: "panel merging", "data-part": group.kind }, title, table);
    this.draw(undefined, undefined, (i, j) => `${domains[i]} and ${domains[j]}`);
  }

  /** `words` says what a cell is. */
  draw(
    losses: LossMatrix | undefined,
    scale: MergedScale | undefined,
    words: (i: number, j: number) => string,
  ): void {
    this.cells.forEach((row, i) => {
      row.forEach(({ cell, value }, j) => {
        const loss = losses?.[i][j];
        const colours = loss === undefined ? undefined : scale && lossColours(scale.place(loss));
        cell.classList.toggle("waits", colours === undefined);
        cell.style.background = colours?.ground ?? "";
        cell.style.color = colours?.text ?? "";
        setText(value, losses === undefined ? "" : lossText(loss));
        set(cell, "aria-label", words(i, j));
      });
    });
    const mean = losses && meanOfPairs(losses);
    setText(this.status, mean === undefined ? "" : `pairs ${lossText(mean)}`);
  }

  /** Marks a cell and the names of its row and column. */
  mark(at: Cell | undefined): void {
    this.cells.forEach((row, i) => {
      row.forEach(({ cell }, j) => {
        cell.classList.toggle("marked", at?.i === i && at.j === j);
      });
    });
    this.heads.forEach(({ row, column }, u) => {
      row.classList.toggle("named", at?.i === u);
      column.classList.toggle("named", at?.j === u);
    });
  }

  private cell(i: number, j: number): { cell: HTMLElement; value: HTMLElement } {
    const value = html("span", { class: "value" });
    const isEntry = i === this.entry.i && j === this.entry.j;
    // Of what is merged: a net alone is of no pair.
    const part = i === j ? "alone" : `${this.domains[i]} ${this.domains[j]}`;
    const cell = html("td", { role: "gridcell", tabindex: isEntry ? 0 : -1, "data-part": part }, value);
    if (i === j) {
      cell.classList.add("diagonal");
      cell.append(html("span", { class: "alone-word" }, "alone"));
    }
    cell.addEventListener("pointerenter", () => this.pointed({ i, j }));
    cell.addEventListener("focus", () => {
      this.enter({ i, j });
      this.pointed({ i, j });
    });
    cell.addEventListener("keydown", (event) => this.key(event, i, j));
    return { cell, value };
  }

  private key(event: KeyboardEvent, i: number, j: number): void {
    const last = this.cells.length - 1;
    const moves: Record<string, Cell> = {
      ArrowLeft: { i, j: j - 1 },
      ArrowRight: { i, j: j + 1 },
      ArrowUp: { i: i - 1, j },
      ArrowDown: { i: i + 1, j },
      Home: { i, j: 0 },
      End: { i, j: last },
    };
    const to = moves[event.key];
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    // Whoever listens to the arrow keys of the page has nothing to do with these.
    event.stopPropagation();
    this.cells[to.i]?.[to.j]?.cell.focus();
  }

  /** The one cell that is reached by the tabulator key is the last that had the focus. */
  private enter(to: Cell): void {
    set(this.cells[this.entry.i][this.entry.j].cell, "tabindex", -1);
    set(this.cells[to.i][to.j].cell, "tabindex", 0);
    this.entry = to;
  }
}

function imageOf({ train: { data }, merging }: Experiment, u: number): SVGElement {
  const rows = data.size / merging!.domains.length;
  const shown = Math.max(0, data.labels!.indexOf(SHOWN_DIGIT));
  return svg(
    "svg",
    { viewBox: `0 0 ${IMAGE} ${IMAGE}`, class: "domain-image", "aria-hidden": "true" },
    domainImage(data, u * rows + shown, IMAGE),
  );
}
