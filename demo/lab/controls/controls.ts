/**
 * The controls on the left, made from the table of fields. They show a state and say what somebody wants changed; what
 * can't be taken is said beside the field, and nothing changes.
 */

import type { ConfigError } from "../../../src/errors.ts";
import { html, setText, svg } from "../page/dom.ts";
import { bandPath, linearScale, relativeBetaDensity } from "../page/geometry.ts";
import { termButton } from "../page/termButton.ts";
import { DOMAIN_FIELDS, MIXING_FIELDS, MORE_FIELDS, PERCEPTRON } from "../state/fieldGroups.ts";
import {
  FIELDS,
  type Field,
  type FieldName,
  fieldProblem,
  type LabConfig,
  type PresetName,
} from "../state/fields.ts";
import { parseValue } from "../state/link.ts";
import { BASE, PRESETS } from "../state/presets.ts";
import { isRegression, refusalOf, withoutMeaning } from "../state/refusals.ts";
import { TERMS, type TermName } from "../state/terms.ts";

interface Control {
  readonly row: HTMLElement;
  /** What was refused before is forgotten. */
  show(config: LabConfig): void;
  /** Says why what is set can't be trained. */
  refuse(text: string): void;
}

type Change = (change: Partial<LabConfig>) => void;

const DATA_FIELDS: readonly FieldName[] = [
  "target",
  "curve",
  "largest",
  "imbalance",
  "points",
  "grouped",
  "classes",
  "separation",
  "noise",
  "dataSeed",
];
/** Which of these have a meaning, the preset says. */
const PRESET_FIELDS = [...DATA_FIELDS, ...DOMAIN_FIELDS, ...PERCEPTRON, "retrain", "way"];

const GROUPS: readonly { title: string; fields: readonly FieldName[]; more?: readonly FieldName[] }[] = [
  { title: "Data", fields: DATA_FIELDS },
  { title: "Mixing", fields: [...DOMAIN_FIELDS, ...MIXING_FIELDS], more: MORE_FIELDS },
  { title: "Net", fields: PERCEPTRON },
  { title: "Training", fields: ["optimizer", "rate", "batch", "steps", "way", "retrain"] },
  { title: "Seeds", fields: ["seeds", "firstSeed"] },
];

/** Fields whose labels are words of the theory. */
const FIELD_TERMS: Partial<Record<FieldName, TermName>> = {
  law: "lambda",
  alpha: "alpha",
  lambda: "lambda",
  labelAlpha: "alpha",
};

/** What one field has to be for another to have a meaning. */
const ONLY_WITH: Partial<Record<FieldName, (config: LabConfig) => boolean>> = {
  alpha: ({ law }) => law === "beta",
  lambda: ({ law }) => law === "constant",
  from: ({ law }) => law === "uniform",
  to: ({ law }) => law === "uniform",
  bandwidth: ({ pairing }) => pairing === "label-kernel",
  labelAlpha: ({ labelLaw }) => labelLaw === "beta",
  labelFrom: ({ labelLaw }) => labelLaw === "uniform",
  labelTo: ({ labelLaw }) => labelLaw === "uniform",
  labelLambda: ({ labelLaw }) => labelLaw === "constant",
  smoothing: (config) => !isRegression(config),
  distillation: (config) => !isRegression(config),
  units: ({ layers }) => layers > 0,
  activation: ({ layers }) => layers > 0,
};

export class Controls {
  private readonly controls = new Map<FieldName, Control>();
  private readonly groups: { element: HTMLElement; title: HTMLElement; fields: readonly FieldName[] }[] = [];
  private readonly density = new DensityPicture();
  private readonly moreCount = html("span", { class: "soft" });
  private readonly more = html(
    "details",
    { class: "more" },
    html("summary", {}, html("span", {}, "More"), this.moreCount),
  );
  private preset: PresetName | undefined;

  /** `ownData` is put into the data group. */
  constructor(
    parent: HTMLElement,
    ownData: HTMLElement,
    private readonly change: Change,
  ) {
    const narrow = matchMedia("(max-width: 60rem)").matches;
    for (const { title, fields, more = [] } of GROUPS) {
      const heading = html("h3", {}, title);
      const group = html("details", { class: "group", open: !narrow }, html("summary", {}, heading));
      const add = (into: HTMLElement, name: FieldName) => {
        const control = this.control(name);
        this.controls.set(name, control);
        into.append(control.row);
        if (name === "to") into.append(this.density.element);
      };
      for (const name of fields) add(group, name);
      for (const name of more) add(this.more, name);
      if (more.length > 0) group.append(this.more);
      if (title === "Data") group.append(ownData);
      this.groups.push({ element: group, title: heading, fields: [...fields, ...more] });
      parent.append(group);
    }
  }

  show(config: LabConfig): void {
    const { fields, labels, without = [], mixing = "Mixing", config: defaults } = PRESETS[config.preset];
    const meaningless = withoutMeaning(config);
    const shown = new Set<FieldName>();
    for (const [name, control] of this.controls) {
      const isShown =
        (!PRESET_FIELDS.includes(name) || fields.includes(name)) &&
        !without.includes(name) &&
        (ONLY_WITH[name]?.(config) ?? true);
      if (isShown) shown.add(name);
      control.row.hidden = !isShown;
      setText(control.row.querySelector("label")!, labels?.[name] ?? FIELDS[name].label);
      control.show(config);
      for (const option of control.row.querySelectorAll("option"))
        option.disabled = (meaningless[name] ?? []).includes(option.value) && option.value !== config[name];
    }
    for (const { element, fields: own } of this.groups)
      element.hidden = config.preset !== "own" && !own.some((name) => shown.has(name));
    setText(this.groups[1].title, mixing);
    this.density.element.hidden = without.includes("law");
    this.density.show(config);
    this.showMore(config, defaults, shown);
  }

  /** What is set otherwise than the preset has it is not hidden away. */
  private showMore(config: LabConfig, defaults: LabConfig, shown: ReadonlySet<FieldName>): void {
    const set = MORE_FIELDS.filter((name) => shown.has(name) && config[name] !== BASE[name]);
    setText(this.moreCount, set.length === 0 ? "" : `${set.length} set`);
    const alone = !MIXING_FIELDS.some((name) => shown.has(name));
    this.more.classList.toggle("alone", alone);
    const opened = this.preset !== config.preset;
    this.preset = config.preset;
    if (alone || set.some((name) => config[name] !== defaults[name])) this.more.open = true;
    else if (opened) this.more.open = set.length > 0;
  }

  /** Says a refusal beside the field that it is about, and gives it with the field's name; undefined if it is none's. */
  refuse(error: ConfigError): string | undefined {
    const { field, text } = refusalOf(error);
    const control = field && this.controls.get(field);
    if (field === undefined || control === undefined || control.row.hidden) return undefined;
    if (MORE_FIELDS.includes(field)) this.more.open = true;
    control.refuse(text);
    return `${FIELDS[field].label}: ${text}`;
  }

  private control(name: FieldName): Control {
    const field = FIELDS[name];
    if (field.kind === "choice") return this.choice(name, field.label, field.options);
    if (field.kind === "integer" || field.kind === "number") return this.number(name, field);
    throw new Error(`No control for ${name}.`);
  }

  private choice(name: FieldName, label: string, options: Readonly<Record<string, string>>): Control {
    const id = `field-${name}`;
    const select = html("select", { id, "aria-describedby": `${id}-note` });
    const note = html("p", { id: `${id}-note`, class: "field-note bad" });
    for (const [value, text] of Object.entries(options)) select.append(html("option", { value }, text));
    select.addEventListener("change", () => this.change({ [name]: select.value }));
    return {
      row: html("div", { class: "field" }, labelOf(name, select.id, label), select, note),
      show: (config) => {
        select.value = String(config[name]);
        setText(note, "");
        select.setAttribute("aria-invalid", "false");
      },
      refuse: (text) => {
        setText(note, text);
        select.setAttribute("aria-invalid", "true");
      },
    };
  }

  private number(name: FieldName, field: Extract<Field, { kind: "integer" | "number" }>): Control {
    const { label, min, max, slider, hint, reach: [low, high] = [min, max] } = field;
    const id = `field-${name}`;
    const input = html("input", {
      id,
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      "aria-describedby": `${id}-note`,
    });
    const note = html("p", { id: `${id}-note`, class: "field-note" }, hint ?? "");
    const say = (problem: string | undefined) => {
      setText(note, problem ?? hint ?? "");
      note.classList.toggle("bad", problem !== undefined);
      input.setAttribute("aria-invalid", String(problem !== undefined));
    };
    let refused = false;
    const take = (value: string | number | boolean) => {
      const problem = fieldProblem(name, value);
      say(problem?.replace(`${name}: `, ""));
      refused = false;
      if (problem === undefined) this.change({ [name]: value });
    };
    input.addEventListener("change", () => take(parseValue(name, input.value)));
    const row = html("div", { class: "field" }, labelOf(name, id, label), input);
    let range: HTMLInputElement | undefined;
    const log = slider === "log";
    if (slider !== undefined) {
      range = html("input", { type: "range", min: 0, max: 200, step: 1, "aria-label": `${label}, slider` });
      const element = range;
      element.addEventListener("input", () => {
        const part = Number(element.value) / 200;
        const value = log ? low * (high / low) ** part : low + (high - low) * part;
        const rounded = +value.toPrecision(2);
        input.value = String(rounded);
        take(Math.min(high, Math.max(low, rounded)));
      });
      row.append(range);
      row.classList.add("with-slider");
    }
    row.append(note);
    return {
      row,
      show: (config) => {
        const value = config[name] as number;
        if (refused) say(undefined);
        refused = false;
        if (document.activeElement !== input || input.getAttribute("aria-invalid") !== "true") {
          input.value = String(value);
          input.defaultValue = input.value;
        }
        if (range !== undefined && document.activeElement !== range) {
          const part = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
          range.value = String(Math.round(200 * Math.min(1, Math.max(0, part))));
        }
        if (range !== undefined) range.setAttribute("aria-valuetext", String(value));
      },
      refuse: (text) => {
        say(text);
        refused = true;
      },
    };
  }
}

/** A field's label, with what explains its word beside it. */
function labelOf(name: FieldName, id: string, text: string): HTMLElement {
  const label = html("label", { for: id }, text);
  const term = FIELD_TERMS[name];
  return term === undefined ? label : html("span", {}, label, " ", termButton(TERMS[term]));
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

  show({ law, alpha, lambda, from, to }: LabConfig): void {
    const x = linearScale(0, 1, 4, 216);
    const y = linearScale(0, 1, 50, 6);
    const samples = Array.from({ length: 161 }, (_, i) => (i + 0.5) / 161);
    const height = (value: number) => {
      if (law === "constant") return Math.abs(value - lambda) < 0.006 ? 1 : 0;
      if (law === "uniform") return value >= from && value <= to ? 0.5 : 0;
      return alpha === 1 ? 0.5 : relativeBetaDensity(alpha, value);
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
      law === "beta"
        ? `Beta(${alpha}, ${alpha})`
        : law === "uniform"
          ? `uniform from ${from} to ${to}`
          : `always ${lambda}`;
    this.plot.setAttribute("aria-label", `Density of λ: ${name}`);
  }
}
