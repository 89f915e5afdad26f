/** What is chosen around the picture: experiment and its claim, view, and the Mixup-optimal classifier drawn over it. */

import { byId, html, setText } from "../page/dom.ts";
import { termButton } from "../page/termButton.ts";
import { FIELDS, type LabConfig, type PresetName, type ViewName } from "../state/fields.ts";
import { hasTheory, METHODS, PRESETS, shownView } from "../state/presets.ts";
import { TERMS } from "../state/terms.ts";
import { epsilonToSlider, sliderToEpsilon } from "./words.ts";

export interface ChoiceHandlers {
  openPreset(preset: PresetName): void;
  change(change: Partial<LabConfig>): void;
}

export class Choices {
  private readonly presets = byId("presets");
  private readonly methods = byId("methods");
  private readonly views = byId("views");
  private readonly optimal = byId<HTMLInputElement>("optimal");
  private readonly epsilon = byId<HTMLInputElement>("epsilon");

  constructor({ openPreset, change }: ChoiceHandlers) {
    for (const [value, label] of Object.entries(options("preset"))) {
      const { title } = PRESETS[value as PresetName];
      const button = html("button", { type: "button", value, title }, label);
      button.addEventListener("click", () => openPreset(value as PresetName));
      (METHODS.includes(value as PresetName) ? this.methods : this.presets).append(button);
    }
    for (const [value, label] of Object.entries(options("view"))) {
      const button = html("button", { type: "button", value }, label);
      button.addEventListener("click", () => change({ view: value as ViewName }));
      this.views.append(button);
    }
    this.optimal.parentElement!.after(termButton(TERMS.optimal));
    this.epsilon.after(termButton(TERMS.epsilon));
    this.optimal.addEventListener("change", () => change({ optimal: this.optimal.checked }));
    this.epsilon.addEventListener("input", () =>
      change({ epsilon: sliderToEpsilon(Number(this.epsilon.value)) }),
    );
  }

  /** Epsilon so many places of its slider further, where it is shown. */
  turnEpsilon(places: number): void {
    if (this.epsilon.disabled) return;
    this.epsilon.value = String(Number(this.epsilon.value) + places);
    this.epsilon.dispatchEvent(new Event("input"));
  }

  /** The view after the one that is shown. */
  nextView(config: LabConfig): ViewName {
    const views = PRESETS[config.preset].views ?? (Object.keys(options("view")) as ViewName[]);
    return views[(views.indexOf(shownView(config)) + 1) % views.length];
  }

  show(config: LabConfig): void {
    const { title, claim, source, views } = PRESETS[config.preset];
    setText(byId("story-title"), title);
    setText(byId("story-claim"), claim);
    setText(byId("story-source"), source);
    pressOnly(this.presets, config.preset);
    pressOnly(this.methods, config.preset);
    const view = shownView(config);
    pressOnly(this.views, view);
    // One way to look at it is no choice.
    this.views.hidden = views?.length === 1;
    byId("overlay").hidden = view !== "picture" || !hasTheory(config);
    this.optimal.checked = config.optimal;
    const { epsilon } = this;
    if (document.activeElement !== epsilon) epsilon.value = String(epsilonToSlider(config.epsilon));
    epsilon.disabled = !config.optimal;
    epsilon.setAttribute("aria-valuetext", String(config.epsilon));
    setText(byId("epsilon-value"), String(config.epsilon));
  }
}

function options(name: "preset" | "view"): Readonly<Record<string, string>> {
  const field = FIELDS[name];
  return field.kind === "choice" ? field.options : {};
}

/** Of a row of buttons, the one of `value` is pressed. */
function pressOnly(row: HTMLElement, value: string): void {
  for (const button of row.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === value));
  }
}
