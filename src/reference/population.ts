/**
 * A population trained in float64: the specification of what the GPU executors compute, and the CPU backend's
 * engine. Each run depends on its own description alone; runs share data and workspace, nothing else.
 *
 * A step of a run: draw the batch, mix, forward, loss, backward, update. A run that leaves the range of
 * 32-bit floats is frozen: see {@link ReferencePopulation.failureSteps}.
 *
 * Not here: pausing, progress, checkpoints (`training/`).
 */

import { addReward, banditPolicy } from "../mixing/bandit.ts";
import { isLastBatch } from "../mixing/batching.ts";
import { labelKernelTable } from "../mixing/labelKernel.ts";
import { type ClassIndex, classIndex, type Sample, Sampler } from "../mixing/sampling.ts";
import { initialParameters } from "../model/initialization.ts";
import { initialState } from "../model/layout.ts";
import { isContrastive } from "../model/loss.ts";
import { traceModel } from "../model/trace.ts";
import { banditDomains, banditNumbers, drawnDomain, firstBandit } from "../population/bandits.ts";
import { domainsOf, membersOf } from "../population/domains.ts";
import { isBinaryLogistic, modelTargets } from "../population/fits.ts";
import { pointWeights, rowWeight } from "../population/methods.ts";
import { batchingOfRun, frozenParameters, pointsOf, runAt } from "../population/phases.ts";
import {
  accumulatesGradients,
  type Population,
  populationMoments,
  type Run,
} from "../population/population.ts";
import { BatchPass, type ExplicitBatch } from "./batch.ts";
import { isFinite32 } from "./finite.ts";
import { LOSS_FUNCTIONS, largestOutput } from "./loss.ts";
import { Network } from "./network.ts";
import { applyOptimizer } from "./optimizer.ts";

/** In {@link ReferencePopulation.failureSteps}: the run has not failed. */
export const NEVER = 0xffffffff;

/** Most points per forward pass of an evaluation. */
const EVALUATION_CHUNK = 256;

/** One run's evaluation. */
export interface Evaluation {
  /** Share of the evaluation points that are misclassified; undefined for regression. */
  readonly error: number | undefined;
  /** Mean loss on the unmixed evaluation points. */
  readonly loss: number;
  /** At the probe points, `[M, C]`. */
  readonly probabilities: Float64Array;
}

export class ReferencePopulation {
  /** Number of parameters of a net, P. */
  readonly parameterCount: number;
  /** `[R, P]` */
  readonly parameters: Float64Array;
  /** Number of numbers of state of a net, Q. */
  readonly stateSize: number;
  /** What nets keep that is not trained, such as running statistics, `[R, Q]`. */
  readonly state: Float64Array;
  /** What the optimizer keeps, `[R, P]` each: 0, 1 or 2 of them. */
  readonly moments: readonly Float64Array[];
  /** Sums of all gradients so far, `[R, P]`, 0 for runs that clear them; absent if all runs do. */
  readonly gradientSums?: Float64Array;
  /**
   * First step (0-based) that a run could not compute in finite numbers, or {@link NEVER}; `[R]`.
   *
   * If a logit or the loss of step t is not finite, that is t, and the parameters are those before step t. If
   * a parameter updated at step t, or its moments, would not be finite, it is t + 1, that parameter keeps its
   * old value and the others are updated (a GPU decides for four parameters together). From then on the run does not change.
   */
  readonly failureSteps: Uint32Array;
  /**
   * Sum of the training loss over the steps since the caller set it to 0; a frozen run adds nothing. `[R]`
   */
  readonly lossSums: Float64Array;
  /** Rewards, policies and domains of the next step of runs with bandits, `[R, 2 K + 1]`; empty where there are none. */
  readonly bandits: Float64Array;
  /** Steps done. */
  step = 0;

  /** By the description that they sample for. */
  private readonly samplers = new Map<Run, Sampler>();
  private readonly frozen = new Map<Run, Uint8Array>();
  /** Of all points: runs without points of their own share it. */
  private readonly classes: ClassIndex;
  private readonly targets: Float32Array;
  private readonly evaluationTargets: Float64Array;
  private readonly pass: BatchPass;
  /** For the last batch of an epoch, where it is smaller. */
  private readonly lastPass?: BatchPass;
  private readonly chunk: number;
  private readonly evaluator: Network;

  constructor(readonly population: Population) {
    const { model, loss, data, batchSize, lastBatchSize, hidden } = population;
    const { evaluationData, probePoints, runs } = population;
    const trace = traceModel(model);
    const { outputs } = trace;
    const { size } = trace.parameters;
    this.parameterCount = size;
    this.parameters = new Float64Array(runs.length * size);
    this.stateSize = trace.state.size;
    this.state = new Float64Array(runs.length * this.stateSize);
    const firstState = initialState(model);
    runs.forEach(({ seed, parameters, state }, r) => {
      this.parameters.set(parameters ?? initialParameters(model, seed), r * size);
      this.state.set(state ?? firstState, r * this.stateSize);
    });
    this.moments = Array.from(
      { length: populationMoments(population) },
      () => new Float64Array(runs.length * size),
    );
    if (accumulatesGradients(population)) this.gradientSums = new Float64Array(runs.length * size);
    this.failureSteps = new Uint32Array(runs.length).fill(NEVER);
    this.lossSums = new Float64Array(runs.length);
    const kept = banditNumbers(population);
    this.bandits = new Float64Array(runs.length * kept);
    if (kept > 0) {
      runs.forEach((run, r) => {
        this.bandits.set(firstBandit(run, data, 0), r * kept);
      });
    }
    this.classes = classIndex(data);
    this.targets = modelTargets(loss, outputs, data);
    this.evaluationTargets = Float64Array.from(modelTargets(loss, outputs, evaluationData));
    this.pass = new BatchPass(model, loss, batchSize, hidden);
    if (lastBatchSize > 0) this.lastPass = new BatchPass(model, loss, lastBatchSize, hidden);
    const asked = Math.max(evaluationData.size, probePoints.length / data.dimensions);
    // No more than is needed: a large net keeps gigabytes for 256 images.
    this.chunk = Math.min(EVALUATION_CHUNK, asked);
    this.evaluator = new Network(trace, this.chunk);
  }

  /** Trains all runs `steps` steps further. */
  advance(steps = 1): void {
    for (let s = 0; s < steps; s++) {
      for (let r = 0; r < this.population.runs.length; r++) this.stepRun(r);
      this.step++;
    }
  }

  /** The samples of run r's batch at a step, `[B]`. */
  samples(r: number, step: number): Sample[] {
    const { batchSize } = this.passAt(step);
    const sampler = this.samplerOf(runAt(this.population.runs[r], step));
    sampler.batchDomain = this.domainOf(r);
    return Array.from({ length: batchSize }, (_, b) => sampler.sample(step, b));
  }

  private samplerOf(run: Run): Sampler {
    let sampler = this.samplers.get(run);
    if (sampler === undefined) {
      const { data, model, augmentation } = this.population;
      const { seed, mixing } = run;
      const members = membersOf(run, data);
      const { pairing } = mixing;
      const tables = {
        members,
        domains: domainsOf(run, data),
        ...(typeof pairing === "object" && {
          labelKernel: { table: labelKernelTable(data, pairing, members), labels: data.targets },
        }),
      };
      sampler = new Sampler(
        seed,
        mixing,
        pointsOf(run, this.population),
        members === undefined ? this.classes : classIndex(data, members),
        batchingOfRun(run, this.population),
        model.inputShape,
        augmentation,
        tables,
      );
      this.samplers.set(run, sampler);
    }
    return sampler;
  }

  /** Updates run r as step `step` would, but with an explicit batch. */
  applyBatch(r: number, batch: ExplicitBatch): void {
    if (this.isFrozen(r)) return;
    const { model, loss } = this.population;
    const pass = new BatchPass(model, loss, batch.samples.length, batch.hidden);
    pass.load(batch);
    this.update(r, pass, this.population.runs[r]);
  }

  /** Evaluates run r: unmixed evaluation data, and the probe points. */
  evaluate(r: number): Evaluation {
    const { evaluationData: data, evaluationLabels: labels, probePoints, loss: lossName } = this.population;
    if (isContrastive(lossName)) throw new Error("Pairs are not evaluated within a training.");
    const lossFunctions = LOSS_FUNCTIONS[lossName];
    const { outputs, logits } = this.evaluator;
    const binary = isBinaryLogistic(lossName, outputs, data);
    let lossSum = 0;
    let wrong = 0;
    const targets = new Float64Array(this.chunk * outputs);
    this.forEachChunk(r, data.points, (start, count) => {
      targets.set(this.evaluationTargets.subarray(start * outputs, (start + count) * outputs));
      for (let row = 0; row < count; row++) {
        lossSum += lossFunctions.value(logits, targets, row, outputs);
        const predicted = binary ? Number(logits[row] > 0) : largestOutput(logits, row, outputs);
        if (predicted !== labels?.[start + row]) wrong++;
      }
    });

    const probabilities = new Float64Array((probePoints.length / data.dimensions) * outputs);
    const chunk = new Float64Array(this.chunk * outputs);
    this.forEachChunk(r, probePoints, (start, count) => {
      for (let row = 0; row < count; row++) lossFunctions.probabilities(logits, row, outputs, chunk);
      probabilities.set(chunk.subarray(0, count * outputs), start * outputs);
    });
    return {
      error: labels === undefined ? undefined : wrong / data.size,
      loss: lossSum / data.size,
      probabilities,
    };
  }

  /** Run r's part of an `[R, P]` array; not a copy. */
  private ofRun(array: Float64Array, r: number): Float64Array {
    return array.subarray(r * this.parameterCount, (r + 1) * this.parameterCount);
  }

  private stateOf(r: number): Float64Array {
    return this.state.subarray(r * this.stateSize, (r + 1) * this.stateSize);
  }

  private isFrozen(r: number): boolean {
    return this.failureSteps[r] <= this.step;
  }

  private passAt(step: number): BatchPass {
    const { batching } = this.population;
    return isLastBatch(batching, step) ? this.lastPass! : this.pass;
  }

  private stepRun(r: number): void {
    if (this.isFrozen(r)) return;
    const { population, targets } = this;
    const run = runAt(population.runs[r], this.step);
    const pass = this.passAt(this.step);
    pass.labelSmoothing = run.labelSmoothing;
    pass.selfDistillation = run.selfDistillation ?? 0;
    pass.augmentation = population.augmentation;
    const sampler = this.samplerOf(run);
    sampler.batchDomain = this.domainOf(r);
    const weightOf = pointWeights(run);
    const samples = Array.from({ length: pass.batchSize }, (_, b) => sampler.sample(this.step, b));
    samples.forEach((sample, b) => {
      pass.weights[b] = rowWeight(run, b, pass.batchSize) * weightOf(sample.first);
      pass.mix(b, sample, population.data.points, targets);
    });
    pass.distill(samples, population.data.points, this.ofRun(this.parameters, r), this.stateOf(r));
    this.update(r, pass, run);
  }

  /** Forward, loss, backward and update of the batch in `pass`. */
  private update(r: number, pass: BatchPass, run: Run): void {
    const parameters = this.ofRun(this.parameters, r);
    const { seed, optimizer, optimizerStart = 0 } = run;
    const loss = pass.forward(parameters, this.stateOf(r), { seed, step: this.step });
    if (!isFinite32(loss) || !pass.logitsAreFinite()) {
      this.failureSteps[r] = this.step;
      return;
    }
    this.lossSums[r] += loss;
    if (run.bandit !== undefined) this.reward(r, run, loss);
    pass.backward();
    const moments = this.moments.map((moment) => this.ofRun(moment, r));
    const finite = applyOptimizer(
      optimizer,
      this.step - optimizerStart,
      parameters,
      pass.gradients,
      moments,
      this.gradientSums && this.ofRun(this.gradientSums, r),
      this.frozenOf(run),
    );
    if (!finite) this.failureSteps[r] = this.step + 1;
  }

  /** Of a run with a bandit the domain of the next step. */
  private domainOf(r: number): number | undefined {
    if (this.population.runs[r].bandit === undefined) return undefined;
    const kept = banditNumbers(this.population);
    return this.bandits[(r + 1) * kept - 1];
  }

  /** The step's loss goes into its domain's reward; the next step's policy and domain follow. */
  private reward(r: number, { seed, bandit, banditStart = 0, proportions }: Run, loss: number): void {
    const K = banditDomains(this.population);
    const row = this.bandits.subarray(r * (2 * K + 1), (r + 1) * (2 * K + 1));
    const [rewards, policy] = [row.subarray(0, K), row.subarray(K, 2 * K)];
    const domain = row[2 * K];
    addReward(bandit!, rewards, domain, loss, policy[domain]);
    policy.set(banditPolicy(bandit!, rewards, this.step + 2 - banditStart, proportions!));
    row[2 * K] = drawnDomain(seed, this.step + 1, policy);
  }

  private frozenOf(run: Run): Uint8Array | undefined {
    if (run.frozen === undefined) return undefined;
    let mask = this.frozen.get(run);
    if (mask === undefined) {
      mask = frozenParameters(this.population.model, run)!;
      this.frozen.set(run, mask);
    }
    return mask;
  }

  /** Calls `use` with the evaluator's logits of each chunk of `points` (`[N, D]`). */
  private forEachChunk(r: number, points: Float32Array, use: (start: number, count: number) => void): void {
    const { dimensions } = this.population.data;
    const parameters = this.ofRun(this.parameters, r);
    const state = this.stateOf(r);
    for (let start = 0; start * dimensions < points.length; start += this.chunk) {
      const rows = points.subarray(start * dimensions, (start + this.chunk) * dimensions);
      this.evaluator.inputs.set(rows);
      const count = rows.length / dimensions;
      this.evaluator.forward({ count, parameters, state });
      use(start, count);
    }
  }
}
