/**
 * The words of the theory that the lab uses, each in a sentence or two with its formula. Words only; the documentation has the same
 * (`docs/theory.md`, "The words").
 */

import type { Term } from "../page/termButton.ts";

export type TermName =
  | "alpha"
  | "lambda"
  | "epsilon"
  | "optimal"
  | "optimalLoss"
  | "effectiveEpsilon"
  | "collision"
  | "flipAlpha"
  | "margin"
  | "gap";

/** Where the documentation defines them: a heading each. */
const PAGE = "./api/documents/theory.html";

const H_EPSILON = "<msub><mi>h</mi><mi>ε</mi></msub>";
const NEAR = "<mo>|</mo><mi>z</mi><mo>−</mo><mi>x</mi><mo>|</mo><mo>&lt;</mo><mi>ε</mi>";
const BETA = "<mtext>Beta</mtext><mo>(</mo><mi>α</mi><mo>,</mo><mi>α</mi><mo>)</mo>";
const MIXTURE =
  "<mi>z</mi><mo>=</mo><mi>λ</mi><mi>s</mi><mo>+</mo><mo>(</mo><mn>1</mn><mo>−</mo><mi>λ</mi><mo>)</mo><mi>t</mi>";
const POINT = "<msub><mi>x</mi><mi>n</mi></msub>";
/** True positive rate of a group. */
const RATE = (group: number) =>
  `<mi>P</mi><mo>(</mo><mover><mi>y</mi><mo>^</mo></mover><mo>=</mo><mn>1</mn><mspace width="0.3em"/><mo>|</mo><mspace width="0.3em"/><mi>y</mi><mo>=</mo><mn>1</mn><mo>,</mo><mi>g</mi><mo>=</mo><mn>${group}</mn><mo>)</mo>`;
const CLASS = "<msub><mi>y</mi><mi>n</mi></msub>";

export const TERMS: Readonly<Record<TermName, Term>> = {
  alpha: {
    name: "α",
    words:
      "is the parameter of the Beta law that λ is drawn from. Small: λ is near 0 or 1, nearly ERM. 1: every λ is as likely. Large: λ is near ½, nearly midpoints.",
    formula: `<mi>λ</mi><mo>∼</mo>${BETA}`,
    more: `${PAGE}#alpha`,
  },
  lambda: {
    name: "λ",
    words: "is the share of the first point in a mixture z, and of its label in the mixture’s label.",
    formula: MIXTURE,
    more: `${PAGE}#lambda`,
  },
  epsilon: {
    name: "ε",
    words:
      "is the radius within which mixtures are not told apart: h with this ε answers at x for all mixtures nearer than ε.",
    formula: NEAR,
    more: `${PAGE}#eps`,
  },
  optimal: {
    name: "hε",
    words:
      "is the Mixup-optimal classifier: at x the mean label of all mixtures nearer than ε. No answer that is the same all over that ball has a lower Mixup loss there.",
    formula: `${H_EPSILON}<mo>(</mo><mi>x</mi><mo>)</mo><mo>=</mo><mi mathvariant="normal">E</mi><mo>[</mo><mtext>label of&#160;</mtext><mi>z</mi><mspace width="0.4em"/><mo>|</mo><mspace width="0.4em"/>${NEAR}<mo>]</mo>`,
    more: `${PAGE}#h_eps`,
  },
  optimalLoss: {
    name: "J*",
    words:
      "is the least Mixup loss that any classifier can have, in nats: the entropy that is left in the label of a mixture when one sees where it lies.",
    formula:
      '<msup><mi>J</mi><mo>∗</mo></msup><mo>=</mo><mi mathvariant="normal">E</mi><mo>[</mo><mi>H</mi><mo>(</mo><mi mathvariant="normal">E</mi><mo>[</mo><mtext>label of&#160;</mtext><mi>z</mi><mspace width="0.3em"/><mo>|</mo><mspace width="0.3em"/><mi>z</mi><mo>]</mo><mo>)</mo><mo>]</mo>',
    more: `${PAGE}#j`,
  },
  effectiveEpsilon: {
    name: "Effective ε",
    words:
      "is the smallest ε at which hε gives a point’s class the probability p that the nets give it: about how finely they tell mixtures apart.",
    formula: `<mi>min</mi><mo>{</mo><mi>ε</mi><mo>:</mo><msubsup><mi>h</mi><mi>ε</mi><mi>y</mi></msubsup><mo>(</mo><mi>x</mi><mo>)</mo><mo>=</mo><mi>p</mi><mo>}</mo>`,
    more: `${PAGE}#effective-eps`,
  },
  collision: {
    name: "A collision",
    words:
      "is a mixture of two points of other classes that comes near a training point, with labels that are not its own. The radius is the distance to the nearest segment between two such points.",
    formula: `<munder><mi>min</mi><mrow><mi>λ</mi><mo>,</mo><mi>s</mi><mo>,</mo><mi>t</mi></mrow></munder><mo>|</mo><mi>z</mi><mo>−</mo>${POINT}<mo>|</mo><mo>,</mo><mspace width="0.6em"/><msub><mi>y</mi><mi>s</mi></msub><mo>,</mo><msub><mi>y</mi><mi>t</mi></msub><mo>≠</mo>${CLASS}`,
    more: `${PAGE}#collision`,
  },
  flipAlpha: {
    name: "The flip α",
    words:
      "of a training point is the smallest α at which hε gives some other class more than the point’s own. The track marks the first of all points.",
    formula: `<mi>min</mi><mo>{</mo><mi>α</mi><mo>:</mo><msubsup><mi>h</mi><mi>ε</mi><mi>c</mi></msubsup><mo>(</mo>${POINT}<mo>)</mo><mo>&gt;</mo><msubsup><mi>h</mi><mi>ε</mi>${CLASS}</msubsup><mo>(</mo>${POINT}<mo>)</mo><mo>}</mo>`,
    more: `${PAGE}#flip-alpha`,
  },
  margin: {
    name: "The margin",
    words:
      "is the least distance from a training point to the decision boundary. The max-margin direction is that of the line through the origin that has the largest.",
    formula: `<munder><mi>min</mi><mrow><mi>n</mi><mo>,</mo><mi>b</mi></mrow></munder><mo>|</mo>${POINT}<mo>−</mo><mi>b</mi><mo>|</mo><mo>,</mo><mspace width="0.6em"/><mi>b</mi><mtext>&#160;on the boundary</mtext>`,
    more: `${PAGE}#margin`,
  },
  gap: {
    name: "The gap",
    words:
      "is how far two groups’ true positive rates lie apart: the share of each group’s points of class 1 that are classified as such. At 0 there is equal opportunity.",
    formula: `<mo>|</mo>${RATE(0)}<mo>−</mo>${RATE(1)}<mo>|</mo>`,
    more: `${PAGE}#gap`,
  },
};
