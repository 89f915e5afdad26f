/**
 * The worker of one engine: the only place where an engine's code runs. The page tells it what to do (`protocol.ts`);
 * the clock is here, so that messages are not timed.
 */

import type { AdapterInfo } from "../gpu/device.ts";
import type { Variants } from "../kernels/variants.ts";
import { countGpuCalls, gpuCalls } from "./counter.ts";
import { type Engine, type EngineName, NotOffered, type Task } from "./engines/engine.ts";
import type { Judge } from "./judge.ts";
import type { Call, Reply, WorkerMethods } from "./protocol.ts";
import type { Workload } from "./workload.ts";

/** How each engine is loaded: every peer is a chunk of its own, fetched when its turn comes. */
const ENGINES: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  "mixup-webgpu": async () => (await import("./engines/mixup.ts")).openMixup(),
  "mixup-many-threads": () => openVariant({ resident: "many-threads" }),
  "mixup-few-threads": () => openVariant({ resident: "few-threads" }),
  "mixup-subgroups": () => openVariant({ exchange: "subgroups" }),
  "mixup-memory": () => openVariant({ exchange: "memory" }),
  "mixup-workgroup-tiles": () => openVariant({ product: "workgroup-tiles" }),
  "mixup-register-tiles": () => openVariant({ product: "register-tiles" }),
  "tfjs-webgpu": async () => (await import("./engines/tfjs.ts")).openTfjs("webgpu"),
  "tfjs-webgl": async () => (await import("./engines/tfjs.ts")).openTfjs("webgl"),
  "tfjs-wasm": async () => (await import("./engines/tfjs.ts")).openTfjs("wasm"),
  "jax-webgpu": async () => (await import("./engines/jax.ts")).openJax("webgpu"),
  "jax-wasm": async () => (await import("./engines/jax.ts")).openJax("wasm"),
  plain: async () => (await import("./engines/plain.ts")).openPlain(),
};

async function openVariant(variants: Partial<Variants>): Promise<Engine> {
  return (await import("./engines/mixup.ts")).openMixup(variants);
}

let engine: Engine | undefined;
let task: Task | undefined;
let workload: Workload | undefined;
let judged: { key: string; judge: Judge } | undefined;

const methods: WorkerMethods = {
  async open(name) {
    countGpuCalls();
    engine = await ENGINES[name]();
    return { adapter: engine.adapter };
  },
  async start(next) {
    task?.destroy();
    task = undefined;
    workload = next;
    task = await engine!.start(next);
    return { multiple: task.multiple, probes: task.probe !== undefined };
  },
  async probe() {
    const begin = performance.now();
    const share = await task!.probe!();
    return { share, milliseconds: performance.now() - begin };
  },
  async run(steps) {
    task!.prepare(steps);
    const before = gpuCalls();
    const begin = performance.now();
    await task!.run(steps);
    const milliseconds = performance.now() - begin;
    const after = gpuCalls();
    return {
      milliseconds,
      dispatches: after.dispatches - before.dispatches,
      submits: after.submits - before.submits,
    };
  },
  output: () => task!.output(),
  async judge(about, output) {
    const key = JSON.stringify(about);
    if (judged?.key !== key) {
      const { createJudge } = await import("./judge.ts");
      judged = { key, judge: await createJudge(about) };
    }
    return judged.judge(output);
  },
  async kernels(steps) {
    if (engine?.device === undefined || workload?.kind !== "training") return [];
    const { timeKernels } = await import("./estimate/kernelTimes.ts");
    return timeKernels(engine.device, workload, steps, async () => {
      task!.prepare(steps);
      await task!.run(steps);
    });
  },
  async ceilings() {
    const [{ openWebGpu }, { measureCeilings }] = await Promise.all([
      import("../gpu/device.ts"),
      import("./estimate/ceilings.ts"),
    ]);
    const device = await openWebGpu();
    try {
      return { adapter: device.adapter satisfies AdapterInfo, ceilings: await measureCeilings(device) };
    } finally {
      device.destroy();
    }
  },
};

globalThis.addEventListener("message", async ({ data: { id, method, args } }: MessageEvent<Call>) => {
  let reply: Reply;
  try {
    reply = { id, value: await (methods[method] as (...args: readonly unknown[]) => unknown)(...args) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply = { id, error: { message: message || "no reason given", notOffered: error instanceof NotOffered } };
  }
  postMessage(reply);
});
