/**
 * `analyzeCollisionsOn` on WebGPU against the float64 reference, bit for bit: results and states, also where float32
 * can't tell the mixtures apart.
 */

import { describe, expect, it } from "vitest";
import { classDataset, type Dataset } from "../../../src/data/dataset.ts";
import { alternatingLine } from "../../../src/data/lines.ts";
import { twoMoons } from "../../../src/data/moons.ts";
import { ConfigError, DeviceLostError } from "../../../src/errors.ts";
import { openDevice } from "../../../src/gpu/device.ts";
import { THEORY_VARIANTS } from "../../../src/kernels/variants.ts";
import { beta, constantLambda, uniform } from "../../../src/mixing/laws.ts";
import {
  type CollisionRequest,
  type CollisionState,
  planCollisions,
} from "../../../src/theory/collisions/collisionPlan.ts";
import {
  collisionScale,
  refineChunk,
  squareError,
} from "../../../src/theory/collisions/collisionRefinement.ts";
import { analyzeCollisions, mixChunk, readQuery } from "../../../src/theory/collisions/collisions.ts";
import { analyzeCollisionsOn } from "../../../src/theory/collisions/collisionsOn.ts";
import { hasSubgroups, testDevice } from "../../kernels/harness.ts";
import { randomPoints } from "../randomPoints.ts";

const random = (size: number, dimensions: number, classes: number, seed: number) =>
  classDataset(randomPoints({ size, dimensions, classes, seed }));

const data = random(300, 37, 5, 1);
const queries = random(141, 37, 5, 2);

/** All points moved and scaled: what float32 makes of them loses most digits, or overflows when squared. */
function moved({ points, labels, dimensions }: Dataset, scale: number, shift: number): Dataset {
  return classDataset({ points: points.map((x) => x * scale + shift), labels: labels!, dimensions });
}

const tight = random(200, 3, 4, 3);
const line = alternatingLine({ points: 10, classes: 3 });
const twice = classDataset({
  points: [...tight.points, ...tight.points],
  labels: [...tight.labels!, ...tight.labels!.map((label) => (label + 1) % 4)],
  dimensions: 3,
});

const REQUESTS: [string, CollisionRequest][] = [
  ["training points", { data, law: beta(1024), seed: 5 }],
  ["other queries, 3 epochs, odd chunk", { data, queries, law: beta(1), seed: 5, epochs: 3, chunk: 113 }],
  ["angular", { data, queries, law: beta(2, 5), seed: 6, metric: "angular" }],
  ["other class", { data, law: uniform(), seed: 8, pairing: "other-class" }],
  ["784 dimensions", { data: random(70, 784, 3, 4), law: beta(1), seed: 1, epochs: 2 }],
  [
    "two dimensions, many near ties",
    { data: twoMoons({ points: 300, separation: 0.1, seed: 1 }), law: beta(1), seed: 2 },
  ],
  ["midpoints, which come twice", { data: tight, law: constantLambda(0.5), seed: 3, epochs: 40 }],
  ["on a grid: exact ties everywhere", { data: line, law: constantLambda(0.5), seed: 3, epochs: 40 }],
  ["duplicates with different labels", { data: twice, law: beta(1), seed: 3, epochs: 2 }],
  ["far from the origin", { data: moved(tight, 1, 4096), law: beta(1), seed: 3, epochs: 3 }],
  ["far from the origin, angular", { data: moved(tight, 1, 4096), law: beta(1), seed: 3, metric: "angular" }],
  ["huge", { data: moved(tight, 1e38, 0), law: beta(1), seed: 3 }],
  ["tiny", { data: moved(tight, 1e-36, 0), law: beta(1), seed: 3 }],
];

describe("the reference's result, bit for bit", () => {
  it.each(REQUESTS)("%s", async (_name, request) => {
    const expected = await analyzeCollisions(request);
    const actual = await analyzeCollisionsOn(await testDevice(), request);
    expect(actual).toEqual(expected);
    expect(actual.collisions.length).toBeGreaterThan(0);
  });

  it("in every variant", async () => {
    const request: CollisionRequest = { data, queries, law: beta(1), seed: 5, epochs: 2, chunk: 113 };
    const expected = await analyzeCollisions(request);
    for (const collisions of THEORY_VARIANTS.collisions) {
      for (const exchange of THEORY_VARIANTS.exchange) {
        const found = analyzeCollisionsOn(await testDevice(), request, {
          variants: { collisions, exchange },
        });
        if (exchange === "subgroups" && !(await hasSubgroups()))
          await expect(found).rejects.toMatchObject({ path: "options.variants.exchange" });
        else expect(await found).toEqual(expected);
      }
    }
  });

  it("no matter how many mixtures at a time", async () => {
    const request: CollisionRequest = { data, queries, law: beta(1), seed: 5 };
    const expected = await analyzeCollisions(request);
    for (const chunk of [1, 7, 64, 1000]) {
      const part: CollisionRequest = { ...request, data: chunk === 1 ? random(20, 37, 5, 1) : data, chunk };
      const reference = chunk === 1 ? await analyzeCollisions(part) : expected;
      expect(await analyzeCollisionsOn(await testDevice(), part)).toEqual(reference);
    }
  });

  it("where no mixture may touch any query", async () => {
    const three = alternatingLine({ points: 3, classes: 2 });
    const request: CollisionRequest = { data: three, law: uniform(), pairing: "other-class", seed: 1 };
    const none = await analyzeCollisionsOn(await testDevice(), request);
    expect(Array.from(none.distances)).toEqual([Infinity, Infinity, Infinity]);
    expect([none.minimum, none.collisions.length]).toEqual([Infinity, 0]);
    expect(none.mean).toBeNaN();
  });

  it("with mixtures of length 0, which have no direction", async () => {
    // Opposite points of equal class: their midpoint is 0.
    const points = [1, 0, -1, 0, 0, 2, 0, -2, 1, 1, -1, -1];
    const opposite = classDataset({ points, labels: [0, 0, 1, 1, 2, 2], dimensions: 2 });
    const request: CollisionRequest = {
      ...{ data: opposite, law: constantLambda(0.5), seed: 2, epochs: 20 },
      metric: "angular",
    };
    const expected = await analyzeCollisions(request);
    expect(await analyzeCollisionsOn(await testDevice(), request)).toEqual(expected);
    expect(Math.max(...expected.distances)).toBeLessThan(1);
  });
});

describe("stopping and going on", () => {
  const request: CollisionRequest = { data, queries, law: beta(1), seed: 5, epochs: 2, chunk: 80 };

  it("interrupted after every chunk, on either backend in turn, it gives the same answer", async () => {
    const whole = await analyzeCollisions(request);
    let state: CollisionState | undefined;
    let rounds = 0;
    for (;;) {
      const abort = new AbortController();
      const options = {
        state: state && structuredClone(state),
        signal: abort.signal,
        onProgress: () => abort.abort(),
      };
      const device = rounds % 3 === 2 ? await openDevice({ backend: "cpu" }) : await testDevice();
      const part = await analyzeCollisionsOn(device, request, options);
      state = part.state;
      rounds++;
      if (!part.stopped) {
        expect(part).toEqual(whole);
        break;
      }
    }
    expect(rounds).toBe(8);
  });

  it("an abort in the middle of a chunk leaves the state at its beginning; one beforehand does nothing", async () => {
    const abort = new AbortController();
    const running = analyzeCollisionsOn(await testDevice(), request, { signal: abort.signal });
    abort.abort();
    const part = await running;
    expect(part).toMatchObject({ stopped: true, minimum: Infinity });
    expect(part.state.done).toBe(0);
    const device = await testDevice();
    const { state } = await analyzeCollisionsOn(device, request, { signal: AbortSignal.abort() });
    expect(state.done).toBe(0);
  });

  it("reports every chunk, gives all memory back, and leaves a caller's state alone", async () => {
    const device = await testDevice();
    const before = { ...device.memory };
    const states: CollisionState[] = [];
    const seen: number[] = [];
    await analyzeCollisionsOn(device, request, {
      onProgress: (done, total, state) => {
        seen.push(done / total);
        states.push(state);
      },
    });
    expect(seen).toHaveLength(8);
    expect(seen.at(-1)).toBe(1);
    expect(device.memory).toMatchObject({ bytes: before.bytes, count: before.count });
    const kept = structuredClone(states[3]);
    await analyzeCollisionsOn(device, request, { state: states[3] });
    expect(states[3]).toEqual(kept);
  });

  it("a state of another analysis is refused, and so is a bad request", async () => {
    const device = await testDevice();
    const { state } = await analyzeCollisionsOn(device, { ...request, epochs: 1 });
    await expect(analyzeCollisionsOn(device, request, { state })).rejects.toThrow(ConfigError);
    await expect(analyzeCollisionsOn(device, { ...request, chunk: 0 })).rejects.toThrow("chunk");
    const variants = { collisions: "no-tiles" as "small-tiles" };
    await expect(analyzeCollisionsOn(device, request, { variants })).rejects.toThrow(
      "options.variants.collisions",
    );
  });

  it("a device that goes away throws, and the last state leads to the same answer", async () => {
    const device = await openDevice();
    let kept: CollisionState | undefined;
    const failing = analyzeCollisionsOn(device, request, {
      onProgress: (done, _total, state) => {
        kept = state;
        if (done >= 160) device.destroy();
      },
    });
    await expect(failing).rejects.toThrow(DeviceLostError);
    expect(kept!.done).toBe(160);
    const resumed = await analyzeCollisionsOn(await testDevice(), request, { state: kept });
    expect(resumed).toEqual(await analyzeCollisions(request));
  });
});

describe("the error bound", () => {
  it("holds for rows rounded to 32 bits, and is not idle", () => {
    const plan = planCollisions({ data, queries, law: beta(1), seed: 5 });
    const scale = collisionScale(plan);
    const chunk = mixChunk(plan, 0, 50);
    const D = 37;
    const [query, rows] = [new Float64Array(D), new Float32Array(2 * D)];
    let worst = 0;
    for (let q = 0; q < queries.size; q++) {
      readQuery(plan, q, query);
      scale.write(query, 0, rows, 0);
      for (let m = 0; m < 50; m++) {
        scale.write(chunk.points, m * D, rows, D);
        let [rounded, exact] = [0, 0];
        for (let k = 0; k < D; k++) {
          const difference = Math.fround(rows[k] - rows[D + k]);
          rounded = Math.fround(rounded + Math.fround(difference * difference));
          exact += ((query[k] - chunk.points[m * D + k]) * scale.factor) ** 2;
        }
        worst = Math.max(worst, Math.abs(rounded - exact) / squareError(rounded, D, scale.length));
      }
    }
    expect(worst).toBeLessThanOrEqual(1);
    expect(worst).toBeGreaterThan(0.01);
  });

  it("a find that rounding has swapped with the runner-up is put right", () => {
    const plan = planCollisions({ data: tight, law: beta(1), seed: 3 });
    const chunk = mixChunk(plan, 0, tight.size);
    const state = (): CollisionState => ({
      identity: plan.identity,
      done: 0,
      squares: new Float64Array(tight.size).fill(Infinity),
      nearest: new Float64Array(tight.size).fill(-1),
    });
    const scale = collisionScale(plan);
    const exact = state();
    const all = Array.from({ length: tight.size }, (_, m) => m);
    // As if every mixture were as near as the nearest: each find must be looked at again.
    const zeros = new Float32Array(tight.size);
    const none = { squares: zeros, runnersUp: zeros, strips: 1, stripSquare: () => 0 };
    const counting = (q: number) =>
      all.find((m) => ![chunk.classes[2 * m], chunk.classes[2 * m + 1]].includes(tight.labels![q]))!;
    refineChunk(plan, exact, scale, chunk, { ...none, mixtures: Int32Array.from(all, counting) });
    return analyzeCollisions({ data: tight, law: beta(1), seed: 3 }).then(({ state: expected }) => {
      expect(exact.squares).toEqual(expected.squares);
      expect(exact.nearest).toEqual(expected.nearest);
    });
  });
});
