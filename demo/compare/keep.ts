/**
 * The result as one JSON, to be downloaded or copied. It goes nowhere else: the page has no address to send it to, and its
 * policy allows none.
 *
 * Not here: what is in it (`src/bench/result.ts`).
 */

import { hasMeasurements } from "../../src/bench/entries.ts";
import { resultFileName, resultJson } from "../../src/bench/format.ts";
import type { BenchResult } from "../../src/bench/result.ts";
import { byId, element } from "./dom.ts";

let kept: { readonly json: string; readonly fileName: string } | undefined;

/** Offers a result, if there is anything in it. */
export function offerResult(result: BenchResult): void {
  kept = hasMeasurements(result) ? { json: resultJson(result), fileName: resultFileName(result) } : undefined;
  byId("data").hidden = kept === undefined;
  byId<HTMLTextAreaElement>("json").value = kept?.json ?? "";
  byId("copied").textContent = "";
}

/** Offers nothing, while something new is measured. */
export function withdrawResult(): void {
  byId("data").hidden = true;
}

/** Makes the buttons do what they say. */
export function connectKeeping(): void {
  byId("copy").addEventListener("click", () => void copy());
  byId("save").addEventListener("click", save);
}

async function copy(): Promise<void> {
  if (kept === undefined) return;
  try {
    await navigator.clipboard.writeText(kept.json);
    byId("copied").textContent = "Copied.";
  } catch {
    byId("copied").textContent = "The browser does not allow it: open the text below and copy it by hand.";
  }
}

function save(): void {
  if (kept === undefined) return;
  const href = URL.createObjectURL(new Blob([kept.json], { type: "application/json" }));
  element("a", { href, download: kept.fileName }).click();
  URL.revokeObjectURL(href);
}
