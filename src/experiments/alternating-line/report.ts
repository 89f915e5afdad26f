/** The alternating line's part of its report: for each data set figures, sentences and tables. */

import type { Figure } from "../../report/figure.ts";
import type { Reported } from "../../report/files.ts";
import {
  figureList,
  percent,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { distinctSets, setName } from "../lineSets.ts";
import { curvesCsv } from "./csv.ts";
import { type LineFigure, lineFigures } from "./figures.ts";
import { observations } from "./observations.ts";
import { type Group, groupName, type LineResults } from "./results.ts";
import { lineTheoryCsv, lineTheoryTable } from "./theoryReport.ts";

/** What the experiment is about. */
const INTRODUCTION = `<p>Points 0, 1, 2, … lie on a line and their classes
alternate. Mixing points 0 and 2 of the three-point line lands on point 1, with the wrong label; the more the law of λ, Beta(α, α),
concentrates on ½, the more often. Theorem 2.7 of <em>Towards Understanding the Data Dependency of
Mixup-style Training</em> (<a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>) says that, at
any fixed resolution ε, a large enough α makes the Mixup-optimal classifier misclassify a training point.
Here nets of 512 hidden units are trained on such lines with and without Mixup (without: ERM), and measured
on the unmixed training points, as in the paper's section 2.3. Beside them stands the theory: h_ε, the
classifier that is optimal at resolution ε, and J*, the least Mixup loss that any classifier can reach.</p>`;

/** What the three-point line shows at the largest alpha. */
function learnt({ groups }: LineResults): string {
  const set = groups.filter(({ points, classes }) => points === 3 && classes === 2);
  const erm = set.find(({ mixing }) => mixing === "erm")?.finalError.mean;
  const mixed = set.filter(({ mixing, finalError }) => mixing === "mixup" && finalError.mean !== null);
  const [least, most] = [mixed[0], mixed[mixed.length - 1]];
  if (erm === undefined || erm === null || least === undefined)
    return "Not enough runs ended in finite numbers to say anything.";
  const unlike = most !== least ? `, of ${percent(least.finalError.mean)} with α = ${least.alpha}` : "";
  return (
    `On three alternating points nets end with a training error of ${percent(most.finalError.mean)} under Mixup with ` +
    `α = ${most.alpha}${unlike}, and of ${percent(erm)} without Mixup.`
  );
}

/** A section for each data set. */
function sections(results: LineResults, figures: readonly Figure[]): string {
  const pictures = figures as readonly LineFigure[];
  const sets = distinctSets(results.groups).map((set) => {
    const same = (other: { points: number; classes: number }) => setName(other) === setName(set);
    const groups = results.groups.filter(same);
    return section(
      setName(set),
      figureList(pictures.slice(1).filter(same)),
      sentenceList(observations(groups)),
      referenceTable(results.references.filter(same), "published"),
      groupTable(groups),
      lineTheoryTable(results.theory.filter(same)),
    );
  });
  return sets.join("\n");
}

export const lineReport: Reported<LineResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: lineFigures,
  csv: (results) => [{ name: "curves", text: curvesCsv(results) }, lineTheoryCsv(results.theory)],
  sections,
};

function groupTable(groups: Group[]): string {
  const rows = groups.map((group) => {
    const own = group.probabilities.map((row, point) => showNumber(row[point % group.classes])).join(" ");
    const { mean, std } = group.finalError;
    return [groupName(group), `${showNumber(mean)} ± ${showNumber(std)}`, own];
  });
  return textTable(
    "All laws: mean over the seeds ± standard deviation",
    ["", "final error", "probability of each point's own class"],
    rows,
  );
}
