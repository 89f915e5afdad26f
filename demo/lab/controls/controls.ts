/**
 * The controls on the left, made from the table of fields. They show a state and say what somebody wants changed; what
 * can't be taken is said beside the field, and nothing changes.
 */

import { html, setText, svg } from "../page/dom.ts";
import { bandPath, linearScale, relativeBetaDensity } from "../page/geometry.ts";
import { FIELDS, type FieldName, fieldProblem, type LabConfig } from "../state/fields.ts";
import { parseValue } from "../state/link.ts";
import { PRESETS } from "../state/presets.ts";

interface Control {
  readonly row: HTMLElement;
  show(config: LabConfig): void;
}

type Change = (change: Partial<LabConfig>) => void;

const DATA_FIELDS: readonly FieldName[] = ["points", "classes", "separation", "noise", "dataSeed"];
const NET_FIELDS: readonly FieldName[] = ["layers", "units", "activation"];
/** Which of these have a meaning, the preset says. */
const PRESET_FIELDS = [...DATA_FIELDS, ...NET_FIELDS];

const GROUPS: readonly { title: string; fields: readonly FieldName[] }[] = [
  { title: "Data", fields: DATA_FIELDS },
  { title: "Mixing", fields: ["law", "alpha", "lambda", "pairing", "granularity"] },
  { title: "Net", fields: NET_FIELDS },
  { title: "Optimizer", fields: ["optimizer", "rate", "batch", "steps"] },
  { title: "Seeds", fields: ["seeds", "firstSeed"] },
];

export class Controls {
  private readonly controls = new Map<FieldName, Control>();
  private readonly density = new DensityPicture();
  private net!: HTMLElement;

  /** `ownData` is put into the data group. */
  constructor(
    parent: HTMLElement,
    ownData: HTMLElement,
    private readonly change: Change,
  ) {
    const narrow = matchMedia("(max-width: 60rem)").matches;
    for (const { title, fields } of GROUPS) {
      const group = html(
        "details",
        { class: "group", open: !narrow },
        html("summary", {}, html("h3", {}, title)),
      );
      for (const name of fields) {
        const control = this.control(name);
        this.controls.set(name, control);
        group.append(control.row);
        if (name === "lambda") group.append(this.density.element);
      }
      if (title === "Data") group.append(ownData);
      if (title === "Net") this.net = group;
      parent.append(group);
    }
  }

  show(config: LabConfig): void {
    const { fields, labels } = PRESETS[config.preset];
    for (const [name, control] of this.controls) {
      const hidden =
        (PRESET_FIELDS.includes(name) && !fields.includes(name)) ||
        (name === "alpha" && config.law !== "beta") ||
        (name === "lambda" && config.law !== "constant") ||
        ((name === "units" || name === "activation") && config.layers === 0);
      control.row.hidden = hidden;
      setText(control.row.querySelector("label")!, labels?.[name] ?? FIELDS[name].label);
      control.show(config);
    }
    this.net.hidden = !NET_FIELDS.some((name) => fields.includes(name));
    this.density.show(config);
  }

  private control(name: FieldName): Control {
    const field = FIELDS[name];
    if (field.kind === "choice") return this.choice(name, field.label, field.options);
    if (field.kind === "integer" || field.kind === "number") return this.number(name, field);
    throw new Error(`No control for ${name}.`);
  }

  private choice(name: FieldName, label: string, options: Readonly<Record<string, string>>): Control {
    const select = html("select", { id: `field-${name}` });
    for (const [value, text] of Object.entries(options)) select.append(html("option", { value }, text));
    select.addEventListener("change", () => this.change({ [name]: select.value }));
    return {
      row: html("div", { class: "field" }, html("label", { for: select.id }, label), select),
      show: (config) => {
        select.value = String(config[name]);
      },
    };
  }

  private number(
    name: FieldName,
    field: { label: string; min: number; max: number; slider?: "linear" | "log"; hint?: string },
  ): Control {
    const { label, min, max, slider, hint } = field;
    const id = `field-${name}`;
    const input = html("input", {
      id,
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      "aria-describedby": `${id}-note`,
    });
    const note = html("p", { id: `${id}-note`, class: "field-note" }, hint ?? "");
    const take = (value: string | number | boolean) => {
      const problem = fieldProblem(name, value);
      setText(note, problem?.replace(`${name}: `, "") ?? hint ?? "");
      note.classList.toggle("bad", problem !== undefined);
      input.setAttribute("aria-invalid", String(problem !== undefined));
      if (problem === undefined) this.change({ [name]: value });
    };
    input.addEventListener("change", () => take(parseValue(name, input.value)));
    const row = html("div", { class: "field" }, html("label", { for: id }, label), input);
    let range: HTMLInputElement | undefined;
    const log = slider === "log";
    if (slider !== undefined) {
      range = html("input", { type: "range", min: 0, max: 200, step: 1, "aria-label": `${label}, slider` });
      const element = range;
      element.addEventListener("input", () => {
        const part = Number(element.value) / 200;
        const value = log ? min * (max / min) ** part : min + (max - min) * part;
        const rounded = +value.toPrecision(2);
        input.value = String(rounded);
        take(Math.min(max, Math.max(min, rounded)));
      });
      row.append(range);
      row.classList.add("with-slider");
    }
    row.append(note);
    return {
      row,
      show: (config) => {
        const value = config[name] as number;
        if (document.activeElement !== input || input.getAttribute("aria-invalid") !== "true") {
          input.value = String(value);
        }
        if (range !== undefined && document.activeElement !== range) {
          const part = log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
          range.value = String(Math.round(200 * part));
        }
        if (range !== undefined) range.setAttribute("aria-valuetext", String(value));
      },
    };
  }
}

/** The law of lambda, drawn. */
class DensityPicture {
  private readonly area = svg("path", { class: "density" });
  private readonly plot = svg(
    "svg",
    { viewBox: "0 0 220 66", class: "plot density-plot", role: "img" },
    this.area,
    svg("line", { class: "base", x1: 4, x2: 216, y1: 50, y2: 50 }),
    svg("text", { x: 4, y: 63 }, "λ = 0"),
    svg("text", { x: 110, y: 63, "text-anchor": "middle" }, "½"),
    svg("text", { x: 216, y: 63, "text-anchor": "end" }, "1"),
  );
  readonly element = html("div", { class: "field" }, this.plot);

  show({ law, alpha, lambda }: LabConfig): void {
    const x = linearScale(0, 1, 4, 216);
    const y = linearScale(0, 1, 50, 6);
    const samples = Array.from({ length: 161 }, (_, i) => (i + 0.5) / 161);
    const height = (value: number) => {
      if (law === "constant") return Math.abs(value - lambda) < 0.006 ? 1 : 0;
      return law === "uniform" ? 0.5 : alpha === 1 ? 0.5 : relativeBetaDensity(alpha, value);
    };
    this.area.setAttribute(
      "d",
      bandPath(
        samples.map(x),
        samples.map(() => y(0)),
        samples.map((value) => y(height(value))),
      ),
    );
    const name =
      law === "beta" ? `Beta(${alpha}, ${alpha})` : law === "uniform" ? "uniform" : `always ${lambda}`;
    this.plot.setAttribute("aria-label", `Density of λ: ${name}`);
  }
}
