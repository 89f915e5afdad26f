/**
 * The layered executor's plan: the dispatches of a step and of an evaluation, and the buffers that they need, as plain data.
 * Pure: made and tested without a device.
 *
 * Not here: what each kind of layer dispatches (the files beside), making and encoding (`layeredExecutor.ts`).
 */

import { activationOverrides } from "../../../kernels/layers/activation.ts";
import { packBatchNorm } from "../../../kernels/layers/batchNorm2d.ts";
import {
  batchNorm2dBackwardGrid,
  batchNorm2dBackwardKernel,
} from "../../../kernels/layers/batchNorm2dBackward.ts";
import {
  batchNorm2dEvaluateGrid,
  batchNorm2dEvaluateKernel,
} from "../../../kernels/layers/batchNorm2dEvaluate.ts";
import {
  batchNorm2dForwardGrid,
  batchNorm2dForwardKernel,
} from "../../../kernels/layers/batchNorm2dForward.ts";
import type { ConvolutionTiles } from "../../../kernels/layers/convolution.ts";
import type { ProductShape } from "../../../kernels/layers/product.ts";
import { advanceGrid, advanceKernel } from "../../../kernels/step/advance.ts";
import { evaluateGrid, evaluateKernel } from "../../../kernels/step/evaluate.ts";
import { lossGrid, lossKernel } from "../../../kernels/step/loss.ts";
import { MIX_POINTS, mixGrid, mixKernel, packImage } from "../../../kernels/step/mix.ts";
import { optimizerGrid, optimizerKernel } from "../../../kernels/step/optimizer.ts";
import { probabilitiesGrid, probabilitiesKernel } from "../../../kernels/step/probabilities.ts";
import { SAMPLE_BYTES, sampleGrid, sampleKernel, samplePrelude } from "../../../kernels/step/sample.ts";
import { HIDDEN_MIX, PARTNER_INPUT, traceModel } from "../../../model/trace.ts";
import { rowWeight } from "../../../population/methods.ts";
import type { Population } from "../../../population/population.ts";
import { dataOffsets, fillOffset } from "../pack.ts";
import type { Incoming, Outgoing, PlannedDispatch, Planner, Rows } from "./dispatch.ts";
import { GPU_LAYERS } from "./kinds.ts";
import { feedsDense, INPUT, type Stage, stagesOf } from "./stages.ts";

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
  readonly product: ProductShape;
  readonly tiles: ConvolutionTiles;
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
  readonly product: ProductShape;
  readonly tiles: ConvolutionTiles;
  private readonly stages: readonly Stage[];
  private readonly numbers = new Map<string, number>();
  private readonly rows: number;
  /** Layers whose gradients a pass has written. */
  private readonly written = new Set<string>();
  /** Buffers that hold a stage's deltas now, and those that nobody needs any more. */
  private readonly deltaOf = new Map<Stage, string>();
  private readonly idle: string[] = [];

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
    this.product = shape.product;
    this.tiles = shape.tiles;
    this.stages = stagesOf(trace);
    const most = model.inputShape.length === 3 ? EVALUATION_IMAGES : EVALUATION_ROWS;
    const asked = Math.max(evaluationData.size, probePoints.length / data.dimensions);
    this.rows = Math.max(batchSize, Math.min(most, asked));
  }

  buffers(): Record<string, number> {
    return Object.fromEntries([...this.numbers].map(([name, numbers]) => [name, 4 * numbers]));
  }

  /** Multiply-adds of one sample, forward and backward. */
  work(): number {
    return 3 * this.stages.reduce((sum, stage) => sum + GPU_LAYERS[stage.kind].work(stage), 0);
  }

  step(): PlannedDispatch[] {
    const { population, runs, batchSize, sampleLosses, stages } = this;
    const { outputs } = traceModel(population.model);
    this.need("samples", (runs * batchSize * SAMPLE_BYTES) / 4);
    this.need(sampleLosses, 2 * runs * batchSize);
    this.need("mixedTargets", runs * batchSize * outputs);
    this.need("gradients", runs * this.parameterStride);
    this.need("none", 4);
    const logits = this.stored(stages[stages.length - 1]);
    const sampling = this.withRuns(sampleKernel, sampleGrid(batchSize, runs), "samples");
    return [
      {
        ...sampling,
        specialization: { ...sampling.specialization, prelude: samplePrelude(this.population) },
      },
      ...this.mix(population.data.dimensions, outputs),
      ...this.forward({ kind: "batch", count: batchSize }),
      this.withRuns(lossKernel, lossGrid(batchSize, runs), "mixedTargets", sampleLosses, logits),
      ...this.backward(),
      this.withRuns(
        optimizerKernel,
        optimizerGrid(this.parameterStride, runs),
        "gradients",
        "parameters",
        "moments",
      ),
      this.withRuns(advanceKernel, advanceGrid(runs), sampleLosses),
    ];
  }

  evaluation(): PlannedDispatch[] {
    const { runs, stages } = this;
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
      if (!this.isMixedOnTheWay(stage))
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
    const name = this.deltaOf.get(stage);
    if (name === undefined) throw new Error(`Stage ${stage.id} has no deltas yet.`);
    return name;
  }

  previous(stage: Stage): Outgoing | undefined {
    if (isInput(stage)) return undefined;
    const known = this.deltaOf.get(stage);
    if (known !== undefined) return { buffer: known, adds: true };
    const buffer = feedsDense(stage) ? this.stored(stage) : this.deltaBuffer(stage);
    this.deltaOf.set(stage, buffer);
    return { buffer, adds: false };
  }

  addsGradients(layer: string): boolean {
    const adds = this.written.has(layer);
    this.written.add(layer);
    return adds;
  }

  /** A buffer for a stage's deltas: its reader's own where that has no more use for it, one that is idle, or a new one. */
  private deltaBuffer(stage: Stage): string {
    const [reader] = stage.readers;
    const takesOver =
      stage.readers.length === 1 &&
      reader.kind === "add" &&
      reader.inputs[0] === stage &&
      reader.inputs[1] !== stage &&
      stage.activation === undefined;
    if (takesOver) {
      const buffer = this.deltas(reader);
      this.deltaOf.delete(reader);
      this.deltaOf.set(reader, buffer);
      return buffer;
    }
    const numbers = this.runs * this.batchSize * stage.size;
    const sizeOf = (name: string) => this.numbers.get(name)!;
    // The one that fits best: the smallest that is large enough, else the largest.
    this.idle.sort((a, b) => sizeOf(a) - sizeOf(b));
    const at = this.idle.findIndex((name) => sizeOf(name) >= numbers);
    const [taken] = this.idle.splice(at < 0 ? this.idle.length - 1 : at, 1);
    return this.need(taken ?? `deltas.${[...this.numbers.keys()].filter(isDeltas).length}`, numbers);
  }

  /** Mixed targets, and points where the first layer does not mix them itself. */
  private mix(dimensions: number, outputs: number): PlannedDispatch[] {
    const { population, runs, stages, batchSize } = this;
    const { augmentation } = population;
    const smooths = population.runs.some(({ labelSmoothing }) => labelSmoothing > 0);
    return stages.filter(isInput).flatMap((stage): PlannedDispatch[] => {
      const points =
        stage.kind === PARTNER_INPUT
          ? MIX_POINTS.partners
          : this.isMixedOnTheWay(stage)
            ? MIX_POINTS.none
            : MIX_POINTS.mixed;
      if (stage.kind === PARTNER_INPUT && this.isMixedOnTheWay(stage)) return [];
      const columns = points === MIX_POINTS.none ? 0 : dimensions;
      const stored =
        points === MIX_POINTS.none ? "none" : this.need(storedInput(stage), runs * batchSize * dimensions);
      return [
        {
          kernel: mixKernel,
          specialization: {
            prelude: samplePrelude(this.population),
            overrides: { POINTS: points, SMOOTHS: smooths ? 1 : 0, AUGMENTS: augmentation ? 1 : 0 },
          },
          grid: mixGrid(batchSize, columns, points === MIX_POINTS.partners ? 0 : outputs, runs),
          bindings: [
            packImage(stage.shape, augmentation, fillOffset(population)),
            "samples",
            stored,
            points === MIX_POINTS.partners ? "none" : "mixedTargets",
          ],
        },
      ];
    });
  }

  /** Whether all readers of an input mix images themselves, so that mixed ones are never stored; views of images are. */
  private isMixedOnTheWay(stage: Stage): boolean {
    const { augmentation } = this.population;
    return augmentation === undefined && stage.readers.every(({ kind }) => kind === "conv2d");
  }

  private forward(rows: Rows): PlannedDispatch[] {
    const wanted = rows.kind === "batch" ? new Set(this.stages) : evaluated(this.stages);
    return this.stages
      .filter((stage) => wanted.has(stage))
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
        dispatches.push({
          kernel: batchNorm2dForwardKernel,
          specialization: { overrides: { THREADS: this.tiles.normThreads } },
          grid: batchNorm2dForwardGrid(shape[0], runs),
          bindings: [
            packBatchNorm(normalization, shape, rows.count, this, this.passOf(stage)),
            this.stored(stage),
            "parameters",
            "netState",
            name,
            "states",
          ],
        });
        return dispatches;
      });
  }

  /** Running statistics as normalizations, for an evaluation. */
  private normalizations(): PlannedDispatch[] {
    const wanted = evaluated(this.stages);
    return this.stages.flatMap((stage) => {
      const { normalization, shape } = stage;
      if (normalization === undefined || !wanted.has(stage)) return [];
      return [
        {
          kernel: batchNorm2dEvaluateKernel,
          specialization: {},
          grid: batchNorm2dEvaluateGrid(shape[0], this.runs),
          bindings: [
            packBatchNorm(normalization, shape, this.rows, this),
            "parameters",
            "netState",
            `normalizations.${stage.id}`,
          ],
        },
      ];
    });
  }

  private backward(): PlannedDispatch[] {
    const { runs, stages, batchSize } = this;
    const last = stages[stages.length - 1];
    // The loss has left them in the logits' place.
    this.deltaOf.set(last, this.stored(last));
    return [...stages].reverse().flatMap((stage) => {
      // What the logits don't depend on: a partners' pass beyond the last mixing point.
      if (!this.deltaOf.has(stage)) return [];
      const { shape, normalization } = stage;
      const dispatches: PlannedDispatch[] = [];
      if (normalization !== undefined) {
        dispatches.push({
          kernel: batchNorm2dBackwardKernel,
          specialization: {
            overrides: {
              THREADS: this.tiles.normThreads,
              ADDS: this.addsGradients(normalization.name) ? 1 : 0,
            },
          },
          grid: batchNorm2dBackwardGrid(shape[0], runs),
          bindings: [
            packBatchNorm(normalization, shape, batchSize, this, this.passOf(stage)),
            this.stored(stage),
            `normalizations.${stage.id}`,
            this.deltas(stage),
            "gradients",
            "netState",
            "states",
          ],
        });
      }
      const layer = GPU_LAYERS[stage.kind];
      const work = 2 * runs * batchSize * layer.work(stage);
      dispatches.push(...withWork(layer.backward(this, stage, batchSize), work));
      const buffer = this.deltas(stage);
      this.deltaOf.delete(stage);
      // Unless a stage that it read has taken it over.
      if (isDeltas(buffer) && ![...this.deltaOf.values()].includes(buffer)) this.idle.push(buffer);
      return dispatches;
    });
  }

  /** Which of the passes through its BatchNorm layer a stage is. */
  private passOf({ normalization }: Stage): { pass: number; passes: number } {
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

function isDeltas(name: string): boolean {
  return name.startsWith("deltas.");
}

function isInput({ kind }: Stage): boolean {
  return kind === INPUT || kind === PARTNER_INPUT;
}

function storedInput({ kind }: Stage): string {
  return kind === INPUT ? "mixedPoints" : "partnerPoints";
}

/** Stages that an evaluation needs: nothing is mixed there, and partners have no pass. */
function evaluated(stages: readonly Stage[]): Set<Stage> {
  const wanted = new Set<Stage>();
  const add = (stage: Stage) => {
    if (wanted.has(stage)) return;
    wanted.add(stage);
    for (const input of stage.kind === HIDDEN_MIX ? stage.inputs.slice(0, 1) : stage.inputs) add(input);
  };
  add(stages[stages.length - 1]);
  return wanted;
}
