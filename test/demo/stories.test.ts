/** The lab's stories and terms: every look can be shown, every word is explained, the way between two looks. No browser. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recordingPlan, waypoints } from "../../demo/lab/recording/plan.ts";
import { type FieldName, fieldProblem, type PresetName, VIEW_FIELDS } from "../../demo/lab/state/fields.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { partsOf, STORIES, spoken } from "../../demo/lab/state/stories.ts";
import { TERMS } from "../../demo/lab/state/terms.ts";

const sentences = (Object.keys(PRESETS) as PresetName[]).flatMap((preset) =>
  STORIES[preset].map((sentence) => ({ preset, ...sentence })),
);

/** What a picture shows before anything is trained with it. */
const UNTRAINED: Partial<Record<PresetName, FieldName[]>> = {
  "over-training": ["switchAt"],
  "c-mixup": ["bandwidth"],
};

describe("stories", () => {
  it.each(Object.keys(PRESETS) as PresetName[])("of %s are told in two to four sentences", (preset) => {
    expect(STORIES[preset].length).toBeGreaterThanOrEqual(2);
    expect(STORIES[preset].length).toBeLessThanOrEqual(4);
  });

  it.each(sentences)("$preset: $text", ({ preset, text, look }) => {
    const parts = partsOf(text);
    // Who can point at a sentence can reach it by keyboard, once.
    expect(parts.filter(({ kind }) => kind === "look")).toHaveLength(look === undefined ? 0 : 1);
    for (const { kind, term } of parts) if (kind === "term") expect(Object.keys(TERMS)).toContain(term);
    expect(spoken(text)).not.toMatch(/[[\]{}|]/);
    const { config, views } = PRESETS[preset];
    const plan = recordingPlan(config);
    for (const [name, value] of Object.entries(look ?? {})) {
      expect(fieldProblem(name as FieldName, value)).toBeUndefined();
      if (name === "alpha") expect(plan?.alphas).toContain(value);
      else expect([...VIEW_FIELDS, ...(UNTRAINED[preset] ?? [])]).toContain(name);
      if (name === "at") expect([-1, ...(plan?.moments ?? [])]).toContain(value);
    }
    if (look?.view !== undefined && views !== undefined) expect(views).toContain(look.view);
    if (plan === undefined) expect(look?.view).not.toBe("sweep");
  });

  it("are taken apart into words, what is pressed and what is explained", () => {
    expect(partsOf("At [α = 1] the {margin|gap} grows.")).toEqual([
      { kind: "words", text: "At " },
      { kind: "look", text: "α = 1" },
      { kind: "words", text: " the " },
      { kind: "term", term: "margin", text: "gap" },
      { kind: "words", text: " grows." },
    ]);
    expect(spoken("At [α = 1] the {margin|gap} grows.")).toBe("At α = 1 the gap grows.");
  });
});

describe("terms", () => {
  const headings = [...readFileSync("docs/theory.md", "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replaceAll(" ", "-"),
  );

  it.each(Object.values(TERMS))(
    "$name is defined in the documentation as well",
    ({ more, words, formula }) => {
      const [page, anchor] = more.split("#");
      expect(page).toBe("./api/documents/theory.html");
      expect(headings).toContain(anchor);
      expect(words).toMatch(/^\S.*\.$/);
      expect(formula).toMatch(/^<m/);
    },
  );

  it("are all used in a story, or beside a label", () => {
    const told = sentences.flatMap(({ text }) => partsOf(text).flatMap(({ term }) => term ?? []));
    const beside = ["alpha", "lambda", "epsilon", "optimalLoss", "effectiveEpsilon"];
    expect([...new Set([...told, ...beside])].sort()).toEqual(Object.keys(TERMS).sort());
  });
});

describe("the way between two looks", () => {
  const config = PRESETS.line.config;
  const plan = { alphas: [1, 2, 4, 8, 16], moments: Array.from({ length: 81 }, (_, i) => i) };
  const way = (from: object, to: object, most = 7) =>
    waypoints(plan, { ...config, ...from }, { ...config, ...to }, 81, most);

  it("goes over what is recorded, and ends at what was asked for", () => {
    expect(way({ alpha: 1 }, { alpha: 16 }).map(({ alpha }) => alpha)).toEqual([2, 4, 8, 16]);
    expect(way({ alpha: 16 }, { alpha: 1 }, 2).map(({ alpha }) => alpha)).toEqual([4, 1]);
    expect(way({ at: 0 }, { at: -1 }).map(({ at }) => at)).toEqual([11, 23, 34, 46, 57, 69, -1]);
    for (const to of [{ alpha: 8 }, { at: 3 }, { epsilon: 0.5 }])
      expect(way({ alpha: 2 }, to).at(-1)).toEqual({ ...config, ...to });
  });

  it("is one step where nothing lies between", () => {
    expect(way({ alpha: 2 }, { alpha: 2, epsilon: 0.3 })).toHaveLength(1);
    expect(way({ alpha: 1 }, { view: "sweep" })).toEqual([{ ...config, view: "sweep" }]);
  });
});
