/** One's own data: a CSV pasted, opened or dropped, and points drawn into a picture by mouse or keyboard. */

import { ConfigError } from "../../../src/index.ts";
import {
  encodeNames,
  encodePoints,
  encodeWindow,
  MOST_CLASSES,
  MOST_POINTS,
  type OwnCsvOptions,
  type OwnData,
  type OwnText,
  ownCsv,
  type Target,
} from "../data/ownData.ts";
import { byId, html, set, setText, svg } from "../page/dom.ts";
import { notify } from "../page/notice.ts";
import type { PlanePanel } from "../pictures/points/planePanel.ts";
import { marker } from "../pictures/points/plotPanel.ts";
import { windowOf } from "../training/probes.ts";
import { CsvPreview } from "./csvPreview.ts";

/** How near, in the viewBox, the keyboard's cross must be to a point that is meant. */
const REACH = 14;

export class OwnDataEditor {
  readonly element: HTMLElement;
  private readonly text = html("textarea", {
    id: "csv",
    rows: 4,
    spellcheck: "false",
    placeholder: "x, y, class\n0.5, 1.2, red",
    "aria-describedby": "csv-note",
  });
  private readonly note = html("p", { id: "csv-note", class: "field-note", role: "status" });
  private readonly classes: HTMLInputElement[] = [];
  /** Where the keyboard's cross stands, and in which panel: kept when pictures are made anew. */
  private readonly cross = { x: 210, y: 210 };
  private keyboardIn: number | undefined;
  private readonly classNames: HTMLElement[] = [];
  private readonly preview = new CsvPreview(() => this.choose());
  private data: OwnData = { dimensions: 2, points: [], labels: [] };
  private names: readonly string[] = [];
  private target: Target = "classes";
  /** What is shown of the plane now, as a link holds it. */
  private window = "";
  private readonly fit = html("button", { type: "button", id: "fit-view" }, "Fit view");
  private readonly drawing: HTMLElement;

  /** `change` gets points and names as a link holds them. */
  constructor(private readonly change: (own: OwnText) => void) {
    const choice = html("fieldset", { class: "class-choice" }, html("legend", {}, "Class to draw"));
    for (let c = 0; c < MOST_CLASSES; c++) {
      const input = html("input", {
        type: "radio",
        name: "draw-class",
        id: `draw-class-${c}`,
        value: c,
        checked: c === 0,
      });
      const picture = svg("svg", { viewBox: "-10 -10 20 20", "aria-hidden": "true" }, marker(c, 0, 0, 7));
      const name = html("span", {}, String(c));
      this.classNames.push(name);
      choice.append(html("label", { for: input.id }, input, picture, name));
      this.classes.push(input);
    }
    const clear = html("button", { type: "button" }, "Clear");
    clear.addEventListener("click", () => {
      this.preview.hide();
      this.names = [];
      this.publish({ dimensions: 2, points: [], labels: [] }, this.window);
    });
    this.fit.addEventListener("click", () => this.publish(this.data, ""));
    const use = html("button", { type: "button", id: "csv-use" }, "Use this CSV");
    use.addEventListener("click", () => this.readCsv());
    const file = html("input", {
      type: "file",
      accept: ".csv,.tsv,.txt,text/csv",
      id: "csv-file",
      class: "visually-hidden",
    });
    file.addEventListener("change", () => void this.readFile(file.files?.[0]));
    const open = html("label", { for: "csv-file", class: "button" }, "Open file");
    this.drawing = html(
      "div",
      {},
      choice,
      html(
        "p",
        { class: "field-note" },
        "Click a picture to add a point, a point to remove it. Keys: arrows, Enter, Delete, 1 to 4. Ctrl-Z takes back.",
      ),
    );
    this.element = html(
      "div",
      { class: "own-data" },
      this.drawing,
      html("label", { for: "csv" }, "CSV"),
      this.text,
      html("div", { class: "row" }, use, file, open, clear, this.fit),
      this.note,
      this.preview.element,
    );
    this.acceptDrops();
  }

  show(data: OwnData, names: readonly string[], { target, window }: OwnText): void {
    this.data = data;
    this.names = names;
    this.target = target;
    this.fit.disabled = window === "";
    this.drawing.hidden = target === "numbers";
    this.text.placeholder =
      target === "numbers" ? "x, y, number\n0.5, 1.2, 3.4" : "x, y, class\n0.5, 1.2, red";
    this.preview.setTarget(target);
    for (const [c, element] of this.classNames.entries()) setText(element, names[c] || String(c));
  }

  /** Lets a panel be drawn into. */
  attach(panel: PlanePanel): void {
    const plot = panel.svg;
    this.window = encodeWindow(windowOf(panel.probe));
    const cross = svg("path", { class: "cross", d: "M-9,0H9M0,-9V9", visibility: "hidden" });
    plot.append(cross);
    plot.classList.add("editable");
    plot.setAttribute("tabindex", "0");
    plot.setAttribute("role", "application");
    plot.setAttribute(
      "aria-label",
      "Picture to draw points into: arrow keys move the cross, Enter adds, Delete removes",
    );
    const { width, height } = plot.viewBox.baseVal;
    const { cross: at } = this;
    const moveCross = () => set(cross, "transform", `translate(${at.x} ${at.y})`);
    moveCross();
    plot.addEventListener("focus", () => {
      if (plot.matches(":focus-visible")) set(cross, "visibility", "visible");
    });
    plot.addEventListener("blur", () => set(cross, "visibility", "hidden"));
    plot.addEventListener("click", (event) => {
      const point = panel.pointOf(event.target as Element);
      if (point >= 0) {
        this.removePoint(point);
        return;
      }
      const bounds = plot.getBoundingClientRect();
      const x = ((event.clientX - bounds.left) * width) / bounds.width;
      const y = ((event.clientY - bounds.top) * height) / bounds.height;
      this.add(panel, x, y);
    });
    plot.addEventListener("keydown", (event) => {
      const move: Record<string, [number, number]> = {
        ArrowLeft: [-1, 0],
        ArrowRight: [1, 0],
        ArrowUp: [0, -1],
        ArrowDown: [0, 1],
      };
      const step = event.shiftKey ? 2 : 10;
      if (move[event.key] !== undefined) {
        at.x = Math.min(width, Math.max(0, at.x + step * move[event.key][0]));
        at.y = Math.min(height, Math.max(0, at.y + step * move[event.key][1]));
        set(cross, "visibility", "visible");
        moveCross();
      } else if (event.key === "Enter" || event.key === " ") this.add(panel, at.x, at.y);
      else if (event.key === "Delete" || event.key === "Backspace") this.remove(panel, at.x, at.y);
      else if (/^[1-4]$/.test(event.key)) this.classes[Number(event.key) - 1].checked = true;
      else return;
      event.preventDefault();
      this.keyboardIn = panel.group.firstRun;
    });
    plot.addEventListener("pointerdown", () => {
      this.keyboardIn = undefined;
    });
    if (this.keyboardIn === panel.group.firstRun) {
      set(cross, "visibility", "visible");
      plot.focus();
    }
  }

  private add(panel: PlanePanel, x: number, y: number): void {
    const { points, labels } = this.data;
    if (labels.length >= MOST_POINTS) {
      this.say(`Up to ${MOST_POINTS} points.`, true);
      return;
    }
    const label = this.classes.findIndex(({ checked }) => checked);
    this.publish(
      {
        dimensions: 2,
        points: [...points, ...panel.coordinates(x, y).map((value) => +value.toPrecision(4))],
        labels: [...labels, label],
      },
      this.window,
    );
  }

  private remove(panel: PlanePanel, x: number, y: number): void {
    const { points, labels } = this.data;
    const [at, beside] = [panel.coordinates(x, y), panel.coordinates(x + REACH, y)];
    const reach = Math.abs(beside[0] - at[0]);
    const n = labels.findIndex(
      (_, i) => Math.hypot(points[2 * i] - at[0], points[2 * i + 1] - at[1]) < reach,
    );
    if (n >= 0) this.removePoint(n);
  }

  private removePoint(n: number): void {
    const { points, labels } = this.data;
    const left = { points: points.toSpliced(2 * n, 2), labels: labels.toSpliced(n, 1) };
    this.publish({ dimensions: 2, ...left }, this.window);
  }

  /** Reads a text that has not been seen, with columns as they may be meant. */
  private readCsv(): void {
    try {
      this.preview.show(this.text.value);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.say(error.message, true);
      return;
    }
    this.use({});
  }

  /** Takes other columns of the same text. */
  private choose(): void {
    const choice = this.preview.choice();
    try {
      this.preview.show(this.text.value, choice);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.say(error.message, true);
      return;
    }
    this.use(choice);
  }

  private use(choice: OwnCsvOptions): void {
    try {
      const { target } = this;
      const { data, names, featureNames, notes } = ownCsv(this.text.value, choice, target);
      // Classes that are called as they are counted need no names.
      this.names = names.every((name, c) => name === String(c)) ? [] : names;
      this.publish(data, "");
      const count =
        target === "numbers"
          ? `${data.labels.length} points with a number each`
          : `${data.labels.length} points of ${new Set(data.labels).size} classes`;
      this.say([`${count}: ${featureNames.join(", ")}.`, ...notes].join(" "), false);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.say(error.message, true);
    }
  }

  private async readFile(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    if (file.size > 1_000_000) {
      this.say(
        `${file.name} has ${Math.round(file.size / 1000)} kB: too much for ${MOST_POINTS} points.`,
        true,
      );
      return;
    }
    this.text.value = await file.text();
    this.readCsv();
  }

  private acceptDrops(): void {
    const page = byId("lab");
    document.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      // A table, and not what is meant for a field.
      const isField = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (isField || !/[,;\t].*\n/.test(text)) return;
      this.text.value = text;
      this.readCsv();
    });
    page.addEventListener("dragover", (event) => {
      event.preventDefault();
      page.classList.add("dropping");
    });
    page.addEventListener("dragleave", () => page.classList.remove("dropping"));
    page.addEventListener("drop", (event) => {
      event.preventDefault();
      page.classList.remove("dropping");
      void this.readFile(event.dataTransfer?.files[0]);
    });
  }

  /** `window` is what stays in view; empty to fit all points. */
  private publish(data: OwnData, window: string): void {
    this.data = data;
    this.say("", false);
    const { target } = this;
    this.change({ own: encodePoints(data), names: encodeNames(this.names), window, target });
  }

  private say(message: string, bad: boolean): void {
    // A file may be dropped while the editor is not in sight.
    if (bad && message !== "" && this.element.hidden) notify(message, true);
    setText(this.note, message);
    this.note.classList.toggle("bad", bad);
    this.text.setAttribute("aria-invalid", String(bad && message !== ""));
  }
}
