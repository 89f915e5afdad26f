/** The method, with engines that take the time they are told: who takes part, who takes turns when, what is said. */

import { expect, it } from "vitest";
import {
  type BenchProgress,
  type ComparisonRequest,
  compare,
  DEFAULT_SETTINGS,
} from "../../src/bench/comparison.ts";
import type { EngineName } from "../../src/bench/engines/engine.ts";
import { EngineError, type EngineWorker } from "../../src/bench/engineWorker.ts";
import { unmeasuredSentences } from "../../src/bench/format.ts";
import type { WorkerMethods } from "../../src/bench/protocol.ts";
import { type BenchResult, type CeilingName, THIS_ADAPTER } from "../../src/bench/result.ts";
import { sizeTurn, stepsWithin } from "../../src/bench/turns.ts";

/** How an engine behaves. */
interface Script {
  multiple?: 1 | 2;
  millisecondsPerStep?: number;
  /** What its parameters are; 1 is right. */
  output?: number;
  /** Time of its probe of a tenth. */
  probe?: number;
  fails?: { at: "open" | "start" | "run"; error: Error; after?: number };
  hangs?: boolean;
}

const environment = {
  userAgent: "test",
  browser: "Test 1",
  platform: "none",
  hardwareConcurrency: 2,
  crossOriginIsolated: false,
  date: "2026-01-02T03:04:05.678Z",
};
const adapter = { vendor: "fake", architecture: "", description: "", isFallback: true, backend: "none" };
const CEILINGS = {
  emptyDispatchMilliseconds: 0.1,
  emptyPassMilliseconds: 0.3,
  multiplyAddsPerSecond: 1e9,
  copyBytesPerSecond: 2e9,
};

/** How looking at the adapter goes. */
interface Survey {
  noAdapter?: EngineError;
  fails?: Partial<Record<CeilingName, Error | "hangs">>;
}

/** Workers whose engines follow the scripts; `log` has who ran how many steps. */
function fakeWorkers(scripts: Partial<Record<EngineName, Script>>, survey: Survey = {}) {
  const asked: CeilingName[] = [];
  const log: [EngineName, number][] = [];
  const alive = new Set<EngineWorker>();
  const spawn = (): EngineWorker => {
    let name: EngineName = "plain";
    let runs = 0;
    const script = () => scripts[name] ?? {};
    const failing = (at: "open" | "start" | "run") => {
      const { fails } = script();
      if (fails?.at === at && runs >= (fails.after ?? 0)) throw fails.error;
    };
    const methods: WorkerMethods = {
      async open(engine) {
        name = engine;
        failing("open");
        return { adapter: undefined };
      },
      async start() {
        failing("start");
        return { multiple: script().multiple ?? 1, probes: script().probe !== undefined };
      },
      probe: async () => ({ share: 0.1, milliseconds: script().probe! }),
      async run(steps) {
        if (script().hangs) await new Promise(() => {});
        failing("run");
        runs++;
        log.push([name, steps]);
        const milliseconds = steps * (script().millisecondsPerStep ?? 10);
        return { milliseconds, dispatches: 3 * steps, submits: steps };
      },
      output: async () => Float32Array.of(script().output ?? 1),
      async judge(_workload, output) {
        return {
          loss: output[0],
          expected: 1,
          error: Math.abs(output[0] - 1),
          correct: output[0] === 1,
        };
      },
      async kernels(steps) {
        return [{ kernel: "mix", dispatches: 2, milliseconds: 1, multiplyAdds: 4e5 * steps, bytes: 1e6 }];
      },
      async adapter() {
        if (survey.noAdapter !== undefined) throw survey.noAdapter;
        return adapter;
      },
      async ceiling(what) {
        asked.push(what);
        const { [what]: problem } = survey.fails ?? {};
        if (problem === "hangs") await new Promise(() => {});
        if (problem instanceof Error) throw problem;
        return CEILINGS[what];
      },
    };
    const worker: EngineWorker = {
      call: (method, ...args) =>
        (methods[method] as (...args: unknown[]) => ReturnType<WorkerMethods[typeof method]>)(...args),
      terminate: () => alive.delete(worker),
    };
    alive.add(worker);
    return worker;
  };
  return { spawn, log, alive, asked };
}

function request(engines: EngineName[], settings: Partial<typeof DEFAULT_SETTINGS> = {}): ComparisonRequest {
  return { workloads: ["line"], engines, crossovers: false, settings: { ...DEFAULT_SETTINGS, ...settings } };
}

async function run(
  scripts: Partial<Record<EngineName, Script>>,
  settings: Partial<typeof DEFAULT_SETTINGS> = {},
  survey: Survey = {},
) {
  const workers = fakeWorkers(scripts, survey);
  const progress: BenchProgress[] = [];
  const result = await compare(request(Object.keys(scripts) as EngineName[], settings), {
    spawn: workers.spawn,
    onProgress: (news) => progress.push(news),
    environment,
  });
  return { ...workers, progress, result, entries: entriesOf(result) };
}

function entriesOf({ workloads: [{ entries }] }: BenchResult) {
  return Object.fromEntries(entries.map((entry) => [entry.engine, entry]));
}

it("lets engines take turns, one after the other, as many steps as fill a turn", async () => {
  const scripts = { "mixup-webgpu": { multiple: 2, millisecondsPerStep: 30 }, plain: {} } as const;
  const { log, entries, result, alive } = await run(scripts, { repeats: 3, turnMilliseconds: 200 });
  const turns = log.slice(-6);
  expect(turns.map(([name]) => name)).toEqual([
    ...["mixup-webgpu", "plain", "mixup-webgpu", "plain", "mixup-webgpu", "plain"],
  ]);
  // 200 / 30 is 6.7: the nearest even number is 6.
  expect(turns.map(([, steps]) => steps)).toEqual([6, 20, 6, 20, 6, 20]);
  expect(entries.plain).toMatchObject({
    status: "measured",
    millisecondsPerStep: { median: 10, p25: 10, p75: 10 },
    firstStepMilliseconds: 10,
    dispatchesPerStep: 3,
    submitsPerStep: 1,
    loss: 1,
    correct: true,
    turns: 3,
    stepsPerTurn: 20,
  });
  expect(entries["mixup-webgpu"]).toMatchObject({ firstStepMilliseconds: 60, turns: 3 });
  expect(result.adapter).toEqual(adapter);
  expect(alive.size).toBe(0);
});

it("checks after exactly as many steps as the workload says", async () => {
  const { log } = await run({ "mixup-webgpu": { multiple: 2 }, plain: {} });
  // 20 for `line`: the first, then the rest, then what sizes the turns.
  expect(log.filter(([name]) => name === "plain").slice(0, 2)).toEqual([
    ["plain", 1],
    ["plain", 19],
  ]);
  expect(log.filter(([name]) => name === "mixup-webgpu").slice(0, 2)).toEqual([
    ["mixup-webgpu", 2],
    ["mixup-webgpu", 18],
  ]);
});

it("shows a wrong answer as wrong, with its time", async () => {
  const { entries } = await run({ plain: { output: 1.5 } });
  expect(entries.plain).toMatchObject({ status: "measured", loss: 1.5, expectedLoss: 1, correct: false });
});

it("says who failed, who is too slow, and who has no way", async () => {
  const { entries } = await run(
    {
      "tfjs-webgl": { fails: { at: "open", error: new EngineError("no WebGL") } },
      "tfjs-wasm": { fails: { at: "start", error: new EngineError("no such thing", true) } },
      "tfjs-webgpu": { probe: 9000 },
      "jax-webgpu": { hangs: true },
      "jax-wasm": { fails: { at: "run", error: new EngineError("out of memory"), after: 5 } },
      plain: { probe: 4 },
    },
    { stepLimitSeconds: 0.05, repeats: 4 },
  );
  expect(entries["tfjs-webgl"]).toMatchObject({ status: "failed", reason: "no WebGL", correct: null });
  expect(entries["tfjs-wasm"]).toMatchObject({ status: "not offered", reason: "no such thing" });
  expect(entries["tfjs-webgpu"]).toMatchObject({
    status: "skipped",
    reason: "over 0.05 s: 10 % of a step took 9.0 s",
  });
  expect(entries["jax-webgpu"]).toMatchObject({ status: "skipped", reason: "over 0.05 s" });
  expect(entries["jax-wasm"]).toMatchObject({
    status: "failed",
    reason: "out of memory",
    millisecondsPerStep: null,
    turns: 2,
  });
  // Its failure costs the engine behind it no turn.
  expect(entries.plain.turns).toBe(4);
  expect(entries.plain).toMatchObject({ status: "measured", correct: true });
});

it("keeps the turns that were taken before a device was lost, and lets the others go on", async () => {
  const lost = new EngineError("The GPU device was lost.", false, true);
  const { entries } = await run(
    {
      "mixup-webgpu": { multiple: 2, fails: { at: "run", error: lost, after: 5 } },
      "jax-webgpu": { fails: { at: "run", error: lost, after: 1 } },
      plain: {},
    },
    { repeats: 4 },
  );
  expect(entries["mixup-webgpu"]).toMatchObject({
    status: "measured",
    reason: "The GPU device was lost.",
    millisecondsPerStep: { median: 10 },
    correct: true,
    turns: 2,
  });
  expect(entries["jax-webgpu"]).toMatchObject({ status: "failed", reason: "The GPU device was lost." });
  expect(entries.plain).toMatchObject({ status: "measured", turns: 4 });
});

it("does not take a bug of its own for an engine's failure", async () => {
  await expect(run({ plain: { fails: { at: "start", error: new TypeError("a bug") } } })).rejects.toThrow(
    "a bug",
  );
});

it("gives a slow engine the turns that fit its budget, at least one", async () => {
  const { entries } = await run(
    { "tfjs-webgpu": { millisecondsPerStep: 3000 }, plain: { millisecondsPerStep: 30_000 } },
    { repeats: 9, budgetSeconds: 10 },
  );
  expect(entries["tfjs-webgpu"].turns).toBe(4);
  expect(entries.plain.turns).toBe(1);
});

it("holds kernels against the ceilings", async () => {
  const { result } = await run({ "mixup-webgpu": { multiple: 2 } }, { turnMilliseconds: 20 });
  // Two steps: 8e5 multiply-adds in 1 ms are 0.8 of 1e9 a second; 1e6 bytes in 1 ms half of 2e9.
  expect(result.workloads[0].kernels).toMatchObject([
    { kernel: "mix", dispatchesPerStep: 2, multiplyAddShare: 0.8, copyShare: 0.5 },
  ]);
});

it("reports growing progress, from waiting to measured", async () => {
  const { progress } = await run({ plain: {}, "jax-wasm": {} }, { repeats: 3 });
  const fractions = progress.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
  expect(progress[0].result.workloads[0].entries.map(({ status }) => status)).toEqual(["waiting", "waiting"]);
});

it("stops when told, leaves no worker behind, and has reported all that was measured", async () => {
  const { spawn, alive } = fakeWorkers({ plain: {}, "jax-wasm": {} });
  const stop = new AbortController();
  const results: BenchResult[] = [];
  const stopped = compare(
    { ...request(["plain", "jax-wasm"]), workloads: ["line", "moons"] },
    {
      spawn,
      environment,
      signal: stop.signal,
      onProgress: ({ doing, result }) => {
        results.push(result);
        if (doing === "line: plain, turn 3 of 15") stop.abort(new Error("enough"));
      },
    },
  );
  await expect(stopped).rejects.toThrow("enough");
  expect(alive.size).toBe(0);
  const last = results.at(-1)!;
  expect(last).toMatchObject({ adapter, ceilings: CEILINGS });
  // Its third turn was under way, and ended after the last news but one.
  const [line, moons] = last.workloads;
  expect(line.entries.map(({ status, turns }) => [status, turns])).toEqual([
    ["measured", 3],
    ["measured", 2],
  ]);
  expect(line.entries[0].millisecondsPerStep!.median).toBe(10);
  expect(moons.entries.map(({ status, reason }) => [status, reason])).toEqual(
    Array(2).fill(["skipped", "stopped before it was measured"]),
  );
});

it("keeps the other ceilings where one can't be measured, and everything else", async () => {
  const lost = new EngineError("The GPU device was lost.");
  const survey: Survey = { fails: { emptyPassMilliseconds: lost, multiplyAddsPerSecond: "hangs" } };
  const { result, entries, asked, alive } = await run({ plain: {} }, { stepLimitSeconds: 0.05 }, survey);
  expect(result.ceilings).toEqual({ ...CEILINGS, emptyPassMilliseconds: null, multiplyAddsPerSecond: null });
  expect(result.unmeasured).toEqual([
    { what: "emptyPassMilliseconds", reason: "The GPU device was lost." },
    { what: "multiplyAddsPerSecond", reason: "over 0.05 s" },
  ]);
  expect(asked).toEqual(Object.keys(CEILINGS));
  expect(entries.plain.status).toBe("measured");
  expect(alive.size).toBe(0);
});

it("says of every ceiling why it is missing where there is no adapter", async () => {
  const { result, asked } = await run({ plain: {} }, {}, { noAdapter: new EngineError("no adapter") });
  expect(result.adapter).toMatchObject({ vendor: "", backend: "" });
  expect(Object.values(result.ceilings)).toEqual([null, null, null, null]);
  expect(result.unmeasured.map(({ reason }) => reason)).toEqual(Array(4).fill("no adapter"));
  expect(unmeasuredSentences(result.unmeasured)).toEqual([
    "Nothing about the adapter could be measured: no adapter",
  ]);
  expect(asked).toEqual([]);
});

it("estimates with the measured ceilings of this adapter, where there are any", async () => {
  const named = ({ workloads: [{ estimate }] }: BenchResult) => estimate!.milliseconds.map(({ gpu }) => gpu);
  const { result, progress } = await run({ plain: {} });
  expect(named(progress[0].result)).not.toContain(THIS_ADAPTER);
  expect(named(result)[0]).toBe(THIS_ADAPTER);
  const without = await run({ plain: {} }, {}, { fails: { copyBytesPerSecond: new EngineError("lost") } });
  expect(named(without.result)).not.toContain(THIS_ADAPTER);
});

it("keeps the sizes of a crossover that were measured before it was stopped", async () => {
  const { spawn } = fakeWorkers({ "mixup-webgpu": { multiple: 2, millisecondsPerStep: 5 }, plain: {} });
  const stop = new AbortController();
  let last: BenchResult | undefined;
  const stopped = compare(
    { ...request(["plain"]), workloads: [], crossovers: true },
    {
      spawn,
      environment,
      signal: stop.signal,
      onProgress: ({ doing, result }) => {
        last = result;
        if (doing === "Crossover: 64 nets") stop.abort(new Error("enough"));
      },
    },
  );
  await expect(stopped).rejects.toThrow("enough");
  expect(last!.crossovers).toMatchObject([{ sizes: [1, 4, 16], gpu: [5, 5, 5], cpu: [10, 10, 10] }]);
});

it("looks for crossovers when asked", async () => {
  const { spawn } = fakeWorkers({ "mixup-webgpu": { multiple: 2, millisecondsPerStep: 5 }, plain: {} });
  const result = await compare(
    { ...request(["plain"]), workloads: [], crossovers: true },
    { spawn, environment, onProgress: () => {} },
  );
  expect(result.crossovers.map(({ varied, gpuWinsFrom }) => [varied, gpuWinsFrom])).toEqual([
    ["nets", 1],
    ["hidden units", 32],
    ["nets", 1],
  ]);
  expect(result.crossovers[0].gpu).toEqual([5, 5, 5, 5, 5]);
});

it("fills turns with whole multiples, never with none", () => {
  expect(stepsWithin(200, 30, 1)).toBe(7);
  expect(stepsWithin(200, 30, 2)).toBe(6);
  expect(stepsWithin(200, 5000, 2)).toBe(2);
  expect(stepsWithin(200, 0, 1)).toBe(200_000);
});

it("sizes turns by taking them, since engines warm up", async () => {
  const taken: number[] = [];
  const warming = async (steps: number) => {
    taken.push(steps);
    return { milliseconds: steps * Math.max(1, 16 / 4 ** taken.length), dispatches: 0, submits: 0 };
  };
  expect(await sizeTurn(20, 1, 200, warming)).toBe(200);
  expect(taken).toEqual([10, 50, 200]);
  taken.length = 0;
  expect(await sizeTurn(6000, 1, 200, warming)).toBe(1);
  expect(taken).toEqual([]);
});
