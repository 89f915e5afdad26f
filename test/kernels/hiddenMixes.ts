/** What the tests of hidden mixing share: a batch's samples, and the reference's results. */

import { SAMPLE_BYTES } from "../../src/kernels/step/sample.ts";
import { HIDDEN_MIX, type HiddenMix } from "../../src/model/trace.ts";
import { REFERENCE_LAYERS } from "../../src/reference/layers/kinds.ts";
import type { Value } from "../../src/reference/layers/layer.ts";
import { randomNumbers } from "./harness.ts";

export const [R, B, SIZE, PLACE] = [2, 7, 9, 1];

/** Every third sample is mixed elsewhere; partners are a permutation of the rows. */
export const lambdas = randomNumbers(1, R * B).map((x) => 0.5 + 0.5 * x);
export const places = Array.from({ length: R * B }, (_, i) => (i % 3 === 2 ? 0 : PLACE));
export const partnerRows = Array.from({ length: R * B }, (_, i) => (3 * (i % B) + Math.floor(i / B)) % B);
export const firsts = randomNumbers(2, R * B * SIZE);
export const partners = randomNumbers(3, R * B * SIZE);
export const deltas = randomNumbers(4, R * B * SIZE);

/** The samples as the kernels read them. */
export function packedSamples(): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array((R * B * SAMPLE_BYTES) / 4);
  const reals = new Float32Array(words.buffer);
  for (let i = 0; i < R * B; i++) {
    reals[8 * i + 2] = lambdas[i];
    words.set([partnerRows[i], places[i]], 8 * i + 6);
  }
  return words;
}

/** Run r by the reference, in one pass or two. */
export function reference(r: number, onePass: boolean) {
  const part = (all: ArrayLike<number>, size: number) =>
    Array.from(all).slice(r * B * size, (r + 1) * B * size);
  const value = (data: number[]): Value => ({
    shape: [SIZE],
    size: SIZE,
    isInput: false,
    data: Float64Array.from(data),
    delta: new Float64Array(B * SIZE),
  });
  const first = value(part(firsts, SIZE));
  const partner = value(part(partners, SIZE));
  const y = value(part(firsts, SIZE));
  y.delta.set(part(deltas, SIZE));
  const layer: HiddenMix = { kind: HIDDEN_MIX, place: PLACE };
  const operation = {
    kind: HIDDEN_MIX,
    name: "mix",
    layer,
    inputs: [],
    output: 0,
    parameters: {},
    state: {},
  };
  const own = REFERENCE_LAYERS[HIDDEN_MIX](operation, onePass ? [first] : [first, partner], y, 0);
  const hidden = {
    places: part(places, 1),
    lambdas: part(lambdas, 1),
    partnerRows: part(partnerRows, 1),
  };
  const pass = {
    count: B,
    parameters: new Float64Array(0),
    state: new Float64Array(0),
    training: { seed: 0, step: 0, hidden },
  };
  own.forward(pass);
  own.backward(pass, new Float64Array(0));
  return { outputs: y.data, firsts: first.delta, partners: partner.delta };
}

/** All runs' numbers of one kind. */
export function references(onePass: boolean, what: "outputs" | "firsts" | "partners"): number[] {
  return Array.from({ length: R }, (_, r) => [...reference(r, onePass)[what]]).flat();
}
