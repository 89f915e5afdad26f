/**
 * What each experiment tells: a few sentences, and what of the picture each of them speaks of. Words only.
 *
 * In a sentence `[these words]` are the button that shows its look, and `{alpha|these}` are explained as the term `alpha`.
 * What is recorded is looked at by alpha and step (`recording/plan.ts`); of other experiments the part is shown that is spoken of.
 */

import type { LabConfig, PresetName } from "./fields.ts";

/**
 * What a sentence shows: how to look, which part, which alpha of a recording, which mixture; and what a picture shows before it is
 * trained, which pressing the words has trained: the step of a switch, a bandwidth.
 */
export type Look = Partial<
  Pick<LabConfig, "view" | "optimal" | "epsilon" | "at" | "alpha" | "emphasis" | "switchAt" | "bandwidth"> &
    Pick<LabConfig, "firstShare" | "secondShare" | "firstWeight" | "secondWeight" | "thirdWeight">
>;

export interface Sentence {
  readonly text: string;
  readonly look?: Look;
}

export const STORIES: Readonly<Record<PresetName, readonly Sentence[]>> = {
  line: [
    {
      text: "ERM learns three points on a line, the middle one of another class, and [Mixup at α = 1] does, too, as {optimal|its optimum} has it.",
      look: { view: "picture", optimal: true, alpha: 1, at: -1 },
    },
    {
      text: "[At α = 1024] mixtures of the outer two {collision|land on the middle one}, with the wrong label.",
      look: { view: "picture", optimal: true, alpha: 1024, at: -1 },
    },
    {
      text: "The optimum fails from its {flipAlpha|flip α} on, [between 8 and 16], and the nets with it.",
      look: { view: "picture", optimal: true, epsilon: 0.14, alpha: 16, at: -1 },
    },
    {
      text: "[A tenth of the steps] shows the same.",
      look: { view: "picture", alpha: 1024, at: 98 },
    },
  ],
  moons: [
    { text: "ERM is content with a nearly straight cut, which leaves some points little {margin|margin}." },
    {
      text: "[Mixup at α = 1] bends it to run halfway between the moons, and where thin lines lie together seeds agree.",
      look: { view: "picture", alpha: 1, at: -1 },
    },
    {
      text: "[At α = 1/16], nearly without mixing, it does so already.",
      look: { view: "picture", alpha: 0.0625, at: -1 },
    },
    {
      text: "[At α = 1024] it cuts corners, and comes near to points again.",
      look: { view: "picture", alpha: 1024, at: -1 },
    },
  ],
  linear: [
    {
      text: "A linear model, and data of which every point is a support vector: [after ten steps] its nets cut anywhere.",
      look: { view: "picture", alpha: 1, at: 10 },
    },
    {
      text: "[In the end] ERM and Mixup have turned to the same line, that of the largest {margin|margin}.",
      look: { view: "picture", alpha: 1, at: -1 },
    },
    { text: "[At α = 1024], too.", look: { view: "picture", alpha: 1024, at: -1 } },
  ],
  digits: [
    {
      text: "What fails on the line, on images of handwritten digits: [two laid over each other] look like no third, there is no {collision|collision}.",
      look: { view: "picture", emphasis: "mixtures" },
    },
    {
      text: "So a small convolutional net fits them however large {alpha|α} is: [the error goes to 0], where the alternating line stays at a third.",
      look: { view: "picture", emphasis: "error" },
    },
  ],
  own: [
    {
      text: "Draw points into a picture, with the mouse or the keyboard, or drop a CSV file on the page: x, class or x, y, class a row; or numbers to learn instead of classes.",
    },
    {
      text: "Put a point of one class halfway between two of another for a {collision|collision}; in the plane [the surface] shows how it is decided.",
      look: { view: "surface" },
    },
  ],
  "over-training": [
    {
      text: "Regression by random features, all midpoints (every {lambda|λ} is ½) trained on: [Mixup’s test error] falls, then rises as it fits labels that are wrong.",
      look: { emphasis: "mixup" },
    },
    {
      text: "Going over to ERM [at the turn], it falls to ERM’s;",
      look: { switchAt: 316, emphasis: "plain" },
    },
    {
      text: "[much later], only a part of what was fitted is forgotten. Drag the handle to any step.",
      look: { switchAt: 100_000, emphasis: "plain" },
    },
  ],
  "c-mixup": [
    {
      text: "Regression: [with any partner] a mixture lies off the curve and pulls the net straight.",
      look: { view: "picture", emphasis: "plain", bandwidth: 2 },
    },
    {
      text: "[With partners of near labels] it stays on it.",
      look: { view: "picture", emphasis: "mixup", bandwidth: 0.1 },
    },
    {
      text: "That holds as long as near labels mean like inputs: let the curve go up and down, and they do not.",
    },
    {
      text: "On one input [ERM needs no help].",
      look: { view: "picture", emphasis: "erm" },
    },
  ],
  "two-lambdas": [
    {
      text: "Points are mixed by one {lambda|λ}; labels by the same, or by another that knows nothing of it. [The squares] show which pairs were drawn.",
      look: { view: "picture", emphasis: "lambdas" },
    },
    { text: "The regions come out nearly the same; see [the surface].", look: { view: "surface" } },
  ],
  "long-tail": [
    {
      text: "Nets learn digits of which [some are rare]; then the classifier alone is trained again, with labels smoothed almost to uniform.",
      look: { emphasis: "counts" },
    },
    { text: "[The rare classes gain],", look: { emphasis: "rare" } },
    {
      text: "and [the frequent ones lose] later: what is gained is gained on the way.",
      look: { emphasis: "frequent" },
    },
  ],
  mixing: [
    {
      text: "Digits in three domains that have nothing in common. A point of the triangle is a mixture of them, and small nets are trained on 25.",
    },
    {
      text: "Their losses make a law, and the law tells the loss of every other mixture: drag the handle, or go [to equal shares].",
      look: { firstShare: 1 / 3, secondShare: 1 / 3 },
    },
    {
      text: "[At the first corner] nothing but that domain is seen, and the other two are not learnt.",
      look: { firstShare: 1, secondShare: 0 },
    },
    {
      text: "The star is the best mixture for what losses count: [if only the third’s does], it goes to that corner.",
      look: { firstWeight: 0, secondWeight: 0, thirdWeight: 1 },
    },
  ],
  "fair-weights": [
    {
      text: "Two groups under one rule, but in training 45 % of the positives of group 0 are labelled negative, and 30 % of the negatives of group 1 positive. [ERM learns that, too]: a line for each group, and a {gap|gap} between them.",
      look: { emphasis: "erm" },
    },
    {
      text: "[Learnt weights] ask a few other points, whose groups are known and whose labels are clean: after each step of the model every weight moves to where losses there are small, and alike for both groups.",
      look: { emphasis: "mixup" },
    },
    {
      text: "[Marks with wrong labels] shrink, though nobody said which they are, and the lines come together. It is the clean points that tell: where theirs were as wrong, nothing here says that it would help.",
      look: { emphasis: "wrong" },
    },
  ],
  policies: [
    {
      text: "A bandit draws the domain of each step, and its reward is the loss. [The last domain is junk].",
      look: { emphasis: "junk" },
    },
    {
      text: "[The reward that adds up] spends most steps on random labels, since what can’t be learnt keeps its loss; smoothed rewards hardly move at all.",
      look: { emphasis: "mixup" },
    },
  ],
  merging: [
    {
      text: "Nets learn plain digits; then each goes on with one of six domains alone, and the parameters of every two are averaged. Point at a cell, or go from cell to cell with the arrow keys, to compare.",
    },
    {
      text: "[From starts of their own] these means are little better than guessing (2.3 nats).",
      look: { emphasis: "erm" },
    },
    {
      text: "[From one start], with nets that are no better alone, most are far better;",
      look: { emphasis: "mixup" },
    },
    { text: "those [with transposed images] are worse than guessing.", look: { emphasis: "transposed" } },
  ],
};

/** A part of a sentence: words, those of its button, or those of a term. */
export interface Part {
  readonly kind: "words" | "look" | "term";
  readonly text: string;
  readonly term?: string;
}

/** A sentence in its parts. A term within the button's words stands beside them: buttons hold no buttons. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let isLook = false;
  for (const piece of text.split(/(\[|\]|\{[^}]*\})/)) {
    if (piece === "[" || piece === "]") isLook = piece === "[";
    else if (piece.startsWith("{")) {
      const [term, words] = piece.slice(1, -1).split("|");
      parts.push({ kind: "term", term, text: words });
    } else if (piece !== "") parts.push({ kind: isLook ? "look" : "words", text: piece });
  }
  return parts;
}

/** A sentence as it is heard. */
export function spoken(text: string): string {
  return partsOf(text)
    .map((part) => part.text)
    .join("");
}
