/**
 * What an engine's worker can do: it loads an engine and works on tasks. In a page it stands behind messages (`worker.ts`), in Node
 * it is called (`src/cli/bench/here.ts`). The clock is here, so that neither is timed.
 */

import type { Variants } from "../kernels/variants.ts";
import { countGpuCalls, gpuCalls } from "./counter.ts";
import type { Engine, EngineName, Task } from "./engines/engine.ts";
import type { Judge } from "./judge.ts";
import type { WorkerMethods } from "./protocol.ts";
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

/** One engine's methods, and what ends it. */
export function engineMethods(): { readonly methods: WorkerMethods; close(): void } {
  let engine: Engine | undefined;
  let task: Task | undefined;
  let workload: Workload | undefined;
  let judged: { key: string; judge: Judge } | undefined;

  return {
    methods: {
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
      async adapter() {
        const { openWebGpu } = await import("../gpu/device.ts");
        const device = await openWebGpu();
        const { adapterInfo } = device.gpu as { adapterInfo?: { backend?: string } };
        device.destroy();
        return { ...device.adapter, backend: adapterInfo?.backend ?? "" };
      },
      async ceiling(what) {
        const [{ openWebGpu }, { measureCeiling }] = await Promise.all([
          import("../gpu/device.ts"),
          import("./estimate/ceilings.ts"),
        ]);
        const device = await openWebGpu();
        try {
          return await measureCeiling(device, what);
        } finally {
          device.destroy();
        }
      },
    },
    close() {
      task?.destroy();
      engine?.destroy();
    },
  };
}
