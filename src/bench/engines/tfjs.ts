/**
 * TensorFlow.js on its webgpu, webgl and wasm backends, used as its own guides do: variables, its Adam, its softmax
 * cross-entropy, `minimize` in a `tidy`. It has no way to train several nets at once, so a population is a loop.
 */

import type * as Core from "@tensorflow/tfjs-core";
import { initialParameters } from "../../model/initialization.ts";
import { BatchDrawer, type StepBatch } from "../batches.ts";
import { mixtureBatch } from "../mixtures.ts";
import { type PairwiseWorkload, populationOf, type TrainingWorkload } from "../workload.ts";
import { type Engine, NotOffered, type Task } from "./engine.ts";
import { tfjsNet } from "./tfjsNet.ts";

export type TfjsBackend = "webgpu" | "webgl" | "wasm";

/** Larger than any squared distance here: what a pair that does not count is given. */
const FAR = 1e30;
/** Rows of the pairwise workload that are tried first. */
const PROBE_ROWS = 100;

export async function openTfjs(backend: TfjsBackend): Promise<Engine> {
  const tf = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-core/dist/register_all_gradients");
  await loadBackend(backend);
  // Its threads are made from its own source text, which no bundler leaves as it was; SIMD is kept.
  if (backend === "wasm") tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  if (!(await tf.setBackend(backend)))
    throw new Error(`TensorFlow.js could not start its ${backend} backend.`);
  await tf.ready();
  return {
    async start(workload) {
      switch (workload.kind) {
        case "training":
          return startTraining(tf, workload);
        case "pairwise":
          return startPairwise(tf, workload);
        case "classifier":
          throw new NotOffered("TensorFlow.js has no incomplete beta function, which h_eps needs.");
      }
    },
    destroy() {},
  };
}

async function loadBackend(backend: TfjsBackend): Promise<void> {
  if (backend === "webgpu") await import("@tensorflow/tfjs-backend-webgpu");
  else if (backend === "webgl") await import("@tensorflow/tfjs-backend-webgl");
  else {
    const [{ setWasmPaths }, plain, simd] = await Promise.all([
      import("@tensorflow/tfjs-backend-wasm"),
      import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url"),
      import("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url"),
    ]);
    setWasmPaths({
      "tfjs-backend-wasm.wasm": plain.default,
      "tfjs-backend-wasm-simd.wasm": simd.default,
      // It insists on a path for this one too, and does not use it.
      "tfjs-backend-wasm-threaded-simd.wasm": simd.default,
    });
  }
}

/** A net in training. */
interface Trainee {
  readonly variables: Core.Variable[];
  readonly optimizer: Core.Optimizer;
}

function startTraining(tf: typeof Core, workload: TrainingWorkload): Task {
  const population = populationOf(workload);
  const { data, model, batchSize, batch, runs } = population;
  const drawer = new BatchDrawer(population);
  const net = tfjsNet(tf, model);
  const points = net.points(data.points, data.size);
  const targets = tf.tensor2d(data.targets, [data.size, data.targetSize]);
  const nets: Trainee[] = runs.map(({ seed, optimizer }) => {
    const { learningRate, beta1, beta2, epsilon } = optimizer;
    return {
      variables: net.variables(initialParameters(model, seed)),
      optimizer: tf.train.adam(learningRate, beta1, beta2, epsilon),
    };
  });
  let batches: StepBatch[] = [];

  const blend = (
    rows: Core.Tensor2D,
    first: Core.Tensor1D | undefined,
    partners: Core.Tensor1D,
    lambda: number,
  ) =>
    tf.add(
      tf.mul(first === undefined ? rows : tf.gather(rows, first), lambda),
      tf.mul(tf.gather(rows, partners), 1 - lambda),
    ) as Core.Tensor2D;
  const step = ({ variables, optimizer }: Trainee, r: number, drawn: StepBatch) =>
    tf.tidy(() => {
      const own = (indices: Int32Array) =>
        tf.tensor1d(indices.subarray(r * batchSize, (r + 1) * batchSize), "int32");
      const first = batch === "full" ? undefined : own(drawn.first);
      const partners = own(drawn.partners);
      optimizer.minimize(
        () => {
          const x = blend(points, first, partners, drawn.lambdas[r]);
          const y = blend(targets, first, partners, drawn.lambdas[r]);
          return tf.losses.softmaxCrossEntropy(y, net.logits(variables, x)) as Core.Scalar;
        },
        false,
        variables,
      );
    });

  return {
    multiple: 1,
    prepare(steps) {
      batches = drawer.draw(steps);
    },
    async run() {
      for (const drawn of batches) for (const [r, trainee] of nets.entries()) step(trainee, r, drawn);
      // Queues are in order: when what was written last can be read, all is done. The wasm backend is done already.
      await nets[nets.length - 1].variables.at(-1)!.data();
    },
    async output() {
      return concatenate(await Promise.all(nets.map(({ variables }) => net.parameters(variables))));
    },
    destroy() {},
  };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** |x - z|^2 = |x|^2 + |z|^2 - 2 x z, the product by `matMul`, as anyone would with a tensor library. */
function startPairwise(tf: typeof Core, workload: PairwiseWorkload): Task {
  const batch = mixtureBatch(workload);
  const { size, dimensions } = batch;
  const points = tf.tensor2d(batch.points, [size, dimensions]);
  const labels = tf.tensor1d(batch.labels, "int32");
  const mixed = tf.tensor2d(batch.mixed, [size, dimensions]);
  const firstLabels = tf.tensor1d(batch.firstLabels, "int32");
  const partnerLabels = tf.tensor1d(batch.partnerLabels, "int32");
  let nearest: Core.Tensor | undefined;

  const distances = (rows: Core.Tensor2D, rowLabels: Core.Tensor1D) =>
    tf.tidy(() => {
      const products = tf.matMul(rows, mixed, false, true);
      const own = tf.expandDims(tf.sum(tf.square(rows), 1), 1);
      const other = tf.expandDims(tf.sum(tf.square(mixed), 1), 0);
      const squares = tf.sub(tf.add(own, other), tf.mul(products, 2));
      const label = tf.expandDims(rowLabels, 1);
      const same = tf.logicalOr(
        tf.equal(label, tf.expandDims(firstLabels, 0)),
        tf.equal(label, tf.expandDims(partnerLabels, 0)),
      );
      return tf.min(tf.where(same, tf.fill([1, 1], FAR), squares), 1);
    });

  return {
    multiple: 1,
    prepare() {},
    async probe() {
      const rows = Math.min(PROBE_ROWS, size);
      const [few, fewLabels] = [tf.slice(points, 0, rows), tf.slice(labels, 0, rows)];
      const part = distances(few as Core.Tensor2D, fewLabels as Core.Tensor1D);
      await part.data();
      tf.dispose([few, fewLabels, part]);
      return rows / size;
    },
    async run(steps) {
      for (let step = 0; step < steps; step++) {
        nearest?.dispose();
        nearest = distances(points, labels);
        await nearest.data();
      }
    },
    output: async () => (await nearest!.data()) as Float32Array,
    destroy() {},
  };
}
