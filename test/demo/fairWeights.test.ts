/**
 * Learnt weights in the lab as plain data: what is trained, that weights tell wrong labels from right ones and the gap closes, checkpoints,
 * what is refused, what is taken away; and the lines of half-planes. No browser.
 */

import { describe, expect, it } from "vitest";
import {
  clipped,
  edgeIn,
  groupHalfPlane,
  opposite,
  type Point,
  squareOf,
} from "../../demo/lab/pictures/fair/halfPlanes.ts";
import type { LabConfig } from "../../demo/lab/state/fields.ts";
import { formatHash, parseHash } from "../../demo/lab/state/link.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { refusalOf } from "../../demo/lab/state/refusals.ts";
import { metricsCsv, resultsJson } from "../../demo/lab/takeaway/exports.ts";
import { settingsText } from "../../demo/lab/takeaway/settings.ts";
import { FairTraining } from "../../demo/lab/training/fair/fairTraining.ts";
import { checkExperiment, labExperiment } from "../../demo/lab/training/labExperiment.ts";
import { History } from "../../demo/lab/training/measured/history.ts";
import { ProgressNews } from "../../demo/lab/training/progressNews.ts";
import type { Frame } from "../../demo/lab/training/protocol.ts";
import type { FairState, LabProgress } from "../../demo/lab/training/training.ts";
import { ConfigError, decodeSafetensors, openDevice, openPopulation, range } from "../../src/index.ts";
import { encodeSealed } from "../../src/model/digest.ts";
import { configErrorPath } from "../configError.ts";

const SMALL: LabConfig = {
  ...PRESETS["fair-weights"].config,
  points: 120,
  grouped: 100,
  steps: 150,
  seeds: 2,
};

async function trained(
  config: LabConfig,
  { checkpoint, stopAfter }: { checkpoint?: Uint8Array; stopAfter?: number } = {},
) {
  const experiment = labExperiment(config);
  const training = new FairTraining(experiment, checkpoint, { stopAfter });
  const progress: LabProgress[] = [];
  for await (const one of training) progress.push(one);
  const state = progress.at(-1)!.fairWeights!;
  return { experiment, result: await training.result, state, checkpoint: await training.checkpoint() };
}

describe("learnt weights", () => {
  it("tell wrong labels from right ones, and close the gap that all alike leave", async () => {
    const { experiment, result, state } = await trained(SMALL);
    checkExperiment(experiment);
    expect(result.step).toBe(150);
    expect(result.curves.step).toEqual(range(151));
    const of = (key: string, run: number, e: number) =>
      experiment.quantities.find((quantity) => quantity.key === key)!.read(result.curves.runs[run], e);
    for (const seed of [0, 1]) {
      const [erm, learnt] = [seed, 2 + seed];
      // Before the first round they are the same.
      for (const { key } of experiment.quantities) expect(of(key, erm, 0)).toBe(of(key, learnt, 0));
      expect([of("wrong", erm, 150), of("right", erm, 150)]).toEqual([1, 1]);
      expect(of("wrong", learnt, 150)).toBeLessThan(0.5 * of("right", learnt, 150));
      expect(of("opportunity", learnt, 150)).toBeLessThan(0.5 * of("opportunity", erm, 150));
      expect(of("accuracy", learnt, 150)).toBeGreaterThan(of("accuracy", erm, 150));
    }
    // As many in all as points, and none negative.
    for (const draw of [0, 1]) {
      const own = state.weights.subarray(120 * draw, 120 * (draw + 1));
      expect(own.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(120, 3);
      expect(Math.min(...own)).toBeGreaterThanOrEqual(0);
    }
  });

  it("stand beside what the library trains without weights", async () => {
    const { experiment, result } = await trained({ ...SMALL, steps: 20 });
    const { data, model, loss, optimizer, batch, runs } = experiment.train;
    const device = await openDevice({ backend: "cpu" });
    const handle = openPopulation(device, { data, model, loss, optimizer, batch, runs: runs.slice(0, 2) });
    await handle.train(20);
    const nets = await handle.parameters();
    nets.forEach((net, run) => {
      const own = result.runs[run].parameters["layers.0.weight"].data;
      net["layers.0.weight"].data.forEach((value, i) => {
        expect(own[i]).toBeCloseTo(value, 10);
      });
    });
    handle.destroy();
  });

  it("go on from a checkpoint as if they had never stopped", async () => {
    const config = { ...SMALL, steps: 30 };
    const straight = await trained(config);
    const first = await trained(config, { stopAfter: 7 });
    const { result, state } = await trained(config, { checkpoint: first.checkpoint });
    expect(result).toEqual(straight.result);
    expect(state).toEqual(straight.state);
    expect(state.weights).not.toEqual(first.state.weights);
    // One that stands tells where.
    const standing = await trained(config, { checkpoint: first.checkpoint, stopAfter: 0 });
    expect(standing.result.step).toBe(7);
    expect(standing.state).toEqual(first.state);
  });

  it("refuse a checkpoint that was changed, or is of something else", async () => {
    const config = { ...SMALL, steps: 3, points: 30, grouped: 40 };
    const { checkpoint } = await trained(config);
    const refused = (bytes: Uint8Array, other: LabConfig = config) =>
      configErrorPath(() => new FairTraining(labExperiment(other), bytes, {}));
    const changed = checkpoint.slice();
    changed[changed.length - 1] ^= 1;
    expect(refused(changed)).toBe("checkpoint.sha256");
    expect(refused(checkpoint, { ...config, points: 31 })).toBe("checkpoint.weights");
    expect(refused(checkpoint, { ...config, seeds: 1 })).toBe("checkpoint.parameters.layers.0.weight");
    const { tensors, metadata } = decodeSafetensors(checkpoint);
    const told = (change: Record<string, string>) =>
      refused(encodeSealed(tensors, { ...metadata, ...change }));
    expect(told({ format: "another" })).toBe("checkpoint.format");
    expect(told({ step: "many" })).toBe("checkpoint.step");
    expect(told({ kept: "[" })).toBe("checkpoint.kept");
  });

  it("need members of both groups in both classes", () => {
    let error: unknown;
    try {
      labExperiment({ ...SMALL, grouped: 4, seeds: 8 });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    const { field, text } = refusalOf(error as ConfigError);
    expect(field).toBe("grouped");
    expect(text).toMatch(
      /^in the draw of seed \d group [01] has no member in class [01]\. Give more clean points\.$/,
    );
  });
});

describe("states and files", () => {
  it("hold the number of clean points, and are told in a caption", () => {
    const { config } = PRESETS["fair-weights"];
    const hash = formatHash({ ...config, grouped: 120 });
    expect(hash).toBe("#v=2&preset=fair-weights&grouped=120");
    expect(parseHash(hash)).toEqual({ config: { ...config, grouped: 120 }, problems: [] });
    const text = settingsText(config, labExperiment(config));
    expect(text).toMatch(/^Data: \d+ points of two groups .* 45 % of the positives of group 0 and 30 %/);
    expect(text).toMatch(
      / have right ones\. Net: 4–1, linear, no bias\. Gradient descent from 0, .* both\.$/,
    );
  });

  it("have weights, groups and parameters", async () => {
    const config = { ...SMALL, steps: 4, points: 30, grouped: 60 };
    const { experiment, result, state } = await trained(config);
    const history = new History(experiment.quantities.length);
    const entries = result.curves.step.flatMap((_, e) =>
      result.curves.runs.flatMap((run) => experiment.quantities.map(({ read }) => read(run, e))),
    );
    history.add(0, result.curves.step, Float32Array.from(entries));
    const rows = metricsCsv(experiment, history).trim().split("\n");
    expect(rows[0]).toBe("run,seed,group,step,accuracy,opportunity,odds,weight_wrong,weight_right");
    expect(rows).toHaveLength(1 + 4 * 5);
    const frame = (fairWeights?: FairState) =>
      ({
        ...{ step: 4, steps: 4, failed: [], probabilities: new Float32Array(0) },
        fairWeights,
      }) as unknown as Frame;
    const { draws, runs } = resultsJson(config, experiment, undefined, history, frame(state));
    expect(draws!.map(({ weights }) => weights)).toEqual([
      Array.from(state.weights.subarray(0, 30)),
      Array.from(state.weights.subarray(30)),
    ]);
    const { draw } = experiment.fairWeights!.draws[1];
    expect(draws![1].isWrong.map(Number)).toEqual(Array.from(draw.flipped.subarray(0, 30)));
    expect(draws![1].groups).toEqual(Array.from(draw.groups.subarray(0, 30)));
    expect(runs[3].parameters).toEqual(
      Array.from(Float32Array.from(result.runs[3].parameters["layers.0.weight"].data)),
    );
    // Before the first round all weigh alike.
    expect(
      resultsJson(config, experiment, undefined, history, frame()).draws![0].weights.every((w) => w === 1),
    ).toBe(true);
  });
});

describe("half-planes", () => {
  const area = (polygon: readonly Point[]) =>
    polygon.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = polygon[(i + 1) % polygon.length];
      return sum + (x * nextY - nextX * y) / 2;
    }, 0);

  it("divide the square", () => {
    const square = squareOf(2);
    expect(area(square)).toBe(16);
    for (const halfPlane of [
      { a: 1, b: 0, c: 0.5 },
      { a: 0.3, b: -1.2, c: 0.4 },
      { a: 1, b: 1, c: 3.9 },
      { a: 0, b: 1, c: 5 },
    ]) {
      const inside = area(clipped(square, halfPlane));
      expect(inside + area(clipped(square, opposite(halfPlane)))).toBeCloseTo(16, 12);
    }
    expect(area(clipped(square, { a: 1, b: 0, c: 0.5 }))).toBeCloseTo(10, 12);
    expect(clipped(square, { a: 0, b: 1, c: -5 })).toEqual([]);
    // What lies between two lines.
    const strip = clipped(clipped(square, { a: 1, b: 0, c: 1 }), { a: -1, b: 0, c: 1 });
    expect(area(strip)).toBeCloseTo(8, 12);
  });

  it("have edges from left to right, where they have one", () => {
    expect(edgeIn(2, { a: 0, b: 1, c: -1 })).toEqual([
      [-2, 1],
      [2, 1],
    ]);
    expect(edgeIn(2, { a: 1, b: 0, c: 3 })).toBeUndefined();
    expect(edgeIn(2, { a: 0, b: 0, c: 1 })).toBeUndefined();
    const [from, to] = edgeIn(2, { a: 1, b: -2, c: 0.5 })!;
    for (const [x, y] of [from, to]) {
      expect(x - 2 * y + 0.5).toBeCloseTo(0, 12);
      expect(Math.max(Math.abs(x), Math.abs(y))).toBeCloseTo(2, 12);
    }
    expect(from[0]).toBeLessThan(to[0]);
  });

  it("of a group have its share of the bias", () => {
    expect(groupHalfPlane([1, 2, -3, 0.5], 0)).toEqual({ a: 1, b: 2, c: 0.5 });
    expect(groupHalfPlane([1, 2, -3, 0.5], 1)).toEqual({ a: 1, b: 2, c: -2.5 });
  });
});

describe("news", () => {
  it("are the newest, the last one always, and end with what went wrong", async () => {
    const news = new ProgressNews();
    let now = 0;
    let fail: (error: Error) => void = () => {};
    const result = new Promise<void>((_, reject) => {
      fail = reject;
    });
    result.catch(() => {});
    const heard: number[] = [];
    const listening = (async () => {
      for await (const one of news.each(() => now, result)) heard.push(one);
    })();
    listening.catch(() => {});
    now = 1;
    news.tell();
    await new Promise((resolve) => setTimeout(resolve, 0));
    now = 2;
    news.tell();
    now = 3;
    news.tell();
    news.end();
    fail(new Error("lost"));
    await expect(listening).rejects.toThrow("lost");
    expect(heard).toEqual([1, 3]);
  });
});
