/**
 * The scheduler of a GPU: feeds the queue one submit ahead, as many steps a submit as the pace allows, and takes in
 * measurements as submits finish. Never waits for a readback before feeding on; allocates nothing per step.
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import type { Profiler } from "../../gpu/profiler.ts";
import { RUN_STATE_BYTES } from "../../kernels/population.ts";
import { parameterLayout } from "../../model/layout.ts";
import { banditDomains, banditNumbers } from "../../population/bandits.ts";
import { evaluationStep, evaluationsDone, type Population } from "../../population/population.ts";
import type { CurveRecorder } from "../curves.ts";
import type { Engine, Nets, Snapshot } from "../engine.ts";
import type { Pace } from "../pace.ts";
import { type Executor, SubmitRecorder, writeSubmit } from "./executor.ts";
import { createLayeredExecutor } from "./layeredExecutor.ts";
import { MAX_IN_FLIGHT, MetricsRing, type SubmitMetrics } from "./metricsRing.ts";
import type { Plan } from "./plan.ts";
import { compileResident, createResidentExecutor } from "./residentExecutor.ts";
import { type GpuSnapshot, PopulationState } from "./state.ts";

/** A submit under way. */
interface InFlight {
  readonly firstStep: number;
  readonly steps: number;
  readonly submitted: number;
  readonly done: Promise<SubmitMetrics>;
}

/** Words of a `RunState` record. */
const STATE_WORDS = RUN_STATE_BYTES / 4;

/**
 * Makes everything that training needs on the device; from a snapshot, or from the seeds. A profiler, if given, times
 * every submit; whoever gave it reads it.
 */
export async function createGpuEngine(
  device: WebGpuDevice,
  population: Population,
  plan: Plan,
  recorder: CurveRecorder,
  pace: Pace,
  snapshot?: Snapshot,
  profiler?: Profiler,
): Promise<Engine> {
  device.check();
  // What takes longest begins first; the executor finds it under way, and reports what becomes of it.
  if (plan.executor === "resident") compileResident(device, population, plan).catch(() => {});
  const state = await PopulationState.create(
    device,
    population,
    plan,
    snapshot && padSnapshot(snapshot, population, plan),
  );
  try {
    const ring = await MetricsRing.create(state);
    try {
      const executor = await (plan.executor === "resident"
        ? createResidentExecutor(state)
        : createLayeredExecutor(state));
      return new GpuEngine(state, ring, executor, recorder, pace, snapshot?.step ?? 0, profiler);
    } catch (error) {
      ring.destroy();
      throw error;
    }
  } catch (error) {
    state.destroy();
    return device.explain(error);
  }
}

class GpuEngine implements Engine {
  dispatches = 0;
  private readonly commands: SubmitRecorder;
  private readonly inFlight: InFlight[] = [];
  private readonly words = new Uint32Array(4);
  /** Steps submitted. */
  private submitted: number;
  /** When the submit before was seen to be done. */
  private lastDone = 0;

  constructor(
    private readonly state: PopulationState,
    private readonly ring: MetricsRing,
    private readonly stepper: Executor,
    readonly recorder: CurveRecorder,
    private readonly pace: Pace,
    public step: number,
    private readonly profiler?: Profiler,
  ) {
    this.submitted = step;
    this.commands = new SubmitRecorder(state.device.gpu);
  }

  get submits() {
    return this.commands.submits;
  }

  get executor() {
    return this.state.plan.executor;
  }

  get variants() {
    return this.state.plan.variants;
  }

  async advance(until = this.state.population.steps): Promise<void> {
    while (this.inFlight.length < MAX_IN_FLIGHT && this.submitted < until) this.submit(until);
    await this.finishOldest();
  }

  async drain(): Promise<void> {
    while (this.inFlight.length > 0) await this.finishOldest();
  }

  async snapshot(): Promise<Snapshot> {
    return cropSnapshot(await this.state.snapshot(), this.state.population, this.state.plan, this.step);
  }

  async nets(): Promise<Nets> {
    const { population, plan } = this.state;
    const { parameters, netState } = await this.state.nets();
    return { parameters: cropRows(parameters, population.runs.length, population, plan), state: netState };
  }

  destroy(): void {
    this.stepper.destroy();
    this.ring.destroy();
    this.state.destroy();
  }

  private submit(until: number): void {
    const { device, population, plan } = this.state;
    device.check();
    const firstStep = this.submitted;
    const last = Math.min(until, firstStep + this.state.mostSteps(firstStep));
    const steps = this.pace.steps(firstStep, last, population.evaluateEvery, plan.metricsEntries);
    this.state.prepare(firstStep, steps);
    this.words[0] = firstStep;
    this.words[1] = steps;
    this.words[2] = evaluationsDone(population, firstStep);
    writeSubmit(this.state, this.words);
    const { commands } = this;
    this.dispatches += this.stepper.encode(
      commands,
      firstStep,
      steps,
      this.profiler?.timestampWrites("train"),
    );
    this.profiler?.resolve(commands.encoder);
    const measure = this.ring.encode(commands.encoder, firstStep, steps);
    commands.cut();
    const done = measure();
    // It is awaited later; until then a rejection must not count as unhandled.
    done.catch(() => {});
    this.inFlight.push({ firstStep, steps, submitted: performance.now(), done });
    this.submitted += steps;
  }

  private async finishOldest(): Promise<void> {
    const { device, population, plan } = this.state;
    const [oldest] = this.inFlight;
    if (oldest === undefined) return;
    const { entries, states } = await oldest.done.catch((error) => device.explain(error));
    device.check();
    this.inFlight.shift();
    const now = performance.now();
    this.pace.measured(oldest.steps, now - Math.max(oldest.submitted, this.lastDone));
    this.lastDone = now;

    this.step = oldest.firstStep + oldest.steps;
    const firstEvaluation = evaluationsDone(population, oldest.firstStep);
    for (let e = 0; e * plan.metricsStride < entries.length; e++) {
      const entry = entries.subarray(e * plan.metricsStride, (e + 1) * plan.metricsStride);
      this.recorder.addEntry(evaluationStep(population, firstEvaluation + e), entry);
    }
    for (let r = 0; r < population.runs.length; r++)
      this.recorder.noteFailure(r, states[r * STATE_WORDS + 1]);
  }
}

/** Rows of P numbers, of such of `parameterStride`. */
function cropRows(padded: Float32Array, rows: number, { model }: Population, plan: Plan): Float32Array {
  const { size } = parameterLayout(model);
  const plain = new Float32Array(rows * size);
  for (let r = 0; r < rows; r++)
    plain.set(padded.subarray(r * plan.parameterStride, r * plan.parameterStride + size), r * size);
  return plain;
}

/** From rows of `parameterStride` and `RunState` records to the plain arrays of a snapshot. */
function cropSnapshot(gpu: GpuSnapshot, population: Population, plan: Plan, step: number): Snapshot {
  const R = population.runs.length;
  const reals = new Float32Array(gpu.states.buffer);
  const nonFiniteSteps = new Uint32Array(R);
  const accounts = new Float32Array(R * 4);
  for (let r = 0; r < R; r++) {
    nonFiniteSteps[r] = gpu.states[r * STATE_WORDS + 1];
    accounts.set(reals.subarray(r * STATE_WORDS + 2, r * STATE_WORDS + 6), r * 4);
  }
  const K = banditDomains(population);
  const bandits = new Float32Array(R * banditNumbers(population));
  for (let r = 0; r < R && K > 0; r++) {
    bandits.set(gpu.policies.subarray(2 * K * r, 2 * K * (r + 1)), r * (2 * K + 1));
    bandits[(r + 1) * (2 * K + 1) - 1] = gpu.states[r * STATE_WORDS + 6];
  }
  return {
    step,
    parameters: cropRows(gpu.parameters, R, population, plan),
    state: gpu.netState,
    moments: cropRows(gpu.moments, R * plan.optimizerNumbers, population, plan),
    nonFiniteSteps,
    accounts,
    bandits,
  };
}

/** The way back. */
function padSnapshot(snapshot: Snapshot, population: Population, plan: Plan): GpuSnapshot {
  const { size } = parameterLayout(population.model);
  const R = population.runs.length;
  const pad = (plain: Float32Array | Float64Array, rows: number) => {
    const padded = new Float32Array(rows * plan.parameterStride);
    for (let r = 0; r < rows; r++)
      padded.set(plain.subarray(r * size, (r + 1) * size), r * plan.parameterStride);
    return padded;
  };
  const states = new Uint32Array(R * STATE_WORDS);
  const reals = new Float32Array(states.buffer);
  for (let r = 0; r < R; r++) {
    states[r * STATE_WORDS] = snapshot.step;
    states[r * STATE_WORDS + 1] = snapshot.nonFiniteSteps[r];
    reals.set(snapshot.accounts.subarray(r * 4, r * 4 + 4), r * STATE_WORDS + 2);
  }
  const K = banditDomains(population);
  const policies = new Float32Array(2 * R * K);
  for (let r = 0; r < R && K > 0; r++) {
    const row = snapshot.bandits.subarray(r * (2 * K + 1), (r + 1) * (2 * K + 1));
    policies.set(row.subarray(0, 2 * K), 2 * K * r);
    states[r * STATE_WORDS + 6] = row[2 * K];
  }
  return {
    parameters: pad(snapshot.parameters, R),
    netState: Float32Array.from(snapshot.state),
    moments: pad(snapshot.moments, R * plan.optimizerNumbers),
    states,
    policies,
  };
}
