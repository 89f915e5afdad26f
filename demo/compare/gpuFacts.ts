/**
 * What is known of the visitor's GPU: who it is, from the start, and what was measured of it, as it comes.
 *
 * Not here: measuring (`src/bench/adapterSurvey.ts`), workloads (`view.ts`).
 */

import { CEILING_WORDS, ceilingText } from "../../src/bench/format.ts";
import { type BenchAdapter, CEILING_NAMES, type Ceilings, type Environment } from "../../src/bench/result.ts";
import { element } from "./dom.ts";

/** Names of a system's interfaces to a GPU, as people write them. */
const INTERFACES: Readonly<Record<string, string>> = {
  vulkan: "Vulkan",
  metal: "Metal",
  d3d11: "Direct3D 11",
  d3d12: "Direct3D 12",
  opengl: "OpenGL",
  opengles: "OpenGL ES",
};

/** Titles and values; the adapter's name is shown elsewhere. */
export function identityFacts(
  { vendor, architecture, description, backend }: BenchAdapter,
  { browser, platform }: Pick<Environment, "browser" | "platform">,
): [string, string][] {
  const maker = [vendor, architecture].filter((part) => part !== "").join(" ");
  const untold = "not told by the browser";
  return [
    // Without a description this is the adapter's name.
    ...(description !== "" && maker !== "" ? [["Maker and architecture", maker] as [string, string]] : []),
    ["Driven by", INTERFACES[backend.toLowerCase()] ?? (backend || untold)],
    ["Browser", browser || untold],
    ["System", platform || untold],
  ];
}

/** Titles, values and what exactly they are: of the ceilings that were measured. */
export function ceilingFacts(ceilings: Ceilings): [string, string, string][] {
  return CEILING_NAMES.filter((what) => ceilings[what] !== null).map((what) => {
    const { title, note } = CEILING_WORDS[what];
    return [title, ceilingText(what, ceilings), note];
  });
}

/** The entries of a list of facts. */
export function factEntries(
  facts: readonly (readonly [title: string, value: string, note?: string])[],
): HTMLElement[] {
  return facts.map(([title, value, note]) =>
    element(
      "div",
      {},
      element("dt", {}, title),
      element("dd", {}, value),
      ...(note === undefined ? [] : [element("dd", { class: "note" }, note)]),
    ),
  );
}
