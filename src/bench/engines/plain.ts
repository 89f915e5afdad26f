/** The engine `plain`: plain TypeScript loops on one CPU core, in this browser. */

import { initialParameters } from "../../model/initialization.ts";
import { perceptron } from "../../model/perceptron.ts";
import { evaluateClassifier, planClassifier } from "../../theory/classifier/optimalClassifier.ts";
import { BatchDrawer, type StepBatch } from "../batches.ts";
import { mixtureBatch } from "../mixtures.ts";
import { plainLayeredNet } from "../plainLayeredNet.ts";
import { plainNet } from "../plainNet.ts";
import {
  type ClassifierWorkload,
  classifierRequest,
  type PairwiseWorkload,
  populationOf,
  type TrainingWorkload,
} from "../workload.ts";
import type { Engine, Task } from "./engine.ts";

export async function openPlain(): Promise<Engine> {
  return {
    async start(workload) {
      switch (workload.kind) {
        case "training":
          return startTraining(workload);
        case "classifier":
          return startClassifier(workload);
        case "pairwise":
          return startPairwise(workload);
      }
    },
    destroy() {},
  };
}

function startTraining(workload: TrainingWorkload): Task {
  const population = populationOf(workload);
  const { data, model, batchSize, runs } = population;
  const drawer = new BatchDrawer(population);
  const sizes = perceptron(model)?.sizes;
  const nets = runs.map(({ seed, optimizer: { learningRate } }) => {
    const first = initialParameters(model, seed);
    return sizes === undefined
      ? plainLayeredNet(model, batchSize, learningRate, first)
      : plainNet(sizes, learningRate, first);
  });
  let batches: StepBatch[] = [];
  return {
    multiple: 1,
    prepare(steps) {
      batches = drawer.draw(steps);
    },
    async run() {
      // A net after the other: the population's nets know nothing of each other, and one stays in the cache.
      nets.forEach((net, r) => {
        for (const { first, partners, lambdas } of batches) {
          net.step(data.points, data.targets, lambdas[r], first, partners, r * batchSize, batchSize);
        }
      });
    },
    async output() {
      const P = nets[0].parameters.length;
      const all = new Float32Array(nets.length * P);
      nets.forEach(({ parameters }, r) => {
        all.set(parameters, r * P);
      });
      return all;
    },
    destroy() {},
  };
}

/** The library's own float64 reference: the same algorithm on the CPU, which skips pairs that are out of reach. */
function startClassifier(workload: ClassifierWorkload): Task {
  const plan = planClassifier(classifierRequest(workload));
  let probabilities: Float64Array = new Float64Array();
  return {
    multiple: 1,
    prepare() {},
    async run(steps) {
      for (let step = 0; step < steps; step++) ({ probabilities } = evaluateClassifier(plan));
    },
    output: async () => probabilities,
    destroy() {},
  };
}

/** All distances, one pair after the other; pairs of a class that the mixed point has are left out. */
function startPairwise(workload: PairwiseWorkload): Task {
  const { points, labels, mixed, firstLabels, partnerLabels, size, dimensions } = mixtureBatch(workload);
  const nearest = new Float32Array(size);
  return {
    multiple: 1,
    prepare() {},
    async run(steps) {
      for (let step = 0; step < steps; step++) {
        for (let n = 0; n < size; n++) {
          let smallest = Number.POSITIVE_INFINITY;
          for (let m = 0; m < size; m++) {
            if (firstLabels[m] === labels[n] || partnerLabels[m] === labels[n]) continue;
            let square = 0;
            for (let d = 0, i = n * dimensions, j = m * dimensions; d < dimensions; d++, i++, j++) {
              const difference = points[i] - mixed[j];
              square += difference * difference;
            }
            if (square < smallest) smallest = square;
          }
          nearest[n] = smallest;
        }
      }
    },
    output: async () => nearest,
    destroy() {},
  };
}
