/**
 * Pinned runs: what was shown at some moment stays in view beside what is shown now, as a figure with its numbers and its link, up to
 * four of them. Kept as long as the page is.
 *
 * Not here: how figures are drawn (`figures.ts`).
 */

import { MixupError } from "../../../src/index.ts";
import type { Figure } from "../../../src/report/figure.ts";
import { announce } from "../page/announce.ts";
import { byId, html } from "../page/dom.ts";
import { differences, FIELDS, type FieldName, type LabConfig } from "../state/fields.ts";
import { formatHash } from "../state/link.ts";
import { PRESETS } from "../state/presets.ts";
import { latestMean } from "../training/measured/spread.ts";
import { shortNumber } from "../training/mixings.ts";
import type { Shown, Trained } from "./shown.ts";

/** As many as stand beside each other on a wide page. */
const MOST = 4;
/** Settings that a pin's title names, and those that it says otherwise or that are too long for it. */
const NAMED = 4;
const UNNAMED: readonly FieldName[] = ["at", "live", "own", "names", "window"];

export class Pins {
  private readonly list = byId("pins");

  constructor(
    private readonly shown: () => Shown,
    private readonly figure: () => Promise<Figure>,
  ) {}

  /** Pins what is shown. */
  async add(): Promise<void> {
    if (this.list.childElementCount >= MOST)
      throw new MixupError(`${MOST} are pinned already: remove one of them first.`);
    const { experiment, frame, ...rest } = this.shown();
    if (experiment === undefined || frame === undefined)
      throw new MixupError("Nothing has been trained yet.");
    const trained: Trained = { ...rest, experiment, frame };
    const title = pinTitle(trained);
    const numbers = pinNumbers(trained);
    const link = formatHash(trained.config) || "#";
    const remove = html(
      "button",
      { type: "button", class: "quiet", "aria-label": `Remove: ${title}` },
      "Remove",
    );
    const image = html("img", { alt: `${title}. ${numbers.join(". ")}`, width: 280 });
    const texts = numbers.map((text) => html("p", { class: "small" }, text));
    const item = html("li", {}, image, html("a", { href: link }, title), ...texts, remove);
    const leave = () => {
      item.remove();
      URL.revokeObjectURL(image.src);
      this.list.hidden = this.list.childElementCount === 0;
    };
    remove.addEventListener("click", () => {
      leave();
      byId("pin").focus();
      announce(`Removed: ${title}`);
    });
    // At once: pins stand in the order in which they were asked for.
    this.list.append(item);
    this.list.hidden = false;
    try {
      const { svg } = await this.figure();
      image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    } catch (error) {
      leave();
      throw error;
    }
    announce(`Pinned: ${title}`);
  }
}

/** What a state is: its experiment, and what of it is set otherwise. */
export function pinTitle({ config, frame }: Pick<Trained, "config" | "frame">): string {
  const preset = PRESETS[config.preset];
  const set = differences(config, preset.config).filter((name) => !UNNAMED.includes(name));
  // What the picture depends on most is always named.
  const names = preset.theory ? [...new Set(["alpha" as const, ...set])] : set;
  const texts = names.slice(0, NAMED).map((name) => `${label(config, name)} ${valueText(config, name)}`);
  const more = names.length > NAMED ? [`${names.length - NAMED} more`] : [];
  return [preset.title, ...texts, ...more, `step ${frame.step.toLocaleString("en")}`].join(" · ");
}

/** Means of every group, of what is measured. */
export function pinNumbers({
  experiment,
  history,
}: Pick<Trained, "experiment" | "history">): readonly string[] {
  return experiment.quantities.flatMap(({ name, title, kind }, q) => {
    if (title === "") return [];
    const values = experiment.groups.flatMap((group) => {
      const mean = latestMean(history, group, q);
      if (mean === undefined) return [];
      const text = kind === "share" ? `${(100 * mean).toFixed(1)} %` : shortNumber(+mean.toPrecision(3));
      return [`${group.short} ${text}`];
    });
    return [`${name}: ${values.join(", ") || "not measured"}`];
  });
}

function label(config: LabConfig, name: keyof LabConfig): string {
  return PRESETS[config.preset].labels?.[name] ?? FIELDS[name].label;
}

function valueText(config: LabConfig, name: keyof LabConfig): string {
  const field = FIELDS[name];
  const value = config[name];
  if (field.kind === "choice") return (field.options as Record<string, string>)[String(value)];
  if (typeof value === "number") return shortNumber(value);
  return value ? "on" : "off";
}
