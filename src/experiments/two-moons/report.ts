/** The two moons in words and tables: what follows from the numbers, and the numbers. Pictures: `figures.ts`. */

import type { Spread } from "../../numeric/spread.ts";
import { csvTable } from "../../report/csv.ts";
import type { Figure } from "../../report/figure.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import {
  figureList,
  percent,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { disagreementOfFour } from "./checks.ts";
import { bySeparation, moonsFigures } from "./figures.ts";
import { MEASURES } from "./measures.ts";
import type { MoonsGroup, TwoMoonsResults } from "./results.ts";

/** What the experiment is about. */
const INTRODUCTION = `<p>Two half circles with noise, pulled apart until a straight strip lies
between them. Section 3.1 of <em>Towards Understanding the Data Dependency of Mixup-style Training</em>
(<a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>) argues that Mixup can move the decision
boundary away from the data, towards the nearest neighbour's. Nets of 500 hidden units are trained with and
without Mixup (without: ERM), each seed on points of its own.</p>
<p>The loop behind the paper's figure never clears Mixup's gradients: every step uses the sum of all gradients so
far. So Mixup is trained here in both ways, and shown in both: with gradients <strong>cleared</strong> after every
step, as ERM's are, and <strong>accumulated</strong> as in the authors' loop. The paper's maps show the majority of
the seeds, which hides how far they disagree: here the votes are drawn as well.</p>`;

/** A row for each net. */
function moonsCsv({ groups }: TwoMoonsResults): CsvFile[] {
  const columns = ["separation", "gradients", "mixing", "alpha", "seed", ...MEASURES];
  const rows = groups.flatMap(({ separation, variant, alpha, runs }) =>
    runs.map((run) => [
      ...[separation, variant, alpha === null ? "erm" : "mixup", alpha, run.seed],
      ...MEASURES.map((name) => run[name]),
    ]),
  );
  return [{ name: "margins", text: csvTable(columns, rows) }];
}

/** Margins of Mixup's nets beside ERM's, at the smallest separation. */
function learnt({ groups }: TwoMoonsResults): string {
  const [members] = bySeparation(groups);
  const margin = (group: MoonsGroup | undefined) => group?.over.leastMargin.mean ?? null;
  const erm = margin(members?.find(({ alpha }) => alpha === null));
  const mixed = members?.filter(({ alpha, over }) => alpha !== null && over.leastMargin.mean !== null) ?? [];
  if (erm === null || mixed.length === 0) return "Not enough nets ended in finite numbers to say anything.";
  const told = mixed.map((group) => `${margin(group)!.toFixed(3)} (${netName(group)})`);
  return (
    `At class separation ${members[0].separation} the least margin of the nets is ${erm.toFixed(3)} without Mixup, and ` +
    `with it ${told.join(", ")}, on average over ${counted(members[0].runs.length, "seed")}.`
  );
}

/** The margins of each seed, a section for each separation, then what was expected. */
function sections({ groups, references }: TwoMoonsResults, figures: readonly Figure[]): string {
  return [
    section("Margins", ...bySeparation(groups).map(seedTable)),
    ...bySeparation(groups).map((members) =>
      section(
        `Class separation ${members[0].separation}`,
        figureList(figures.slice(1).filter(({ name }) => name.endsWith(`-${members[0].separation}`))),
        sentenceList(observe(members)),
        measureTable(members),
      ),
    ),
    section("Expected values", referenceTable(references)),
  ].join("\n");
}

export const moonsReport: Reported<TwoMoonsResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: ({ groups }) => moonsFigures(groups),
  csv: moonsCsv,
  sections,
};

/** Sentences that follow from the numbers alone. `groups` are of one separation. */
export function observe(groups: readonly MoonsGroup[]): string[] {
  const base = groups.find(({ alpha }) => alpha === null);
  return groups.flatMap((group) => {
    const diverged = group.runs.length - group.voters;
    const lost =
      diverged === 0 ? [] : [`${netName(group)}: ${diverged} of ${group.runs.length} runs diverged.`];
    if (group.alpha === null || base === undefined) return lost;
    const [nearest, margin] = [group.over.nearestNeighbour.mean, group.over.leastMargin.mean];
    const [baseNearest, baseMargin] = [base.over.nearestNeighbour.mean, base.over.leastMargin.mean];
    if (nearest === null || margin === null || baseNearest === null || baseMargin === null) return lost;
    return [
      `${netName(group)}: agrees with the nearest neighbour on ${percent(nearest, 1)} of the map ` +
        `(ERM: ${percent(baseNearest, 1)}); its least margin is ${margin.toFixed(3)} ` +
        `(ERM: ${baseMargin.toFixed(3)}); all seeds agree on ${percent(group.unanimous, 1)} of the map.`,
      ...lost,
    ];
  });
}

function measureTable(groups: readonly MoonsGroup[]): string {
  const cell = ({ mean, std }: Spread) => `${showNumber(mean)} ± ${showNumber(std)}`;
  return textTable(
    "Mean over the seeds ± standard deviation. Margins: from a training point to the other class on the grid. " +
      "4 disagree: share of the map where four of the seeds are not of one mind",
    [
      ...["", "gradients", "accuracy", "as 1-NN", "as sign(x)", "least margin", "mean margin"],
      ...["least distance", "unanimous", "contested", "4 disagree", "clean loss"],
    ],
    groups.map((group) => [
      lawName(group),
      group.variant,
      ...MEASURES.slice(0, 6).map((name) => cell(group.over[name])),
      ...[group.unanimous, group.contested, disagreementOfFour(group)].map((share) => showNumber(share)),
      cell(group.over.cleanLoss),
    ]),
  );
}

function seedTable(groups: readonly MoonsGroup[]): string {
  return textTable(
    `Least margin of each seed, class separation ${groups[0].separation}`,
    ["", "gradients", ...groups[0].runs.map(({ seed }) => `seed ${seed}`)],
    groups.map((group) => [
      lawName(group),
      group.variant,
      ...group.runs.map(({ leastMargin }) => showNumber(leastMargin)),
    ]),
  );
}

function netName(group: MoonsGroup): string {
  return group.alpha === null ? "ERM" : `${lawName(group)}, gradients ${group.variant}`;
}

function lawName({ alpha }: MoonsGroup): string {
  return alpha === null ? "ERM" : `Mixup α = ${alpha}`;
}
