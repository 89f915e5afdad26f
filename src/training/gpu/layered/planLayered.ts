/**
 * The layered executor's plan: the dispatches of a step and of an evaluation, and the buffers that they need, as plain data.
 * Pure: made and tested without a device.
 *
 * Not here: what each kind of layer dispatches (the files beside), making and encoding (`layeredExecutor.ts`).
 */

import { activationOverrides } from "../../../kernels/layers/activation.ts";
import type { ConvolutionTiles } from "../../../kernels/layers/convolution.ts";
import type { ProductShapes } from "../../../kernels/layers/product.ts";
import {
  advanceGrid,
  advanceKernel,
  advanceSpecialization,
  type BatchSums,
} from "../../../kernels/step/advance.ts";
import { banditGrid, banditKernel } from "../../../kernels/step/bandit.ts";
import { distillGrid, distillKernel } from "../../../kernels/step/distill.ts";
import { evaluateGrid, evaluateKernel } from "../../../kernels/step/evaluate.ts";
import { lossGrid, lossKernel } from "../../../kernels/step/loss.ts";
import { MIX_POINTS } from "../../../kernels/step/mix.ts";
import { optimizerGrid, optimizerKernel } from "../../../kernels/step/optimizer.ts";
import { probabilitiesGrid, probabilitiesKernel } from "../../../kernels/step/probabilities.ts";
import { SAMPLE_BYTES, sampleGrid, sampleKernel, samplePrelude } from "../../../kernels/step/sample.ts";
import { isContrastive } from "../../../model/loss.ts";
import { traceModel } from "../../../model/trace.ts";
import { banditDomains } from "../../../population/bandits.ts";
import { rowWeight } from "../../../population/methods.ts";
import type { Population } from "../../../population/population.ts";
import { dataOffsets } from "../pack.ts";
import { batchNormBackward, batchNormEvaluate, batchNormForward, type NormPass } from "./batchNorm2d.ts";
import { DeltaBuffers } from "./deltaBuffers.ts";
import type { Incoming, Outgoing, PlannedDispatch, Planner, Rows } from "./dispatch.ts";
import { type Head, headBackward, headForward, headOf } from "./head.ts";
import { distills, drawing, drawsCheaply, isMixedOnTheWay, mixInputs, storedInput } from "./inputs.ts";
import { GPU_LAYERS } from "./kinds.ts";
import { learningStages } from "./learningStages.ts";
import { pairDispatches, pairWork } from "./pairs.ts";
import { evaluated, feedsDense, INPUT, isInput, type Stage, stagesOf } from "./stages.ts";

export interface LayeredPlan {
  /** Bytes of the executor's own buffers, by name. */
  readonly buffers: Readonly<Record<string, number>>;
  /** First contents of those that do not begin empty. */
  readonly contents: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** Of one step: sampling first, update last. */
  readonly step: readonly PlannedDispatch[];
  /** Of an epoch's last step where its batch is smaller; empty where none is. */
  readonly lastStep: readonly PlannedDispatch[];
  /** Of one evaluation. */
  readonly evaluation: readonly PlannedDispatch[];
  /** Multiply-adds of one sample, forward and backward. */
  readonly work: number;
}

/** Points of an evaluation that are worked on at once, unless the batch is larger: of small points, and of images. */
const EVALUATION_ROWS = 256;
const EVALUATION_IMAGES = 64;

/** What of a plan does not follow from the population. */
export interface LayeredShape {
  readonly parameterStride: number;
  readonly products: ProductShapes;
  readonly tiles: ConvolutionTiles;
  readonly sums: BatchSums;
  /** Whether dispatches are fused where that can be. */
  readonly isFused: boolean;
  /** Overrides that say which loss and optimizer is computed. */
  readonly overrides: Readonly<Record<string, number>>;
}

/** Plans the steps and evaluations of a population. */
export function planLayered(population: Population, shape: LayeredShape): LayeredPlan {
  const { batchSize, lastBatchSize } = population;
  const planner = new LayeredPlanner(population, shape, batchSize, SAMPLE_LOSSES);
  const step = planner.step();
  const evaluation = planner.evaluation();
  const weights = (rows: number) => sampleWeights(population, rows);
  if (lastBatchSize === 0) {
    const contents = { [SAMPLE_LOSSES]: weights(batchSize) };
    return { buffers: planner.buffers(), contents, step, lastStep: [], evaluation, work: planner.work() };
  }
  const last = new LayeredPlanner(population, shape, lastBatchSize, LAST_SAMPLE_LOSSES);
  const lastStep = last.step();
  const contents = { [SAMPLE_LOSSES]: weights(batchSize), [LAST_SAMPLE_LOSSES]: weights(lastBatchSize) };
  const buffers = largest(planner.buffers(), last.buffers());
  return { buffers, contents, step, lastStep, evaluation, work: planner.work() };
}

/** Weights and losses of samples, see `shaders/parts/sampleLoss.wgsl`; those of a smaller batch lie elsewhere. */
const SAMPLE_LOSSES = "sampleLosses";
const LAST_SAMPLE_LOSSES = "lastSampleLosses";

/** Each sample's weight, and its loss to come. */
function sampleWeights({ runs }: Population, rows: number): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(2 * runs.length * rows);
  for (let i = 0; i < runs.length * rows; i++)
    weights[2 * i] = rowWeight(runs[Math.floor(i / rows)], i % rows, rows);
  return weights;
}

/** Buffers of two plans that are not in use at once. */
function largest(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>) {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]));
}

class LayeredPlanner implements Planner {
  readonly runs: number;
  readonly parameterStride: number;
  readonly stateStride: number;
  readonly products: ProductShapes;
  readonly sharedRows: number;
  readonly tiles: ConvolutionTiles;
  private readonly stages: readonly Stage[];
  private readonly numbers = new Map<string, number>();
  private readonly rows: number;
  /** Layers whose gradients a pass has written. */
  private readonly written = new Set<string>();
  private readonly deltaBuffers: DeltaBuffers;
  private readonly learning: ReadonlySet<Stage>;
  /** Where losses and the step's close are one dispatch. */
  private readonly head: Head | undefined;
  readonly clock: { readonly IS_CLOSED: number };

  constructor(
    private readonly population: Population,
    private readonly shape: LayeredShape,
    private readonly batchSize: number,
    private readonly sampleLosses: string,
  ) {
    const { model, hidden, runs, evaluationData, probePoints, data } = population;
    const trace = traceModel(model, hidden);
    this.runs = runs.length;
    this.parameterStride = shape.parameterStride;
    this.stateStride = trace.state.size;
    this.products = shape.products;
    this.tiles = shape.tiles;
    this.stages = stagesOf(trace);
    this.learning = learningStages(this.stages, population);
    this.head = shape.isFused ? headOf(population.loss, this.stages, batchSize) : undefined;
    this.clock = { IS_CLOSED: this.head === undefined ? 0 : 1 };
    this.sharedRows = model.inputShape.length === 3 ? EVALUATION_IMAGES : EVALUATION_ROWS;
    const asked = Math.max(evaluationData.size, probePoints.length / data.dimensions);
    this.rows = Math.max(batchSize, Math.min(this.sharedRows, asked));
    this.deltaBuffers = new DeltaBuffers(this, runs.length * batchSize);
  }

  buffers(): Record<string, number> {
    return Object.fromEntries([...this.numbers].map(([name, numbers]) => [name, 4 * numbers]));
  }

  /** Multiply-adds of one sample, forward and backward. */
  work(): number {
    const { loss, model } = this.population;
    const ofPairs = isContrastive(loss) ? pairWork(this.batchSize, traceModel(model).outputs) : 0;
    return 3 * this.stages.reduce((sum, stage) => sum + GPU_LAYERS[stage.kind].work(stage), 0) + ofPairs;
  }

  step(): PlannedDispatch[] {
    const { population, runs, batchSize, sampleLosses, stages } = this;
    const { outputs } = traceModel(population.model);
    this.need("samples", (runs * batchSize * SAMPLE_BYTES) / 4);
    this.need(sampleLosses, 2 * runs * batchSize);
    const isPairs = isContrastive(population.loss);
    if (!isPairs) this.need("mixedTargets", runs * batchSize * outputs);
    this.need("gradients", runs * this.parameterStride);
    this.need("none", 4);
    const logits = this.stored(stages[stages.length - 1]);
    const sampling = this.withRuns(sampleKernel, sampleGrid(batchSize, runs), "samples", sampleLosses);
    const specialization = { overrides: { ...this.shape.overrides, ...this.clock } };
    const isDistilled = distills(population);
    const onlyPoints = isDistilled ? { points: MIX_POINTS.mixed, targets: false } : undefined;
    const mixes = mixInputs(this, population, this.shape.overrides, stages, batchSize, onlyPoints);
    // With points' weights it would have a buffer too many.
    const canDraw = this.shape.isFused && !isDistilled && this.shape.overrides.WEIGHTS !== 1;
    const mixDraws = canDraw && mixes.length > 0 && drawsCheaply(mixes[0], batchSize);
    return [
      ...(mixDraws
        ? [drawing(mixes[0], this.shape.overrides), ...mixes.slice(1)]
        : [
            {
              ...sampling,
              specialization: { ...sampling.specialization, prelude: samplePrelude(this.population) },
            },
            ...(isDistilled ? this.distillation(logits) : []),
            ...mixes,
          ]),
      ...this.forward(
        { kind: "batch", count: batchSize },
        this.head?.hasLogits ? this.head.stage : undefined,
      ),
      ...(this.head
        ? [headForward(this, this.head, batchSize, this.shape.overrides, sampleLosses)]
        : this.loss(logits)),
      ...this.backward(),
      {
        kernel: optimizerKernel,
        specialization,
        grid: optimizerGrid(this.parameterStride, runs),
        bindings: ["gradients", "parameters", "moments"],
      },
      ...(banditDomains(population) > 0
        ? [
            {
              kernel: banditKernel,
              specialization,
              grid: banditGrid(runs),
              bindings: ["submit", sampleLosses, "policies", "metrics"],
            },
          ]
        : []),
      ...(this.head ? [] : [this.closing()]),
    ];
  }

  /** Losses of the batch; the logits become their deltas. */
  private loss(logits: string): PlannedDispatch[] {
    const { runs, batchSize, sampleLosses } = this;
    const { loss, model } = this.population;
    if (!isContrastive(loss))
      return [this.withRuns(lossKernel, lossGrid(batchSize, runs), "mixedTargets", sampleLosses, logits)];
    const { outputs } = traceModel(model);
    return pairDispatches(this, { loss, batchSize, outputs, logits, sampleLosses });
  }

  /** Targets, with the net's predictions at the unmixed firsts and partners among them. */
  private distillation(logits: string): PlannedDispatch[] {
    const { population, runs, batchSize, stages } = this;
    const { overrides } = this.shape;
    const mix = (points: number, targets: boolean) =>
      mixInputs(this, population, overrides, stages, batchSize, { points, targets });
    const predicted = (points: number, isPartner: boolean): PlannedDispatch[] => [
      ...mix(points, false),
      ...this.forward({ kind: "batch", count: batchSize }),
      {
        kernel: distillKernel,
        specialization: { overrides: { ...overrides, PARTNERS: isPartner ? 1 : 0 } },
        grid: distillGrid(batchSize, runs),
        bindings: ["samples", "mixedTargets", logits],
      },
    ];
    return [
      ...mix(MIX_POINTS.none, true),
      ...predicted(MIX_POINTS.firsts, false),
      ...predicted(MIX_POINTS.partners, true),
    ];
  }

  evaluation(): PlannedDispatch[] {
    const { runs, stages, population } = this;
    // Pairs are measured between stretches.
    if (isContrastive(population.loss)) return [];
    const logits = this.stored(stages[stages.length - 1]);
    const parts = this.evaluationParts();
    return [
      ...(parts.length > 0 ? this.normalizations() : []),
      ...parts.flatMap((part) => [
        ...this.forward({ kind: "shared", count: part.count, offset: part.offset }),
        this.withRuns(
          part.kind === "evaluate" ? evaluateKernel : probabilitiesKernel,
          part.kind === "evaluate" ? evaluateGrid(runs) : probabilitiesGrid(part.count, runs),
          "submit",
          Uint32Array.of(part.first, part.count),
          logits,
          "metrics",
        ),
      ]),
    ];
  }

  /** The end of a step. */
  private closing(): PlannedDispatch {
    const { sums, overrides } = this.shape;
    const own = advanceSpecialization(sums);
    return {
      ...this.withRuns(advanceKernel, advanceGrid(this.runs, sums), this.sampleLosses),
      specialization: { ...own, overrides: { ...overrides, ...own.overrides } },
    };
  }

  /** A dispatch of a kernel that knows about runs. */
  private withRuns(
    kernel: PlannedDispatch["kernel"],
    grid: PlannedDispatch["grid"],
    ...bindings: PlannedDispatch["bindings"][number][]
  ): PlannedDispatch {
    return { kernel, specialization: { overrides: this.shape.overrides }, grid, bindings };
  }

  need(name: string, numbers: number): string {
    this.numbers.set(name, Math.max(this.numbers.get(name) ?? 0, numbers));
    return name;
  }

  stored(stage: Stage): string {
    return `stage.${stage.id}`;
  }

  incoming(stage: Stage, rows: Rows): Incoming {
    const shared = {
      normalizations: "none",
      samples: "none",
      // What is not said stays as it is: no BatchNorm, no activation, no mixing.
      overrides: { NORMALIZED: 0, ...activationOverrides(undefined) },
      prelude: { INPUT: 0, ...samplePrelude() },
    };
    if (isInput(stage)) {
      if (rows.kind === "shared") return { ...shared, buffer: "data", offset: rows.offset, runStride: 0 };
      const runStride = rows.count * stage.size;
      if (!isMixedOnTheWay(stage, this.population))
        return { ...shared, buffer: storedInput(stage), offset: 0, runStride };
      const prelude = { INPUT: stage.kind === INPUT ? 1 : 2, ...samplePrelude(this.population) };
      return { ...shared, buffer: "data", samples: "samples", offset: 0, runStride: 0, prelude };
    }
    const runStride = rows.count * stage.size;
    if (feedsDense(stage) && stage.activation !== undefined)
      return { ...shared, buffer: `activations.${stage.id}`, offset: 0, runStride };
    const { normalization, activation } = stage;
    return {
      ...shared,
      buffer: this.stored(stage),
      normalizations: normalization === undefined ? "none" : `normalizations.${stage.id}`,
      offset: 0,
      runStride,
      overrides: { NORMALIZED: normalization === undefined ? 0 : 1, ...activationOverrides(activation) },
    };
  }

  deltas(stage: Stage): string {
    return this.deltaBuffers.of(stage);
  }

  previous(stage: Stage): Outgoing | undefined {
    return this.learning.has(stage) ? this.deltaBuffers.into(stage) : undefined;
  }

  addsGradients(layer: string): boolean {
    const adds = this.written.has(layer);
    this.written.add(layer);
    return adds;
  }

  /** Of all stages but the one that has its own dispatch. */
  private forward(rows: Rows, but?: Stage): PlannedDispatch[] {
    const wanted = rows.kind === "batch" ? new Set(this.stages) : evaluated(this.stages);
    if (but !== undefined) this.need(this.stored(but), this.runs * this.rows * but.size);
    return this.stages
      .filter((stage) => wanted.has(stage) && stage !== but)
      .flatMap((stage) => {
        if (isInput(stage)) return [];
        const { id, size, shape, normalization } = stage;
        const { runs, rows: most } = this;
        this.need(this.stored(stage), runs * most * size);
        if (feedsDense(stage) && stage.activation !== undefined)
          this.need(`activations.${id}`, runs * most * size);
        const layer = GPU_LAYERS[stage.kind];
        const dispatches = withWork(layer.forward(this, stage, rows), runs * rows.count * layer.work(stage));
        if (normalization === undefined) return dispatches;
        const name = this.need(`normalizations.${id}`, 4 * runs * shape[0]);
        if (rows.kind === "shared") return dispatches;
        dispatches.push(batchNormForward(this, stage, rows.count, name, this.passOf(stage)));
        return dispatches;
      });
  }

  /** Running statistics as normalizations, for an evaluation. */
  private normalizations(): PlannedDispatch[] {
    const wanted = evaluated(this.stages);
    return this.stages.flatMap((stage) => {
      if (stage.normalization === undefined || !wanted.has(stage)) return [];
      return [batchNormEvaluate(this, stage, this.rows)];
    });
  }

  private backward(): PlannedDispatch[] {
    const { runs, stages, batchSize } = this;
    const last = stages[stages.length - 1];
    // The loss has left them in the logits' place.
    this.deltaBuffers.begin(last);
    return [...stages].reverse().flatMap((stage) => {
      // What the logits don't depend on (a partners' pass beyond the last mixing point), and where nothing learns.
      if (!this.deltaBuffers.has(stage)) return [];
      const dispatches: PlannedDispatch[] = [];
      if (stage.normalization !== undefined) {
        dispatches.push(batchNormBackward(this, stage, batchSize, this.passOf(stage)));
      }
      const layer = GPU_LAYERS[stage.kind];
      const work = 2 * runs * batchSize * layer.work(stage);
      const own =
        stage === this.head?.stage && this.head.isOneBackward
          ? [headBackward(this, stage, batchSize)]
          : layer.backward(this, stage, batchSize);
      dispatches.push(...withWork(own, work));
      this.deltaBuffers.release(stage);
      return dispatches;
    });
  }

  /** Which of the passes through its BatchNorm layer a stage is. */
  private passOf({ normalization }: Stage): NormPass {
    const passes = this.stages.filter((other) => other.normalization?.name === normalization!.name);
    return {
      pass: passes.findIndex((other) => other.normalization === normalization),
      passes: passes.length,
    };
  }

  /** Parts of the evaluation and probe points that fit the stages' buffers. */
  private evaluationParts() {
    const { population, rows } = this;
    const offsets = dataOffsets(population);
    const { dimensions } = population.data;
    const cut = (kind: "evaluate" | "probabilities", size: number, start: number) =>
      Array.from({ length: Math.ceil(size / rows) }, (_, i) => {
        const first = i * rows;
        return { kind, first, count: Math.min(rows, size - first), offset: start + first * dimensions };
      });
    return [
      ...cut("evaluate", population.evaluationData.size, offsets.evaluationPoints),
      ...cut("probabilities", population.probePoints.length / dimensions, offsets.probePoints),
    ];
  }
}

/** Dispatches that share a stage's work. */
function withWork(dispatches: readonly PlannedDispatch[], work: number): PlannedDispatch[] {
  return dispatches.map((dispatch) => ({ ...dispatch, work: work / dispatches.length }));
}
