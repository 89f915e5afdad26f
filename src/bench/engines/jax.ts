/**
 * jax-js on its webgpu and wasm backends, used as JAX is: one jitted step of loss, gradients and Adam (it has no
 * optimizer of its own on the registry), a population by `vmap` over stacked parameters.
 */

import type { Array as JaxArray } from "@jax-js/jax";
import { initialParameters } from "../../model/initialization.ts";
import { parameterLayout } from "../../model/layout.ts";
import { BatchDrawer, type StepBatch } from "../batches.ts";
import { mixtureBatch } from "../mixtures.ts";
import { type PairwiseWorkload, populationOf, type TrainingWorkload } from "../workload.ts";
import { type Engine, NotOffered, type Task } from "./engine.ts";
import { jaxLogits } from "./jaxNet.ts";

type Jax = typeof import("@jax-js/jax");
export type JaxDevice = "webgpu" | "wasm";

const FAR = 1e30;
const PROBE_ROWS = 100;

export async function openJax(device: JaxDevice): Promise<Engine> {
  const jax = await import("@jax-js/jax");
  if (!(await jax.init(device)).includes(device))
    throw new Error(`jax-js could not start its ${device} backend.`);
  jax.defaultDevice(device);
  return {
    async start(workload) {
      switch (workload.kind) {
        case "training":
          return startTraining(jax, device, workload);
        case "pairwise":
          return startPairwise(jax, device, workload);
        case "classifier":
          throw new NotOffered("jax-js has no incomplete beta function, which h_eps needs.");
      }
    },
    destroy() {},
  };
}

/** Resolves when the arrays are computed, on the device too. Does not consume them. */
async function settle(jax: Jax, device: JaxDevice, arrays: JaxArray[]): Promise<void> {
  // blockUntilReady reads no bytes, so on webgpu it is the queue that tells.
  await jax.blockUntilReady(arrays);
  if (device === "webgpu") await jax.getWebGPUDevice().queue.onSubmittedWorkDone();
}

function startTraining(jax: Jax, device: JaxDevice, workload: TrainingWorkload): Task {
  const { numpy: np, nn } = jax;
  const population = populationOf(workload);
  const { data, model, batchSize, batch, runs } = population;
  const { learningRate, beta1, beta2, epsilon } = runs[0].optimizer;
  const R = runs.length;
  const drawer = new BatchDrawer(population);
  const { tensors } = parameterLayout(model);
  const flats = runs.map(({ seed }) => initialParameters(model, seed));
  // A population has the run as first axis; a single net has none.
  const stacked = R > 1;
  const shapeOf = (shape: readonly number[]) => (stacked ? [R, ...shape] : [...shape]);
  let parameters: JaxArray[] = tensors.map(({ shape, offset, size }) => {
    const values = new Float32Array(R * size);
    flats.forEach((flat, r) => {
      values.set(flat.subarray(offset, offset + size), r * size);
    });
    return np.array(values).reshape(shapeOf(shape));
  });
  let firstMoments = tensors.map(({ shape }) => np.zeros(shapeOf(shape)));
  let secondMoments = tensors.map(({ shape }) => np.zeros(shapeOf(shape)));
  const points = np.array(data.points).reshape([data.size, data.dimensions]);
  const targets = np.array(data.targets).reshape([data.size, data.targetSize]);

  const blend = (rows: JaxArray, first: JaxArray | undefined, partners: JaxArray, lambda: JaxArray) => {
    const partner = np.take(rows.ref, partners, 0).mul(np.subtract(1, lambda.ref));
    return (first === undefined ? rows : np.take(rows, first, 0)).mul(lambda).add(partner);
  };
  const logitsOf = jaxLogits(jax, model);
  const loss = (net: JaxArray[], x: JaxArray, y: JaxArray): JaxArray =>
    nn.logSoftmax(logitsOf(net, x), -1).mul(y).sum(-1).mean().neg();
  /** Loss and gradients of one net on one batch. */
  const differentiate = (
    net: JaxArray[],
    x: JaxArray,
    y: JaxArray,
    first: JaxArray,
    partners: JaxArray,
    lambda: JaxArray,
  ) => {
    let own: JaxArray | undefined = first;
    if (batch === "full") {
      first.dispose();
      own = undefined;
    }
    const mixedPoints = blend(x, own?.ref, partners.ref, lambda.ref);
    const mixedTargets = blend(y, own, partners, lambda);
    return jax.valueAndGrad(loss)(net, mixedPoints, mixedTargets);
  };
  const all = stacked ? jax.vmap(differentiate, [0, null, null, 0, 0, 0]) : differentiate;
  const step = jax.jit(
    (
      net: JaxArray[],
      m: JaxArray[],
      v: JaxArray[],
      corrections: JaxArray,
      x: JaxArray,
      y: JaxArray,
      first: JaxArray,
      partners: JaxArray,
      lambda: JaxArray,
    ) => {
      const [value, gradients] = all(
        net.map((p) => p.ref),
        x,
        y,
        first,
        partners,
        lambda,
      ) as [JaxArray, JaxArray[]];
      const [correction1, correction2] = np.split(corrections, 2);
      const nextM = m.map((moment, i) => moment.mul(beta1).add(gradients[i].ref.mul(1 - beta1)));
      const nextV = v.map((moment, i) => moment.mul(beta2).add(np.square(gradients[i]).mul(1 - beta2)));
      const next = net.map((p, i) => {
        const root = np.sqrt(nextV[i].ref.div(correction2.ref)).add(epsilon);
        return p.sub(nextM[i].ref.div(correction1.ref).div(root).mul(learningRate));
      });
      correction1.dispose();
      correction2.dispose();
      return [next, nextM, nextV, value];
    },
  );

  let t = 0;
  let batches: StepBatch[] = [];
  return {
    multiple: 1,
    prepare(steps) {
      batches = drawer.draw(steps);
    },
    async run() {
      let value: JaxArray | undefined;
      for (const { first, partners, lambdas } of batches) {
        t++;
        value?.dispose();
        const indices = (drawn: Int32Array) => {
          const array = np.array(drawn, { dtype: np.int32 });
          return stacked ? array.reshape([R, batchSize]) : array;
        };
        const corrections = np.array(Float32Array.of(1 - beta1 ** t, 1 - beta2 ** t));
        const lambda = stacked ? np.array(lambdas) : np.array(lambdas).reshape([]);
        let rest: JaxArray[];
        [parameters, firstMoments, secondMoments, ...rest] = step(
          parameters,
          firstMoments,
          secondMoments,
          corrections,
          points.ref,
          targets.ref,
          indices(first),
          indices(partners),
          lambda,
        ) as unknown as [JaxArray[], JaxArray[], JaxArray[], JaxArray];
        value = rest[0];
      }
      await settle(jax, device, [...parameters, ...firstMoments, ...secondMoments, value!]);
      value?.dispose();
    },
    async output() {
      const parts = await Promise.all(parameters.map((p) => p.ref.data() as Promise<Float32Array>));
      const P = flats[0].length;
      const flat = new Float32Array(R * P);
      tensors.forEach(({ offset, size }, i) => {
        for (let r = 0; r < R; r++) flat.set(parts[i].subarray(r * size, (r + 1) * size), r * P + offset);
      });
      return flat;
    },
    destroy() {},
  };
}

/** |x - z|^2 = |x|^2 + |z|^2 - 2 x z, jitted. */
function startPairwise(jax: Jax, device: JaxDevice, workload: PairwiseWorkload): Task {
  const { numpy: np } = jax;
  const batch = mixtureBatch(workload);
  const { size, dimensions } = batch;
  const points = np.array(batch.points).reshape([size, dimensions]);
  const mixed = np.array(batch.mixed).reshape([size, dimensions]);
  const integers = (values: Int32Array) => np.array(values, { dtype: np.int32 });
  const labels = integers(batch.labels);
  const firstLabels = integers(batch.firstLabels);
  const partnerLabels = integers(batch.partnerLabels);
  const distances = jax.jit(
    (rows: JaxArray, rowLabels: JaxArray, z: JaxArray, firsts: JaxArray, partners: JaxArray) => {
      const N = rows.shape[0];
      const own = np.square(rows.ref).sum(1).reshape([N, 1]);
      const other = np.square(z.ref).sum(1).reshape([1, size]);
      const products = np.matmul(rows, z.transpose());
      const squares = own.add(other).sub(products.mul(2));
      const label = rowLabels.reshape([N, 1]);
      const same = np.logicalOr(
        np.equal(label.ref, firsts.reshape([1, size])),
        np.equal(label, partners.reshape([1, size])),
      );
      return np.min(np.where(same, FAR, squares), 1);
    },
  );
  const compute = async (rows: JaxArray, rowLabels: JaxArray) => {
    const result = distances(rows, rowLabels, mixed.ref, firstLabels.ref, partnerLabels.ref);
    await settle(jax, device, [result]);
    return result;
  };
  let nearest: JaxArray | undefined;
  return {
    multiple: 1,
    prepare() {},
    async probe() {
      const rows = Math.min(PROBE_ROWS, size);
      const few = np.array(batch.points.slice(0, rows * dimensions)).reshape([rows, dimensions]);
      (await compute(few, integers(batch.labels.slice(0, rows)))).dispose();
      return rows / size;
    },
    async run(steps) {
      for (let step = 0; step < steps; step++) {
        nearest?.dispose();
        nearest = await compute(points.ref, labels.ref);
      }
    },
    output: async () => (await nearest!.ref.data()) as Float32Array,
    destroy() {},
  };
}
