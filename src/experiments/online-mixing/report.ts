/** The experiment on online mixing reported: what is claimed, what came out, tables, what was expected. */

import { csvTable } from "../../report/csv.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import {
  percent,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { onlineMixingFigures, POLICY_LABELS } from "./figures.ts";
import type { LastDomain, MixedArm, OnlineMixingResults, PolicyName } from "./results.ts";

const INTRODUCTION = `<p><em>Efficient Online Data Mixing For Language Model Pre-Training</em>
(<a href="https://arxiv.org/abs/2312.02406">arXiv 2312.02406</a>) takes the domains of the data for the arms of a bandit: each step draws a
domain for its batch, and its training loss is the domain’s reward, so that what a net does not yet know is drawn more often, without
any run beside the one that counts.</p>
<p>Here are four domains of digits, each under a permutation of the pixels of its own. The first has two classes only, two are as they
are; the last is noisy, or, in a second experiment, its labels are random. Three forms of the reward are compared with equal shares: the
paper’s smoothed, importance-weighted loss (exp3), the smoothed exponential of the loss that the authors’ code takes, and their
cumulative form. <strong>What it shows is a failure:</strong> a loss as reward chases what cannot be learnt.</p>`;

function onlineMixingCsv({ arms, steps, domains }: OnlineMixingResults): CsvFile[] {
  return [
    {
      name: "policies",
      text: csvTable(
        ["last_domain", "policy", "step", ...domains.map((name) => `share_${name.replaceAll(" ", "_")}`)],
        arms.flatMap(({ last, policy, policies }) =>
          policies.map((shares, i) => [last, policy, steps[i], ...shares]),
        ),
      ),
    },
    {
      name: "losses",
      text: csvTable(
        ["last_domain", "policy", "seed", "validation_loss"],
        arms.flatMap(({ last, policy, losses }) => losses.map((loss, seed) => [last, policy, seed, loss])),
      ),
    },
  ];
}

function armOf(arms: readonly MixedArm[], last: LastDomain, policy: PolicyName): MixedArm {
  return arms.find((arm) => arm.last === last && arm.policy === policy)!;
}

function learnt({ arms }: OnlineMixingResults): string {
  const [uniform, cumulative] = (["uniform", "cumulative"] as const).map((policy) =>
    armOf(arms, "random labels", policy),
  );
  if (uniform.loss.mean === null || cumulative.loss.mean === null)
    return "Not enough nets ended in finite numbers to say anything.";
  return (
    "The paper claims that a bandit rewarded by the training loss mixes domains better; here, with a domain of random labels among four, its cumulative form spends " +
    `${percent(cumulative.shares.at(-1)!)} of the second half on the junk and ends at ${showNumber(cumulative.loss.mean)} nats on the other domains, where equal shares end at ` +
    `${showNumber(uniform.loss.mean)} (mean over ${counted(uniform.losses.length, "run")}).`
  );
}

/** Sentences that follow from the numbers alone. */
export function observe({ arms }: Pick<OnlineMixingResults, "arms">): string[] {
  const lasts = (["noisy inputs", "random labels"] as const).filter((last) =>
    arms.some((arm) => arm.last === last),
  );
  return lasts.map((last) => {
    const told = (["uniform", "exp3", "ema", "cumulative"] as const).map((policy) => {
      const { loss, shares } = armOf(arms, last, policy);
      return `${POLICY_LABELS[policy]} ${showNumber(loss.mean)} ± ${showNumber(loss.std)} (last domain ${percent(shares.at(-1)!)})`;
    });
    return `${last === "noisy inputs" ? "Noisy inputs" : "Random labels"}: ${told.join("; ")}.`;
  });
}

const COMPARED = [
  "No gain is claimed for any reward: with noisy inputs the cumulative one came out 1 to 2 % better or worse in repetitions, which another draw turns round.",
  "The authors warm up for 2,000 steps; here there is no warm-up. Losses count as at most 80 where their exponential is taken.",
  "Policies are kept and updated on the device; they are read along the way for this report only.",
  "The paper’s own net is a language model of 1 billion parameters on the 22 domains of the Pile; it is not to be had here.",
];

function armTable({ arms, domains }: OnlineMixingResults): string {
  return textTable(
    "Validation loss over the domains that can be learnt, and mean policy in the second half",
    ["", "loss", ...domains],
    arms.map(({ last, policy, loss, shares }) => [
      `${last}: ${POLICY_LABELS[policy]}`,
      `${showNumber(loss.mean)} ± ${showNumber(loss.std)}`,
      ...shares.map((share) => showNumber(share)),
    ]),
  );
}

export const onlineMixingReport: Reported<OnlineMixingResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: onlineMixingFigures,
  csv: onlineMixingCsv,
  sections: (results) =>
    [
      section("What came out", sentenceList(observe(results)), armTable(results)),
      section("Where it differs from the paper", sentenceList(COMPARED)),
      section("Expected values", referenceTable(results.references)),
    ].join("\n"),
};
