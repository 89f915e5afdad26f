/**
 * What is measured of every net at an evaluation, a list for each kind of experiment: where it is found, what it is called on the
 * page and in files. Pure.
 */

import type { RunCurves } from "../../../../src/index.ts";

/** Measurements of one run, an entry per evaluation: those that trainings make, and those of a method. */
export type Measured = RunCurves & Partial<Readonly<Record<Measure, readonly number[]>>>;

/** What is measured along a long tail: accuracies, and logit magnitudes of head and tail. */
export const TAIL_MEASURES = ["overall", "many", "few", "head", "tail"] as const;
export type TailMeasure = (typeof TAIL_MEASURES)[number];

/** What is measured along learnt weights: accuracy and gaps, mean weights of points whose label is wrong and right. */
export const FAIR_MEASURES = ["accuracy", "opportunity", "odds", "wrong", "right"] as const;
export type FairMeasure = (typeof FAIR_MEASURES)[number];

/** And of mixtures of up to four domains: the loss on each, and its share of a policy. Of pairs of up to six: that of the mean of two nets. */
export type Measure =
  | TailMeasure
  | FairMeasure
  | `${"loss" | "share"}${0 | 1 | 2 | 3}`
  | `pair_${Place}_${Place}`;
type Place = 0 | 1 | 2 | 3 | 4 | 5;

export function domainMeasure(what: "loss" | "share", k: number): Measure {
  return `${what}${k as 0 | 1 | 2 | 3}`;
}

/** Of the mean of the nets of domains i and j; of one net alone where they are the same. */
export function pairMeasure(i: number, j: number): Measure {
  return `pair_${Math.min(i, j) as Place}_${Math.max(i, j) as Place}`;
}

export interface Quantity {
  /** In JSON, and as a column of CSV. */
  readonly key: string;
  readonly column: string;
  /** In a table. */
  readonly name: string;
  /** Above its chart; empty for what has none. */
  readonly title: string;
  /** A share of points, shown in percent, or a number. */
  readonly kind: "share" | "number";
  /** Axes reach at least to here. */
  readonly least: number;
  /** With its unit, for an axis; and in a sentence. */
  readonly label: string;
  readonly what: string;
  read(run: Measured, evaluation: number): number;
}

/** Of classifiers, measured at `points`: `the training points`, `500 fresh points`. */
export function classQuantities(points: string): Quantity[] {
  return [
    {
      key: "error",
      column: "error",
      name: "Error",
      title: `Error on ${points}`,
      kind: "share",
      least: 0.1,
      label: "error (%)",
      what: `Share of ${points}, unmixed, that a net misclassifies`,
      read: ({ error }, e) => error[e],
    },
    {
      key: "loss",
      column: "loss",
      name: "Loss",
      title: `Loss on ${points}`,
      kind: "number",
      least: 0.05,
      label: "loss (nats)",
      what: `Mean cross-entropy on ${points}, unmixed, in nats`,
      read: ({ loss }, e) => loss[e],
    },
    {
      key: "trainingLoss",
      column: "training_loss",
      name: "Training loss",
      title: "Training loss, mixed",
      kind: "number",
      least: 0.05,
      label: "training loss (nats)",
      what: "Mean cross-entropy on what a net is trained on, for Mixup the mixed points, in nats",
      read: ({ trainingLoss }, e) => trainingLoss[e],
    },
  ];
}

/** Of regression: the error is a root mean square, in units of the targets; losses are squares. */
export function numberQuantities(points: string): Quantity[] {
  return [
    {
      key: "error",
      column: "error",
      name: "Error",
      title: `Error on ${points}`,
      kind: "number",
      least: 0,
      label: "root mean square error",
      what: `Root mean square error on ${points}, in units of the labels`,
      read: ({ loss }, e) => Math.sqrt(loss[e]),
    },
    {
      key: "loss",
      column: "loss",
      name: "Loss",
      title: "",
      kind: "number",
      least: 0,
      label: "mean squared error",
      what: `Mean squared error on ${points}`,
      read: ({ loss }, e) => loss[e],
    },
    {
      key: "trainingLoss",
      column: "training_loss",
      name: "Training loss",
      title: "Training loss, mixed",
      kind: "number",
      least: 0,
      label: "training loss (squared error)",
      what: "Mean squared error on what a net is trained on, for Mixup the mixed points",
      read: ({ trainingLoss }, e) => trainingLoss[e],
    },
  ];
}

/** Of the over-training study: its error is that of the closed form, a mean square over the variance of the test labels. */
export function relativeQuantities(variance: number): Quantity[] {
  const [, , training] = numberQuantities("");
  return [
    {
      key: "error",
      column: "error",
      name: "Error",
      title: "",
      kind: "number",
      least: 0,
      label: "test error",
      what: "Mean squared error on fresh points over the variance of their labels",
      read: ({ loss }, e) => loss[e] / variance,
    },
    { ...training, title: "Training loss of the nets" },
  ];
}

/** Along a long tail. */
export function tailQuantities(): Quantity[] {
  const logits = "mean logit of a class on its own test images less that on the others";
  const names: Readonly<Record<TailMeasure, readonly [name: string, what: string]>> = {
    overall: ["Right", "Share of test images that are classified right"],
    many: ["Frequent", "Share of test images of the three most frequent classes that are classified right"],
    few: ["Rare", "Share of test images of the four rarest classes that are classified right"],
    head: ["Logits, frequent classes", `Of the three most frequent classes, ${logits}`],
    tail: ["Logits, rare classes", `Of the four rarest classes, ${logits}`],
  };
  return TAIL_MEASURES.map((key): Quantity => {
    const isShare = key !== "head" && key !== "tail";
    const [name, what] = names[key];
    return {
      key,
      column: key,
      name,
      title: isShare ? "" : name,
      kind: isShare ? "share" : "number",
      least: 0,
      label: isShare ? "accuracy (%)" : "logit magnitude",
      what,
      read: (run, e) => run[key]![e],
    };
  });
}

/** Of nets on a mixture of domains: the loss on each. */
export function mixtureQuantities(domains: readonly string[]): Quantity[] {
  return domains.map(
    (name, k): Quantity => ({
      key: `loss${k}`,
      column: `loss_${k}`,
      name: `Loss, ${name}`,
      title: "",
      kind: "number",
      least: 0,
      label: "loss (nats)",
      what: `Mean cross-entropy on validation images of the ${name} domain, in nats`,
      read: (run, e) => run[domainMeasure("loss", k)]![e],
    }),
  );
}

/** Of bandits: the loss on the domains that are asked for, and the share of each. */
export function policyQuantities(domains: readonly string[], asked: number): Quantity[] {
  const of = asked === domains.length ? `all ${asked} domains` : `the first ${asked} domains`;
  return [
    {
      key: "loss",
      column: "loss",
      name: "Loss",
      title: `Loss on ${of}`,
      kind: "number",
      least: 0.05,
      label: "loss (nats)",
      what: `Mean over ${of} of the cross-entropy on validation images, in nats`,
      read: (run, e) =>
        domains.slice(0, asked).reduce((sum, _, k) => sum + run[domainMeasure("loss", k)]![e] / asked, 0),
    },
    ...domains.map(
      (name, k): Quantity => ({
        key: `share${k}`,
        column: `share_${k}`,
        name: `Share, ${name}`,
        title: "",
        kind: "share",
        least: 0,
        label: "share (%)",
        what: `Share of the policy that the domain “${name}” has`,
        read: (run, e) => run[domainMeasure("share", k)]![e],
      }),
    ),
  ];
}

/** Of models beside learnt weights of their training points, on so many clean test points. */
export function fairQuantities(test: number): Quantity[] {
  const on = `${test.toLocaleString("en")} clean test points`;
  const share = (key: FairMeasure, name: string, title: string, what: string): Quantity => ({
    ...{ key, column: key, name, title, what, kind: "share", least: 0.1, label: `${name.toLowerCase()} (%)` },
    read: (run, e) => run[key]![e],
  });
  const weight = (key: FairMeasure): Quantity => ({
    key,
    column: `weight_${key}`,
    name: `Weight, ${key} labels`,
    title: "",
    kind: "number",
    least: 0,
    label: "mean weight",
    what: `Mean weight of training points whose label is ${key}`,
    read: (run, e) => run[key]![e],
  });
  return [
    share("accuracy", "Accuracy", "Accuracy on clean points", `Share of ${on} that are classified right`),
    share(
      "opportunity",
      "Gap",
      "Gap between the groups",
      `Equal-opportunity gap: distance of the groups’ true positive rates on ${on}`,
    ),
    share(
      "odds",
      "Equalised-odds gap",
      "",
      `Mean of that and of the distance of the groups’ false positive rates on ${on}`,
    ),
    weight("wrong"),
    weight("right"),
  ];
}

/** Of nets of single domains: the mean losses of merged pairs and of the nets alone, then those of all pairs, one domain twice included. */
export function mergingQuantities(
  domains: readonly string[],
  pairs: readonly (readonly [number, number])[],
): Quantity[] {
  const mean = (own: (i: number, j: number) => boolean) => {
    const measures = pairs.filter(([i, j]) => own(i, j)).map(([i, j]) => pairMeasure(i, j));
    return (run: Measured, e: number) =>
      measures.reduce((sum, name) => sum + run[name]![e] / measures.length, 0);
  };
  const number = { kind: "number", label: "loss (nats)" } as const;
  return [
    {
      ...{ ...number, key: "loss", column: "loss", name: "Loss, merged", least: 0.05 },
      title: "Loss of merged pairs",
      what: `Mean over all pairs of the ${domains.length} domains of the cross-entropy that the mean of their two nets’ parameters has on validation images of both domains, in nats`,
      read: mean((i, j) => i !== j),
    },
    {
      ...{ ...number, key: "alone", column: "alone", name: "Loss, alone", least: 0.05 },
      title: "Loss of the nets alone",
      what: `Mean over the ${domains.length} nets, each trained on one domain, of the cross-entropy on validation images of its own domain, in nats`,
      read: mean((i, j) => i === j),
    },
    ...pairs.map(([i, j]): Quantity => {
      const key = pairMeasure(i, j);
      const names = `“${domains[i]}” and “${domains[j]}”`;
      return {
        ...{ ...number, key, column: key, title: "", least: 0 },
        name: i === j ? `${domains[i]} alone` : `${domains[i]} + ${domains[j]}`,
        what:
          i === j
            ? `Cross-entropy of the net of “${domains[i]}”, alone, on its own validation images, in nats`
            : `Cross-entropy of the mean of the nets of ${names} on validation images of both, in nats`,
        read: (run, e) => run[key]![e],
      };
    }),
  ];
}
