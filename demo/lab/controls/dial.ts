/**
 * Alpha, large, right at the picture: where there is no room for all settings beside it, in lectures and in frames. The same
 * setting as among the others.
 */

import { byId, html, setText } from "../page/dom.ts";
import { linearScale, logScale } from "../page/geometry.ts";
import type { LabConfig } from "../state/fields.ts";
import { PRESETS } from "../state/presets.ts";

const [LOW, HIGH] = [0.05, 1024];
const PLACES = 200;
const toPlace = logScale(LOW, HIGH, 0, PLACES);
const toLogarithm = linearScale(0, PLACES, Math.log(LOW), Math.log(HIGH));

export class Dial {
  private readonly element = byId("dial");
  private readonly range = html("input", { type: "range", id: "dial-alpha", min: 0, max: PLACES, step: 1 });
  private readonly value = html("output", { for: "dial-alpha" });

  constructor(private readonly change: (change: Partial<LabConfig>) => void) {
    this.range.addEventListener("input", () => this.set(Number(this.range.value)));
    this.element.append(
      html("label", { for: "dial-alpha" }, html("span", { class: "math" }, "α"), " = ", this.value),
      this.range,
      html(
        "p",
        { class: "dial-ends soft", "aria-hidden": "true" },
        "nearly ERM",
        html("span", {}, "midpoints"),
      ),
    );
  }

  show({ preset, law, alpha, view }: LabConfig): void {
    const { without = [], views } = PRESETS[preset];
    this.element.hidden = without.includes("alpha") || law !== "beta" || (view === "sweep" && !views);
    this.range.value = String(Math.round(toPlace(alpha)));
    this.range.setAttribute("aria-valuetext", String(alpha));
    setText(this.value, String(alpha));
  }

  /** Some places further. */
  turn(places: number): void {
    if (!this.element.hidden) this.set(Number(this.range.value) + places);
  }

  private set(place: number): void {
    const alpha = Math.exp(toLogarithm(Math.min(PLACES, Math.max(0, place))));
    this.change({ alpha: Math.min(HIGH, Math.max(LOW, +alpha.toPrecision(2))) });
  }
}
