/** The report page, its sentences and the CSV: complete, escaped, and saying only what was measured. */

import { expect, test } from "vitest";
import { curvesCsv } from "../../src/experiments/alternating-line/csv.ts";
import {
  alternatingLineExperiment,
  runAlternatingLine,
} from "../../src/experiments/alternating-line/experiment.ts";
import { observations } from "../../src/experiments/alternating-line/observations.ts";
import { groupName } from "../../src/experiments/alternating-line/results.ts";
import { reportHtml } from "../../src/report/report.ts";

import type { ExperimentResults } from "../../src/report/results.ts";
import { fakeTrainer } from "../experiments/fakeTrainer.ts";
import { expectShown } from "../experiments/shown.ts";

async function pageOf(results: ExperimentResults, computedBy = "") {
  const reported = await alternatingLineExperiment.report();
  return reportHtml(alternatingLineExperiment, reported, results, reported.figures(results), computedBy);
}

test("the page has all data sets, groups, pictures and references", async () => {
  const results = await runAlternatingLine(fakeTrainer(), { alphas: [1, 32, 1024] });
  const sets = ["3-points-2", "10-points-2", "10-points-10"];
  const { learnt } = await expectShown(
    alternatingLineExperiment,
    results,
    sets.flatMap((set) =>
      (set === "10-points-10" ? ["error", "probabilities"] : ["error", "probabilities", "theory"]).map(
        (kind) => `${kind}-${set}-classes`,
      ),
    ),
  );
  expect(learnt).toMatch(
    /^On three alternating points nets end with a training error of \d+ % under Mixup with α = 1024/,
  );
  const html = await pageOf(results, "Browser 1.2");
  for (const set of ["3 points, 2 classes", "10 points, 2 classes", "10 points, 10 classes"])
    expect(html).toContain(`<h2>${set}</h2>`);
  for (const group of results.groups.slice(0, 4)) {
    // Laws have a row in the theory's table as well, in each of three data sets.
    expect(html.split(`<th scope="row">${groupName(group)}</th>`).length - 1).toBe(
      group.alpha === null ? 3 : 6,
    );
  }
  expect(html.match(/class="misses"/g)?.length).toBe(results.references.filter(({ pass }) => !pass).length);
  expect(html).toContain("Browser 1.2");
  // With what the numbers agree, kind by kind.
  expect(html).toMatch(
    /Within their tolerance agree: \d+ of \d+ values published by .*; \d+ of \d+ values derived/,
  );
});

test("reports link to each other", async () => {
  const results = await runAlternatingLine(fakeTrainer(), { seeds: 1, alphas: [1], steps: 50 });
  const reported = await alternatingLineExperiment.report();
  const neighbours = { overview: "../index.html", others: [{ title: "A & B", href: "../b/report.html" }] };
  const html = reportHtml(alternatingLineExperiment, reported, results, [], "", neighbours);
  expect(html).toContain(
    '<nav><a href="../index.html">All experiments</a> · <a href="../b/report.html">A &amp; B</a></nav>',
  );
});

test("what comes from outside is escaped", async () => {
  const html = await pageOf(
    await runAlternatingLine(fakeTrainer(), { seeds: 1, alphas: [1], steps: 50 }),
    "<b>browser</b>",
  );
  expect(html).toContain("A &lt;fake&gt; &amp; no adapter");
  expect(html).not.toContain("<fake>");
  expect(html).not.toContain("<b>browser</b>");
});

test("a page of runs that were not the paper's says so", async () => {
  const html = await pageOf(await runAlternatingLine(fakeTrainer(), { seeds: 2, alphas: [0.5], steps: 50 }));
  expect(html).toContain("No reference value can be compared with these runs.");
  expect(html).toContain("2 of 10 seeds");
  expect(html).not.toContain('class="agrees"');
});

test("sentences follow the numbers", async () => {
  const trainer = fakeTrainer({
    error: (_, alpha) => (alpha === 0 ? 0 : 1 / 3),
    probability: (_, alpha) => (alpha === 32 ? 0.6 : 0.4),
    fails: (seed, alpha) => alpha === 32 && seed === 1,
  });
  const { groups } = await runAlternatingLine(trainer, { seeds: 2, alphas: [1, 32], steps: 50 });
  expect(observations(groups.slice(0, 3))).toEqual([
    "ERM fits all 3 points in every run.",
    "Mixup α = 1 ends with 1.0 of 3 points misclassified on average (error 0.333 ± 0.000 over 2 seeds). " +
      "By its mean probabilities it misses points 0, 2.",
    "Mixup α = 32 ends with 1.0 of 3 points misclassified on average (error 0.333 ± 0.000 over 2 seeds). " +
      "By its mean probabilities it misses point 1.",
    "Mixup α = 32: 1 run diverged, left out of the means (seed 1 at step 7).",
  ]);
});

test("the CSV has a row for each run and evaluation, and leaves empty what is not finite", async () => {
  const trainer = fakeTrainer({ error: (seed, _, step) => (seed === 1 && step > 50 ? Number.NaN : 0.5) });
  const lines = curvesCsv(await runAlternatingLine(trainer, { seeds: 2, alphas: [1], steps: 100 })).split(
    "\n",
  );
  expect(lines[0]).toBe("points,classes,mixing,alpha,seed,step,error,loss,training_loss");
  expect(lines.length).toBe(1 + 3 * 2 * 2 * 2 + 1);
  expect(lines.slice(1, 7)).toEqual([
    "3,2,erm,,0,50,0.5,0.5,0.02",
    "3,2,erm,,0,100,0.5,0.5,0.01",
    "3,2,erm,,1,50,0.5,0.5,0.02",
    "3,2,erm,,1,100,,0.5,0.01",
    "3,2,mixup,1,0,50,0.5,0.5,0.02",
    "3,2,mixup,1,0,100,0.5,0.5,0.01",
  ]);
  expect(lines.at(-1)).toBe("");
});
