/**
 * What the laws say of the mixture under the handle, in numbers and bars: the loss of each domain and the weighted one, beside the best
 * mixture and equal shares; and how well the laws predict what they have not seen.
 */

import { weightedLoss } from "../../../../src/experiments/mixing-laws/law.ts";
import { html, set, setText } from "../../page/dom.ts";
import type { FittedLaws } from "../../training/domains/laws.ts";
import { mixtureText } from "../../training/domains/mixtures.ts";
import type { Experiment } from "../../training/experiment.ts";

/** Nats that a bar holds, at least. */
const LEAST_REACH = 2.5;
const EQUAL: readonly number[] = [1 / 3, 1 / 3, 1 / 3];

export class MixtureReading {
  readonly element: HTMLElement;
  private readonly rows: { share: HTMLElement; bar: HTMLElement; loss: HTMLElement; weight: HTMLElement }[];
  private readonly sum = html("strong", { class: "weighted" });
  private readonly said = html("p", { class: "visually-hidden", "aria-live": "polite" });
  private readonly best: HTMLElement;
  private readonly equal: HTMLElement;
  private readonly explained = html("p", { class: "small soft" });

  /** `go` moves the handle to a mixture. */
  constructor(
    { train: { data }, mixtures }: Experiment,
    private readonly go: (shares: readonly number[]) => void,
  ) {
    const table = html(
      "table",
      { class: "mixture-losses" },
      html(
        "thead",
        {},
        html(
          "tr",
          {},
          ...["Domain", "Share", "Predicted loss", "Weight"].map((text, i) =>
            html("th", { scope: "col", class: i === 0 ? undefined : "number" }, text),
          ),
        ),
      ),
    );
    const body = html("tbody");
    this.rows = data.domains!.map(({ name }, k) => {
      const [share, loss, weight] = [0, 1, 2].map(() => html("td", { class: "number" }));
      const bar = html("span", { class: `bar class-${k}`, "aria-hidden": "true" });
      const value = html("span");
      loss.append(bar, value);
      loss.classList.add("bar-cell");
      const swatch = html("span", { class: `swatch class-${k}`, "aria-hidden": "true" });
      body.append(html("tr", {}, html("th", { scope: "row" }, swatch, name), share, loss, weight));
      return { share, bar, loss: value, weight };
    });
    table.append(body);
    this.best = this.named("Best by the laws");
    this.equal = this.named("Equal shares");
    const held = mixtures!.isFitted.filter((isFitted) => !isFitted).length;
    set(this.explained, "data-held", held);
    this.element = html(
      "div",
      { class: "mixture-reading" },
      html("h4", {}, "At the handle"),
      table,
      html("p", { class: "sum" }, html("span", {}, "Weighted loss"), this.sum),
      html("div", { class: "named-mixtures" }, this.best, this.equal),
      this.explained,
      this.said,
    );
  }

  /** `losses` are those of the domains, `[K]`; undefined before there are laws. */
  show(
    shares: readonly number[],
    weights: readonly number[],
    losses: readonly number[] | undefined,
    named: { readonly proportions: readonly number[]; readonly loss: number } | undefined,
    fitted: FittedLaws | undefined,
  ): void {
    const reach = Math.max(LEAST_REACH, ...(losses ?? []));
    this.rows.forEach((row, k) => {
      setText(row.share, `${Math.round(100 * shares[k])} %`);
      setText(row.weight, weights[k].toFixed(2));
      setText(row.loss, losses === undefined ? "–" : losses[k].toFixed(2));
      row.bar.style.width = losses === undefined ? "0" : `${(100 * losses[k]) / reach}%`;
    });
    const sum = losses?.reduce((total, loss, k) => total + weights[k] * loss, 0);
    setText(this.sum, sum === undefined ? "–" : sum.toFixed(2));
    this.fill(this.best, named?.proportions, named?.loss);
    this.fill(this.equal, EQUAL, fitted && weightedLoss(fitted.laws, weights, EQUAL));
    this.explain(fitted);
    if (sum !== undefined)
      setText(this.said, `${mixtureText(shares)}: predicted weighted loss ${sum.toFixed(2)}.`);
  }

  /** A mixture by its name, to go to. */
  private named(name: string): HTMLElement {
    const button = html(
      "button",
      { type: "button", disabled: true },
      html("span", {}, name),
      html("span", { class: "soft" }),
      html("strong"),
    );
    return button;
  }

  private fill(button: HTMLElement, shares: readonly number[] | undefined, loss: number | undefined): void {
    const [, place, value] = button.children;
    const isKnown = shares !== undefined && loss !== undefined;
    (button as HTMLButtonElement).disabled = !isKnown;
    if (!isKnown) return;
    setText(place, mixtureText(shares));
    setText(value, loss.toFixed(2));
    button.onclick = () => this.go(shares);
  }

  private explain(fitted: FittedLaws | undefined): void {
    const held = this.explained.dataset.held;
    const known = fitted?.explained.every(({ byLaw }) => byLaw !== null);
    if (!known) {
      setText(this.explained, "The laws are fitted as soon as losses differ.");
      return;
    }
    const list = (of: "byLaw" | "byPlane") =>
      fitted!.explained.map((one) => (one[of] === null ? "–" : one[of].toFixed(2))).join(" / ");
    setText(
      this.explained,
      `Of the variance at ${held} held-out mixtures the laws explain ${list("byLaw")} (R², by domain), planes ${list("byPlane")}.`,
    );
  }
}
