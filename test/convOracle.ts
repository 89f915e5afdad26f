/**
 * The PyTorch cases of `fixtures/conv-oracle` as nets, batches and optimizers of ours; and how far a result is from them.
 * For tests of both backends.
 */

import {
  activationLayer,
  adam,
  adamw,
  averagePool2d,
  type Batch,
  batchNorm2d,
  conv2d,
  dense,
  flatten,
  globalAveragePool,
  type Layer,
  type Model,
  maxPool2d,
  type NamedTensors,
  type Optimizer,
  relu,
  residual,
  sequential,
  sgd,
} from "../src/index.ts";
import type { Activation } from "../src/model/layers/activation.ts";

interface OracleTensor {
  shape: number[];
  data: number[];
}

type OracleTensors = Record<string, OracleTensor>;

interface OracleOptimizer {
  kind: "sgd" | "adam" | "adamw";
  lr: number;
  momentum?: number;
  nesterov?: boolean;
  weight_decay?: number;
  betas?: [number, number];
  eps?: number;
}

interface Deviation {
  max_abs: number;
  max_rel_to_tensor_max: number;
}

export interface OracleCase {
  name: string;
  model: { layers: Record<string, unknown>[] };
  num_classes: number;
  x: OracleTensor;
  y: number[];
  pairs: { i: number[]; j: number[] };
  lambda: number[];
  boxes?: [number, number, number, number][];
  label_smoothing?: number;
  mix_after?: string;
  passes?: 1;
  steps: number;
  params: OracleTensors;
  buffers?: OracleTensors;
  optimizers: Record<string, OracleOptimizer>;
  expected: {
    loss: number;
    per_example_loss: OracleTensor;
    logits: OracleTensor;
    grads: OracleTensors;
    buffers_after_1_forward?: OracleTensors;
    optimizers: Record<
      string,
      {
        losses_before_each_step: number[];
        params_after: OracleTensors;
        buffers_after?: OracleTensors;
        eval_logits_on_x: OracleTensor;
      }
    >;
  };
  float32_torch_deviation: Record<string, Deviation>;
}

const PATH = "fixtures/conv-oracle/cases.json.gz";

/** All cases; in Node or in a page. */
export async function oracleCases(): Promise<OracleCase[]> {
  const url = new URL(PATH, import.meta.url);
  const bytes =
    url.protocol === "file:"
      ? new Uint8Array(await (await import("node:fs/promises")).readFile(url))
      : new Uint8Array(await (await fetch(url)).arrayBuffer());
  // A server may have undone the compression on its way.
  if (bytes[0] !== 0x1f) return JSON.parse(new TextDecoder().decode(bytes));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

/** A case's net, under the same names. */
export function oracleModel({ model, x }: OracleCase): Model {
  const layers = model.layers.map((layer, index): Layer => {
    const {
      op,
      fn,
      in: inputs,
      out,
      k,
      stride,
      pad,
      bias,
      groups,
      c: _c,
      eps,
      momentum,
    } = layer as {
      op: string;
      fn: string;
      in: number;
      out: number;
      k: number;
      stride?: number;
      pad?: number;
      bias?: boolean;
      groups?: number;
      c?: number;
      eps?: number;
      momentum?: number;
    };
    const name = (layer.name as string | undefined) ?? `${op}_${index}`;
    const convolution = (name: string | undefined, channels: number, kernel: number, stride: number) =>
      conv2d(channels, { name, kernel, stride, padding: (kernel - 1) / 2, bias: false });
    switch (op) {
      case "conv":
        return conv2d(out, { name, kernel: k, stride, padding: pad, groups, bias: bias ?? false });
      case "bn":
        return batchNorm2d({ name, epsilon: eps, momentum });
      case "act":
        return activationLayer(fn as Activation, { name });
      case "maxpool":
        return maxPool2d({ name, kernel: k, stride, padding: pad });
      case "avgpool":
        return averagePool2d({ name, kernel: k, stride });
      case "gap":
        return globalAveragePool({ name });
      case "flatten":
        return flatten({ name });
      case "linear":
        return dense(out, { name });
      case "basic_block": {
        const projected = stride !== 1 || inputs !== out;
        return residual(
          [
            convolution("conv1", out, 3, stride ?? 1),
            batchNorm2d({ name: "bn1" }),
            relu(),
            convolution("conv2", out, 3, 1),
            batchNorm2d({ name: "bn2" }),
          ],
          {
            name,
            shortcut: projected
              ? [convolution("conv", out, 1, stride ?? 1), batchNorm2d({ name: "bn" })]
              : [],
          },
        );
      }
      default:
        throw new Error(`The oracle has a layer ${op}.`);
    }
  });
  return sequential(x.shape.slice(1), layers);
}

/** PyTorch's name of a tensor in ours: a block's shortcut has a place of its own. */
const ours = (name: string) =>
  name.replace(".shortcut_conv.", ".shortcut.conv.").replace(".shortcut_bn.", ".shortcut.bn.");

export function tensors(named: OracleTensors | undefined): NamedTensors {
  return Object.fromEntries(
    Object.entries(named ?? {}).map(([name, { shape, data }]) => [
      ours(name),
      { shape, data: Float64Array.from(data) },
    ]),
  );
}

export function oracleParameters({ params, buffers }: OracleCase): NamedTensors {
  return { ...tensors(params), ...tensors(buffers) };
}

export function oracleBatch(oracle: OracleCase): Batch {
  const { x, y, pairs, lambda, boxes, label_smoothing, mix_after, passes } = oracle;
  return {
    points: x.data,
    labels: y,
    first: pairs.i,
    partners: pairs.j,
    lambdas: lambda,
    ...(boxes && { boxes }),
    ...(label_smoothing && { labelSmoothing: label_smoothing }),
    ...(mix_after && { hidden: { after: mix_after, passes: passes === 1 ? "one" : "two" } }),
  };
}

export function oracleOptimizer({
  kind,
  lr,
  momentum,
  nesterov,
  weight_decay,
  betas,
  eps,
}: OracleOptimizer): Optimizer {
  if (kind === "sgd") return sgd({ learningRate: lr, momentum, nesterov, weightDecay: weight_decay });
  const make = kind === "adam" ? adam : adamw;
  return make({
    learningRate: lr,
    beta1: betas?.[0],
    beta2: betas?.[1],
    epsilon: eps,
    weightDecay: weight_decay,
  });
}

/** Largest error of a tensor, in units of its largest value. */
export function tensorError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let error = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    error = Math.max(error, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
    if (!Number.isFinite(actual[i])) return Number.POSITIVE_INFINITY;
  }
  // A bias before BatchNorm has no gradient at all: compared as it is.
  return largest < 1e-9 ? error : error / largest;
}

/** Largest error over tensors by name. */
export function tensorsError(actual: NamedTensors, expected: NamedTensors): number {
  return Math.max(
    0,
    ...Object.entries(expected).map(([name, { data }]) =>
      actual[name] === undefined ? Number.POSITIVE_INFINITY : tensorError(actual[name].data, data),
    ),
  );
}
