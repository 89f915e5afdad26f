/** The contrastive loss in float64: unit values, finite differences with weights, and the edges. */

import { describe, expect, it } from "vitest";
import { contrastive } from "../../src/model/loss.ts";
import { contrastiveLoss } from "../../src/reference/contrastive.ts";
import UNITS from "../fixtures/methods/pairs.json" with { type: "json" };

const { u, v, temperature, weights, ...expected } = UNITS.twoTowers;
const H = u[0].length;
const B = u.length;
const logits = Float64Array.from(u.flatMap((row, b) => [...row, ...v[b]]));
const NO_TARGETS = new Float64Array(0);

/** Weighted mean loss, losses and gradient. */
function computed(
  z: Float64Array,
  own: ArrayLike<number>,
  options: Parameters<typeof contrastive>[0],
  width = 2 * H,
) {
  const loss = contrastiveLoss(contrastive(options));
  const losses = new Float64Array(own.length);
  const deltas = new Float64Array(z.length).fill(Number.NaN);
  loss.values(z, NO_TARGETS, losses, width);
  loss.deltas(z, NO_TARGETS, Float64Array.from(own), width, deltas);
  const mean = losses.reduce((sum, value, b) => sum + own[b] * value, 0) / own.length;
  return { mean, losses, deltas };
}

function halves(deltas: Float64Array): [Float64Array, Float64Array] {
  const half = (which: number) => deltas.filter((_, i) => Math.floor((i % (2 * H)) / H) === which);
  return [half(0), half(1)];
}

function expectNear(actual: ArrayLike<number>, wanted: readonly number[], limit = 1e-10) {
  const largest = Math.max(...wanted.map(Math.abs));
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs(actual[i] - value) / largest, `[${i}]`).toBeLessThan(limit);
  });
}

describe("contrastive", () => {
  it("matching: the unit value, and its gradients by both towers", () => {
    const { mean, deltas } = computed(logits, weights, { temperature });
    const [byFirst, bySecond] = halves(deltas);
    expectNear([mean], [expected.matching]);
    expectNear(byFirst, expected.matchingGradientU.flat());
    expectNear(bySecond, expected.matchingGradientV.flat());
  });

  it("complementary: the unit value, and its gradient", () => {
    const ones = new Array(B).fill(1);
    const plain = computed(logits, ones, { temperature });
    const both = computed(logits, ones, { temperature, complementary: 1 });
    expectNear([both.mean - plain.mean], [expected.complementary]);
    const [byFirst] = halves(both.deltas.map((value, i) => value - plain.deltas[i]));
    expectNear(byFirst, expected.complementaryGradientU.flat());
  });

  it("gradients are finite differences of what does not stand still, weights and all", () => {
    // c_ij is a constant of the complementary loss: without it alone there are differences to be taken.
    const { deltas } = computed(logits, weights, { temperature });
    const differences = logits.map((_, i) => {
      const at = (h: number) => {
        const moved = logits.slice();
        moved[i] += h;
        return computed(moved, weights, { temperature }).mean;
      };
      return (8 * (at(5e-4) - at(-5e-4)) - (at(1e-3) - at(-1e-3))) / 6e-3;
    });
    expectNear(deltas, Array.from(differences), 1e-8);
  });

  it("a pair alone has loss and gradient 0", () => {
    const { mean, deltas } = computed(logits.slice(0, 2 * H), [1], { temperature, complementary: 1 });
    expect(mean).toBe(0);
    expect(Array.from(deltas, Math.abs)).toEqual(new Array(2 * H).fill(0));
  });

  it("a pair far ahead of all others keeps the digits of its loss", () => {
    // Cosines of 1 and -1 at temperature 0.05: both losses are log(1 + exp(-40)).
    const { losses } = computed(Float64Array.of(1, 1, -1, -1), [1, 1], { temperature: 0.05 }, 2);
    for (const loss of losses) expect(Math.abs(loss / Math.exp(-40) - 1)).toBeLessThan(1e-12);
  });

  it("what does not match and is all but certain counts as 0.999, and pulls at nothing", () => {
    // Each first is where the other's second is.
    const { mean, deltas } = computed(
      Float64Array.of(1, -1, -1, 1),
      [1, 1],
      { temperature: 0.05, complementary: 1 },
      2,
    );
    expect(mean).toBeCloseTo(40 + Math.log(1000), 9);
    expect(deltas.every(Number.isFinite)).toBe(true);
  });

  it("a row of zeros is divided by the shortest length there is", () => {
    const zero = logits.map((value, i) => (i < H ? 0 : value));
    const { mean, deltas } = computed(zero, weights, { temperature });
    expect(Number.isFinite(mean)).toBe(true);
    expect(deltas.every(Number.isFinite)).toBe(true);
  });

  it.each([
    [{ temperature: 0 }, "loss.temperature"],
    [{ temperature: -1 }, "loss.temperature"],
    [{ temperature: Number.NaN }, "loss.temperature"],
    [{ temperature: 1e-45 }, "loss.temperature"],
    [{}, "loss.temperature"],
    [{ temperature: 1, complementary: -0.1 }, "loss.complementary"],
    [{ temperature: 1, complementary: Number.POSITIVE_INFINITY }, "loss.complementary"],
    [{ temperature: 1, tau: 2 }, "loss.tau"],
  ])("refuses %j", (options, path) => {
    expect(() => contrastive(options as { temperature: number })).toThrowError(
      expect.objectContaining({ path }),
    );
  });
});
