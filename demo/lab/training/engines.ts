/**
 * Which of two engines trains: the device, or the CPU beside a software adapter, where neither is always the faster one. There both
 * train the real workload for a moment, and the faster one does it. A choice may be forced (`?engine=webgpu`, `?engine=cpu`), and what
 * was begun on one is gone on with on the same.
 *
 * Not here: recordings, which are trained once and always by the device.
 */

import type { OpenedDevice } from "../../../src/gpu/device.ts";
import { checkDevice } from "../../../src/gpu/device.ts";
import { decodeSafetensors, openDevice, train } from "../../../src/index.ts";
import { perceptron } from "../../../src/model/perceptron.ts";
import { traceModel } from "../../../src/model/trace.ts";
import type { Experiment } from "./experiment.ts";
import type { LabTraining } from "./training.ts";

export type EngineName = "webgpu" | "cpu";

/** Net-steps a second of both, where they have raced. */
export type Race = Readonly<Record<EngineName, number>>;

export interface Engine {
  readonly device: OpenedDevice;
  readonly race?: Race;
}

/** Milliseconds of each. */
const HEAT = 150;
/** Milliseconds of a submit: short, for heats are. */
const PACE = 20;
/** Numbers that a step of all nets may touch for a heat on the CPU to stay short. */
const MOST_WORK = 2e7;

export class Engines {
  private cpu: OpenedDevice | undefined;
  private readonly races = new Map<string, Race>();

  constructor(
    private readonly device: OpenedDevice,
    private readonly forced: EngineName | undefined,
  ) {}

  /** What trains an experiment from its beginning, or from a checkpoint on. */
  async of(experiment: Experiment, checkpoint: Uint8Array | undefined): Promise<Engine> {
    const { device, forced } = this;
    if (device.backend === "cpu") return { device };
    // Rounds of learnt weights are the processor's.
    if (experiment.fairWeights !== undefined) return { device: await this.openCpu() };
    // The CPU's numbers have 64 bits, a GPU's 32.
    if (checkpoint !== undefined) return { device: isOfCpu(checkpoint) ? await this.openCpu() : device };
    if (forced !== undefined) return { device: forced === "cpu" ? await this.openCpu() : device };
    if (!device.adapter.isFallback || !mayRace(experiment)) return { device };
    const race = await this.race(experiment, device);
    return { device: race.cpu > race.webgpu ? await this.openCpu() : device, race };
  }

  private async race({ train: config }: Experiment, device: OpenedDevice): Promise<Race> {
    const { model, batch, runs, data, optimizer } = config;
    const key = JSON.stringify([
      model,
      batch,
      optimizer.kind,
      runs.length,
      data.size,
      config.probePoints?.length,
    ]);
    const known = this.races.get(key);
    if (known !== undefined) return known;
    const cpu = await this.openCpu();
    const rate = async (on: OpenedDevice) =>
      (await stepsASecond(() => train(on, config, { pace: PACE }), HEAT)) * runs.length;
    const race = { webgpu: await rate(device), cpu: await rate(cpu) };
    this.races.set(key, race);
    return race;
  }

  private async openCpu(): Promise<OpenedDevice> {
    this.cpu ??= checkDevice(await openDevice({ backend: "cpu" }));
    return this.cpu;
  }
}

/** Steps a second of a training, from its first news on: what comes before is preparation, such as compiling. */
export async function stepsASecond(
  begin: () => Pick<LabTraining, "result" | "stop"> & AsyncIterable<{ readonly step: number }>,
  milliseconds: number,
  now: () => number = () => performance.now(),
): Promise<number> {
  const training = begin();
  let first: { step: number; at: number } | undefined;
  let rate = 0;
  for await (const { step } of training) {
    const at = now();
    first ??= { step, at };
    if (at > first.at) rate = (1000 * (step - first.step)) / (at - first.at);
    if (at - first.at >= milliseconds) training.stop();
  }
  await training.result;
  return rate;
}

function mayRace({ train: { model, data, batch, runs }, longTail, domains, merging }: Experiment): boolean {
  // What is measured between stretches of training is no part of a heat.
  if ([longTail, domains, merging].some((method) => method !== undefined)) return false;
  if (perceptron(model) === undefined) return false;
  const samples = typeof batch === "number" ? batch : data.size;
  return traceModel(model).parameters.size * samples * runs.length <= MOST_WORK;
}

function isOfCpu(checkpoint: Uint8Array): boolean {
  const { tensors } = decodeSafetensors(checkpoint);
  return Object.entries(tensors).some(
    ([name, { data }]) => name.startsWith("parameters.") && data instanceof Float64Array,
  );
}
