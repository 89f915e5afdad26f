/**
 * What an adapter is and what it can do at most, one number after the other: one that can't be measured costs none of the
 * others, and has its reason.
 *
 * Not here: measuring one of them (`estimate/ceilings.ts`).
 */

import { EngineError, type EngineWorker } from "./engineWorker.ts";
import { CEILING_WORDS } from "./format.ts";
import { limited, Skipped } from "./limit.ts";
import { type BenchAdapter, CEILING_NAMES, type Ceilings, type Unmeasured } from "./result.ts";

/** What is known of an adapter. */
export interface AdapterSurvey {
  readonly adapter: BenchAdapter;
  readonly ceilings: Ceilings;
  readonly unmeasured: readonly Unmeasured[];
}

/** Before anything is known. */
export const NO_SURVEY: AdapterSurvey = {
  adapter: { vendor: "", architecture: "", description: "", isFallback: false, backend: "" },
  ceilings: {
    emptyDispatchMilliseconds: null,
    emptyPassMilliseconds: null,
    multiplyAddsPerSecond: null,
    copyBytesPerSecond: null,
  },
  unmeasured: [],
};

export interface SurveyOptions {
  readonly spawn: () => EngineWorker;
  readonly end: (worker: EngineWorker) => void;
  /** For each number. */
  readonly limitSeconds: number;
  readonly signal?: AbortSignal;
  /** Hears what is measured next, of which share all is done, and what is known so far. */
  readonly report: (doing: string, share: number, soFar: AdapterSurvey) => void;
}

/** The survey; without an adapter nothing is measured, and every number has the reason. */
export async function surveyAdapter(options: SurveyOptions): Promise<AdapterSurvey> {
  const { spawn, end, limitSeconds, signal, report } = options;
  let worker = spawn();
  let survey = NO_SURVEY;
  /** A value, or why there is none. */
  const attempt = async <T>(
    call: Promise<T>,
  ): Promise<{ readonly value: T } | { readonly reason: string }> => {
    try {
      return { value: await limited(worker, limitSeconds, call) };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof EngineError || error instanceof Skipped)) throw error;
      if (error instanceof Skipped) {
        // It was ended; the next number needs another.
        end(worker);
        worker = spawn();
      }
      return { reason: error.message };
    }
  };
  report("Looking at the adapter", 0, survey);
  const found = await attempt(worker.call("adapter"));
  if ("value" in found) {
    survey = { ...survey, adapter: found.value };
    for (const [i, what] of CEILING_NAMES.entries()) {
      report(`Adapter: ${CEILING_WORDS[what].title.toLowerCase()}`, i / CEILING_NAMES.length, survey);
      const measured = await attempt(worker.call("ceiling", what));
      survey =
        "value" in measured
          ? { ...survey, ceilings: { ...survey.ceilings, [what]: measured.value } }
          : { ...survey, unmeasured: [...survey.unmeasured, { what, reason: measured.reason }] };
    }
  } else {
    const { reason } = found;
    survey = { ...survey, unmeasured: CEILING_NAMES.map((what) => ({ what, reason })) };
  }
  end(worker);
  return survey;
}
