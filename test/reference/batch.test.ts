/** Mixed batches: the blend, the weighted mean, and every gradient against finite differences. */

import { describe, expect, it } from "vitest";
import type { Sample } from "../../src/mixing/sampling.ts";
import { ACTIVATIONS } from "../../src/model/layers/activation.ts";
import { parameterLayout } from "../../src/model/layout.ts";
import { LOSSES } from "../../src/model/loss.ts";
import { linear, mlp } from "../../src/model/nets.ts";
import { symmetricUnit, threefry } from "../../src/numeric/threefry.ts";
import { batchGradients, type ExplicitBatch } from "../../src/reference/batch.ts";

/** Numbers in [-scale, scale), fixed by the seed. */
function numbers(seed: number, count: number, scale = 1): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => scale * symmetricUnit(threefry(seed, 99, 0, i)));
}

/** The parameters of a net that keeps no state. */
const stateless = (parameters: Float64Array) => ({ parameters, state: new Float64Array(0) });

const sample = (
  first: number,
  partner: number,
  featureLambda: number,
  labelLambda = featureLambda,
): Sample => ({
  first,
  partner,
  featureLambda,
  labelLambda,
});

/**
 * Five points in three dimensions, soft targets that don't sum to 1, other lambdas for labels than for
 * features.
 */
const BATCH: ExplicitBatch = {
  points: numbers(1, 15),
  targets: numbers(2, 10).map(Math.abs),
  samples: [sample(0, 4, 0.3), sample(2, 2, 0.9), sample(1, 3, 0.55, 0.2), sample(4, 0, 1)],
  weights: [1, 0.5, 2, 0],
};

describe("batchGradients", () => {
  const sizes = [
    [3, 2],
    [3, 5, 2],
    [3, 4, 6, 2],
  ];
  const cases = sizes.flatMap((layers) =>
    [true, false].flatMap((bias) =>
      LOSSES.flatMap((loss) => ACTIVATIONS.map((activation) => ({ layers, bias, loss, activation }))),
    ),
  );

  it.each(cases)(
    "gives the gradient of finite differences: $layers, bias $bias, $loss, $activation",
    (of) => {
      const model = mlp(of.layers, { activation: of.activation, bias: of.bias });
      // Cubes of small numbers are smaller: the smoothed ReLU needs larger ones to be seen at all.
      const scale = of.activation === "polynomial-relu" ? 2 : 0.8;
      const parameters = numbers(3, parameterLayout(model).size, scale);
      const { gradients } = batchGradients(model, of.loss, stateless(parameters), BATCH);
      const h = 1e-5;
      gradients.forEach((gradient, p) => {
        const at = (by: number) => {
          const moved = parameters.slice();
          moved[p] += by;
          return batchGradients(model, of.loss, stateless(moved), BATCH).loss;
        };
        const difference = (at(h) - at(-h)) / (2 * h);
        if (Math.abs(difference - gradient) > 1e-8)
          expect.fail(`parameter ${p}: ${gradient}, differences ${difference}`);
      });
      expect(gradients.some((gradient) => Math.abs(gradient) > 1e-3)).toBe(true);
    },
  );

  it("mixes as lambda s + (1 - lambda) t, lambda on the first point and label", () => {
    // The identity net with squared error shows the mixed point and target.
    const model = linear(1, 1, { bias: false });
    const { logits, sampleLosses } = batchGradients(model, "squared-error", stateless(Float64Array.of(1)), {
      points: [10, 20],
      targets: [1, 5],
      samples: [sample(0, 1, 0.25), sample(1, 0, 0.25, 0.5)],
    });
    expect([...logits]).toEqual([17.5, 12.5]);
    expect([...sampleLosses]).toEqual([(17.5 - 4) ** 2, (12.5 - 3) ** 2]);
  });

  it("divides the weighted sum by the batch size, whatever the weights", () => {
    const model = linear(3, 2);
    const parameters = numbers(4, 8);
    const { loss, sampleLosses } = batchGradients(
      model,
      "softmax-cross-entropy",
      stateless(parameters),
      BATCH,
    );
    const weighted = sampleLosses[0] + 0.5 * sampleLosses[1] + 2 * sampleLosses[2];
    expect(loss).toBeCloseTo(weighted / 4, 15);
    const { weights: _, ...unweighted } = BATCH;
    const plain = batchGradients(model, "softmax-cross-entropy", stateless(parameters), unweighted);
    expect(plain.loss).toBeCloseTo(sampleLosses.reduce((a, b) => a + b) / 4, 15);
    expect(plain.sampleLosses).toEqual(sampleLosses);
  });

  it("computes y = W x + b with W [out, in], as a hand-made net shows", () => {
    // Layer 0: W [[1, 2], [3, 4]], b [0.5, -20]; ReLU; layer 1: W [[10, 100]], b [1].
    const model = mlp([2, 2, 1]);
    const parameters = Float64Array.of(1, 2, 3, 4, 0.5, -20, 10, 100, 1);
    const { logits, gradients } = batchGradients(model, "squared-error", stateless(parameters), {
      points: [1, 2],
      targets: [50],
      samples: [sample(0, 0, 1)],
    });
    // Hidden: 5.5 and 11 - 20 < 0. Output 56; d loss / d output = 2 (56 - 50) = 12.
    expect([...logits]).toEqual([56]);
    expect([...gradients]).toEqual([120, 240, 0, 0, 120, 0, 66, 0, 12]);
  });
});
