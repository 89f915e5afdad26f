/**
 * Which lambdas were drawn together: that of the points across, that of the labels upwards, a dot for each pair that was mixed
 * lately. One lambda for both lies on the diagonal.
 */

import { html, set, setText, svg } from "../../page/dom.ts";
import type { GroupKind } from "../../training/mixings.ts";
import type { Blend } from "../blends.ts";

const SIDE = 132;
const [LEFT, RIGHT, TOP, BOTTOM] = [16, 6, 6, 18];
const MOST = 400;

const WORDS: Readonly<Record<GroupKind, string>> = {
  erm: "nothing is mixed: both are 1",
  plain: "one λ for points and labels",
  mixup: "two λ: points across, labels upwards",
};

export class LambdaSquare {
  readonly element: HTMLElement;
  private readonly dots: SVGPathElement;
  private readonly words = html("p", {});
  private pairs: (readonly [number, number])[] = [];

  constructor(private readonly kind: GroupKind) {
    this.dots = svg("path", { class: `lambda-dots ${kind}` });
    const [x, y] = [LEFT, TOP];
    const [width, height] = [SIDE - LEFT - RIGHT, SIDE - TOP - BOTTOM];
    const plot = svg(
      "svg",
      { viewBox: `0 0 ${SIDE} ${SIDE}`, class: "plot lambda-square", "aria-hidden": "true" },
      svg("rect", { class: "frame", x, y, width, height }),
      svg("line", { class: "rule", x1: x, y1: y + height, x2: x + width, y2: y }),
      this.dots,
      svg("text", { x, y: SIDE - 4 }, "0"),
      svg("text", { x: x + width, y: SIDE - 4, "text-anchor": "end" }, "1"),
      svg(
        "text",
        { class: "axis-name", x: x + width / 2, y: SIDE - 4, "text-anchor": "middle" },
        "λ of points",
      ),
      svg(
        "text",
        {
          class: "axis-name",
          "text-anchor": "middle",
          transform: `translate(10 ${y + height / 2}) rotate(-90)`,
        },
        "λ of labels",
      ),
    );
    setText(this.words, WORDS[kind]);
    this.element = html("figure", { class: "lambdas", "data-part": "lambdas" }, plot, this.words);
    if (kind === "erm") this.draw([[1, 1]]);
  }

  /** Pairs of a batch, as this group mixed them. */
  add(blends: readonly Blend[]): void {
    if (this.kind === "erm") return;
    for (const { lambda, labelLambda } of blends) this.pairs.push([lambda, labelLambda]);
    this.pairs = this.pairs.slice(-MOST);
    this.draw(this.pairs);
  }

  private draw(pairs: readonly (readonly [number, number])[]): void {
    const x = (value: number) => (LEFT + value * (SIDE - LEFT - RIGHT)).toFixed(1);
    const y = (value: number) => (SIDE - BOTTOM - value * (SIDE - TOP - BOTTOM)).toFixed(1);
    set(this.dots, "d", pairs.map(([across, up]) => `M${x(across)},${y(up)}h0`).join(""));
  }
}
