/**
 * The worker: owns the device, takes the page's orders one by one, and does everything that takes time. What it does
 * with them is in `trainer.ts`, `recorder.ts`, `theory.ts` and `scene.ts`.
 */

import { checkDevice, type OpenedDevice, openDevice, openWebGpu } from "../../src/gpu/device.ts";
import { DeviceLostError, MixupError, WebGpuUnavailableError } from "../../src/index.ts";
import { recordingPlan } from "./recording/plan.ts";
import { LabRecorder } from "./recording/recorder.ts";
import { LabScene } from "./scene/scene.ts";
import { Engines } from "./training/engines.ts";
import { labExperiment } from "./training/labExperiment.ts";
import type { Answer, DeviceReport, News, Order, Request } from "./training/protocol.ts";
import { fetchSources } from "./training/sources.ts";
import { LabTheory } from "./training/theory.ts";
import { LabTrainer } from "./training/trainer.ts";

let device: OpenedDevice | undefined;
let engines: Engines | undefined;
let told: DeviceReport | undefined;
let trainer: LabTrainer | LabRecorder | undefined;
/** Of a training; a recording has one for each of its laws. */
let theory: LabTheory | undefined;
let scene: LabScene | undefined;
let canvas: OffscreenCanvas | undefined;

function post(news: News, transfer: Transferable[] = []): void {
  self.postMessage(news, { transfer });
}

/** A WebGPU device, or the CPU where there is none, with the reason. */
async function open(): Promise<{ device: OpenedDevice; report: DeviceReport }> {
  try {
    const device = await openWebGpu();
    return { device, report: { backend: device.backend, adapter: device.adapter } };
  } catch (error) {
    if (!(error instanceof WebGpuUnavailableError)) throw error;
    const device = checkDevice(await openDevice({ backend: "cpu" }));
    const unavailable = { reason: error.reason, message: error.message };
    return { device, report: { backend: device.backend, adapter: device.adapter, unavailable } };
  }
}

/** Says what trains, if that is something else than before. */
function tell(report: DeviceReport): void {
  const isNews = JSON.stringify(report) !== JSON.stringify(told);
  told = report;
  if (isNews) post({ type: "device", device: report });
}

async function handle(order: Order): Promise<void> {
  switch (order.type) {
    case "open": {
      const opened = await open();
      device = opened.device;
      engines = new Engines(device, order.engine);
      tell(opened.report);
      return;
    }
    case "start": {
      await trainer?.end();
      trainer = undefined;
      try {
        const { session, config } = order;
        const plan = order.checkpoint === undefined ? recordingPlan(config) : undefined;
        if (plan === undefined) {
          const sources = await fetchSources(config);
          const engine = await engines!.of(labExperiment(config, sources), order.checkpoint);
          const { backend, adapter } = engine.device;
          tell({ ...told, backend, adapter, race: engine.race });
          trainer = new LabTrainer(engine.device, session, config, post, { ...order, sources });
          theory = new LabTheory(device!, trainer.experiment);
        } else {
          const { backend, adapter } = device!;
          tell({ ...told, backend, adapter, race: undefined });
          trainer = new LabRecorder(device!, session, config, plan, post, order);
        }
        scene?.follow(trainer);
      } catch (error) {
        if (!(error instanceof MixupError)) throw error;
        post({ type: "failed", session: order.session, message: error.message });
      }
      return;
    }
    case "theory": {
      if (trainer === undefined) return;
      const { session } = trainer;
      const own = trainer instanceof LabRecorder ? trainer.theory : theory!;
      try {
        const report = await own.report(order.epsilon, order.point, trainer.ownProbability(order.point));
        post({ type: "theory", session, theory: report }, [report.optimal.buffer as ArrayBuffer]);
      } catch (error) {
        if (!(error instanceof DeviceLostError)) throw error;
      }
      return;
    }
    case "canvas":
      canvas = order.canvas;
      scene = device?.backend === "webgpu" ? new LabScene(device, canvas, post) : undefined;
      if (scene === undefined) post({ type: "scene-note", message: "The 3-D view needs WebGPU." });
      if (trainer !== undefined) scene?.follow(trainer);
      return;
    case "scene":
      await scene?.show(order.scene);
      return;
    case "request":
      try {
        const value = await answer(order.what);
        post({ type: "reply", request: order.request, value }, [bytesOf(value).buffer as ArrayBuffer]);
      } catch (error) {
        post({ type: "reply", request: order.request, error: (error as Error).message });
      }
      return;
    case "play":
      return trainer?.play();
    case "pause":
      return trainer?.pause();
    case "step":
      return trainer?.step();
    case "shown":
      return trainer?.shown();
    case "look":
      return trainer instanceof LabRecorder ? trainer.look(order.config) : undefined;
  }
}

/** What of an answer is given away. */
function bytesOf(value: Answer): Uint8Array | Float32Array {
  if (value instanceof Uint8Array) return value;
  return "png" in value ? value.png : value.losses;
}

async function answer(what: Request): Promise<Answer> {
  if (trainer === undefined) throw new MixupError("Nothing is being trained.");
  switch (what.kind) {
    case "checkpoint":
      return trainer.checkpoint();
    case "weights":
      return trainer.weights(what.run);
    case "landscape":
      if (scene === undefined) throw new MixupError("The loss landscape needs WebGPU.");
      return scene.landscape(what.run);
    case "scene":
      if (scene === undefined) throw new MixupError("The 3-D view needs WebGPU.");
      return scene.picture(what.scene);
  }
}

/** Orders that must not wait for others; those to a training wait for it to begin. */
const AT_ONCE: readonly Order["type"][] = ["shown", "play", "pause", "step", "look"];
let last: Promise<void> = Promise.resolve();
let starts = 0;

self.addEventListener("message", ({ data: order }: MessageEvent<Order>) => {
  const isAtOnce = AT_ONCE.includes(order.type) && (starts === 0 || order.type === "shown");
  if (order.type === "start") starts++;
  const work = isAtOnce ? handle(order) : last.then(() => handle(order));
  const begun = order.type === "start" ? work.finally(() => starts--) : work;
  const watched = begun.catch((error: unknown) => {
    // An error that nobody expected ends this worker; the page starts another from the last checkpoint.
    setTimeout(() => {
      throw error;
    });
  });
  if (!isAtOnce) last = watched;
});
