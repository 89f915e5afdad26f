/** The pure parts of recordings: which steps and alphas, halves, the fast forward pass, what is played back, time left. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Forward, measure } from "../../demo/lab/recording/forward.ts";
import { Geometry } from "../../demo/lab/recording/geometry.ts";
import { fromHalves, halfOf, toHalves } from "../../demo/lab/recording/halves.ts";
import { Measuring } from "../../demo/lab/recording/mixtures.ts";
import { Pacing } from "../../demo/lab/recording/pacing.ts";
import {
  nearestAlpha,
  nearestMoment,
  type RecordingPlan,
  recordedSteps,
  recordingKey,
  recordingPlan,
  sameRecording,
  shownOf,
  snapped,
} from "../../demo/lab/recording/plan.ts";
import { Playback } from "../../demo/lab/recording/playback.ts";
import type { LabConfig } from "../../demo/lab/state/fields.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { leastMargin } from "../../demo/lab/training/measured/margin.ts";
import { initialNets, predictNets } from "../../demo/lab/training/predict.ts";
import { probeGrid } from "../../demo/lab/training/probes.ts";
import { type Dataset, maxMargin } from "../../src/index.ts";
import { evaluatedLosses } from "./recordedPopulation.ts";

const LINE: LabConfig = { ...PRESETS.line.config, units: 16, steps: 60, seeds: 2 };

function planOf(config: LabConfig): RecordingPlan {
  const plan = recordingPlan(config);
  if (plan === undefined) throw new Error("This is not recorded.");
  return plan;
}

describe("halves", () => {
  it("are what the platform rounds to, or the nearest of their neighbours", () => {
    const value = (half: number) => fromHalves(Uint16Array.of(half), new Float32Array(1))[0];
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: -65_000, max: 65_000 }), (x) => {
        const half = halfOf(x);
        const distance = Math.abs(value(half) - x);
        for (const other of [half - 1, half + 1]) {
          const beside = value(other & 0xffff);
          if (Number.isFinite(beside)) expect(distance).toBeLessThanOrEqual(Math.abs(beside - x));
        }
      }),
      { numRuns: 2000 },
    );
    // Known halves; ties go to the even one, the smallest of all is 2^-24.
    expect(
      [1, -2, 65504, 65520, 2 ** -24, 2 ** -25, 1 + 2 ** -11, 1 + 3 * 2 ** -11, Number.NaN].map(halfOf),
    ).toEqual([0x3c00, 0xc000, 0x7bff, 0x7c00, 1, 0, 0x3c00, 0x3c02, 0x7e00]);
    const all = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
    const back = new Uint16Array(all.length);
    toHalves(fromHalves(all, new Float32Array(all.length)), back);
    expect(back).toEqual(all);
  });
});

describe("the plan", () => {
  it("takes steps from 0 to the last, rising, evenly on a logarithmic scale", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 24, max: 100 }), (steps, most) => {
        const moments = recordedSteps(steps, most);
        expect(moments[0]).toBe(0);
        expect(moments.at(-1)).toBe(steps);
        expect(moments.length).toBe(Math.min(moments.length, most, steps + 1));
        moments.forEach((step, i) => {
          if (i > 0) expect(step).toBeGreaterThan(moments[i - 1]);
        });
      }),
    );
    const moments = recordedSteps(1500);
    expect(moments).toHaveLength(100);
    // From where steps are not one by one, each is some 8 % later than the one before.
    for (let i = 60; i < 99; i++) expect(moments[i + 1] / moments[i]).toBeCloseTo(1500 ** (1 / 98), 1);
  });

  it("is ERM and sixteen alphas, each with all seeds, of what the lab would train live", () => {
    const plan = planOf(PRESETS.line.config);
    expect(plan.train.runs).toHaveLength(17 * 8);
    expect(plan.train.runs[0].mixing.kind).toBe("erm");
    expect(plan.alphas).toHaveLength(16);
    const { experiment, firstRuns } = shownOf(plan, { ...PRESETS.line.config, alpha: 4 });
    expect(firstRuns).toEqual([0, 7 * 8]);
    expect(experiment.train.runs).toEqual([...plan.train.runs.slice(0, 8), ...plan.train.runs.slice(56, 64)]);
    expect(experiment.groups.map(({ name }) => name)).toEqual(["ERM", "Mixup, λ ~ Beta(4, 4)"]);
    const sweep = shownOf(plan, { ...PRESETS.line.config, view: "sweep" });
    expect(sweep.experiment.train.runs).toEqual(plan.train.runs.slice(8));
    expect(sweep.experiment.groups.map(({ alpha }) => alpha)).toEqual(plan.alphas);
  });

  it("is none for what is trained otherwise, or takes too much room, and thinner where it takes much", () => {
    const config = PRESETS.line.config;
    for (const change of [{ live: true }, { law: "uniform" as const }, { eta: 1 }, { layers: 3, units: 512 }])
      expect(recordingPlan({ ...config, ...change })).toBeUndefined();
    for (const preset of [
      "digits",
      "c-mixup",
      "two-lambdas",
      "over-training",
      "long-tail",
      "mixing",
      "policies",
      "fair-weights",
      "merging",
    ] as const)
      expect(recordingPlan(PRESETS[preset].config)).toBeUndefined();
    const wide = planOf({ ...config, seeds: 16 });
    expect(wide.moments.length).toBeLessThan(100);
    expect(2 * wide.moments.length * wide.train.runs.length * wide.parameters).toBeLessThanOrEqual(2 ** 26);
  });

  it("snaps to what is recorded", () => {
    const plan = planOf(LINE);
    expect(plan.alphas[nearestAlpha(plan, 3.3)]).toBe(4);
    expect(plan.alphas[nearestAlpha(plan, 1e4)]).toBe(2048);
    expect(snapped({ ...LINE, alpha: 3.3 }).alpha).toBe(4);
    expect(snapped({ ...LINE, alpha: 3.3, live: true }).alpha).toBe(3.3);
    expect(nearestMoment(plan, -1, 7)).toBe(6);
    expect(nearestMoment(plan, 0, 7)).toBe(0);
    expect(nearestMoment(plan, 60, 7)).toBe(6);
  });

  it("has a key of everything that changes its nets, and of nothing else", () => {
    const key = (change: Partial<LabConfig>, device = "a") =>
      recordingKey(planOf({ ...LINE, ...change }), device);
    const same: Partial<LabConfig>[] = [
      { alpha: 2 },
      { at: 5 },
      { epsilon: 1 },
      { view: "sweep" },
      { optimal: false },
    ];
    for (const change of same) {
      expect(key(change)).toBe(key({}));
      expect(sameRecording({ ...LINE, ...change }, LINE)).toBe(true);
    }
    const other: Partial<LabConfig>[] = [
      { points: 4 },
      { units: 17 },
      { rate: 0.01 },
      { steps: 61 },
      { firstSeed: 1 },
      { seeds: 3 },
      { optimizer: "sgd" },
      { batch: 2 },
      { granularity: "sample" },
      { pairing: "other" },
    ];
    for (const change of other) {
      expect(key(change), JSON.stringify(change)).not.toBe(key({}));
      expect(sameRecording({ ...LINE, ...change }, LINE)).toBe(false);
    }
    expect(key({}, "b")).not.toBe(key({}));
  });
});

describe("the forward pass", () => {
  it.each([
    ["line", {}],
    ["line", { points: 6, classes: 3, activation: "tanh" }],
    ["moons", { points: 20, layers: 2, units: 9, activation: "leaky-relu" }],
    ["linear", {}],
    ["own", { own: "0,0,0;1,1,1;1,0,2;0,1,3", activation: "gelu" }],
  ] as const)("gives what the library's own gives: %s %o", (preset, change) => {
    const { experiment } = shownOf(
      planOf({ ...PRESETS[preset].config, seeds: 2, ...change }),
      PRESETS[preset].config,
    );
    const { train, probe } = experiment;
    const nets = initialNets(experiment);
    const expected = predictNets(train, nets, probe.points);
    const count = probe.points.length / train.data.dimensions;
    const forward = new Forward(train.model, probe.points, count);
    const flat = Float64Array.from(
      Object.values(nets[1]).flatMap(({ data }) => Array.from(data as Float64Array)),
    );
    const size = expected.length / nets.length;
    const into = new Float32Array(size + 3);
    forward.probabilities(flat, into, 3);
    into.subarray(3).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[size + i], 5);
    });
  });

  it("gives no number for a net on a line with a weight that is none", () => {
    const { train, parameters } = planOf({ ...PRESETS.line.config, seeds: 1, units: 4 });
    const net = new Float64Array(parameters).fill(0.5);
    const points = [2, -1, 2, 0];
    const forward = new Forward(train.model, points, points.length);
    // Four ramps x / 2 + 1 / 2, flat at -1, times 1 / 2, and a bias.
    expect(Array.from(forward.logits(net).subarray(0, 4))).toEqual([3.5, 0.5, 3.5, 1.5]);
    for (const place of [0, 4]) {
      const broken = net.slice();
      broken[place] = Number.NaN;
      expect(forward.logits(broken).every(Number.isNaN)).toBe(true);
    }
  });

  it("measures error and loss as the library's handle does", async () => {
    const plan = planOf({ ...PRESETS.moons.config, points: 20, units: 8, seeds: 2 });
    const { nets, evaluations } = await evaluatedLosses(plan.train, 30);
    const measured = new Measuring(plan).all(nets, new Set([3]));
    evaluations.forEach(({ error, loss }, run) => {
      const own = measured.subarray(3 * run, 3 * run + 3);
      if (run === 3) {
        expect(own.every(Number.isNaN)).toBe(true);
        return;
      }
      expect(own[0]).toBeCloseTo(error!, 6);
      expect(own[1]).toBeCloseTo(loss, 5);
      // Nothing is mixed for ERM; Mixup's labels cost more than the points' own.
      if (run < 2) expect(own[2]).toBe(own[1]);
      else if (run > 8) expect(own[2]).toBeGreaterThan(own[1]);
    });
  });

  it("counts a mixed label's loss by its lambda", () => {
    const logits = Float64Array.of(0, 2, 1, -1);
    const mixed = { partners: [1, 1], lambdas: [0.25, 1] };
    const direct = (z: [number, number], label: number) =>
      Math.log(Math.exp(z[0]) + Math.exp(z[1])) - z[label];
    const expected = (0.25 * direct([0, 1], 0) + 0.75 * direct([0, 1], 1) + direct([2, -1], 1)) / 2;
    expect(measure(logits, [0, 1], mixed)).toEqual({ error: 1, loss: expect.closeTo(expected, 12) });
  });
});

describe("playback", () => {
  const plan = planOf(LINE);
  const R = plan.train.runs.length;
  const moment = (fill: number) => {
    const nets = new Uint16Array(R * plan.parameters);
    for (let run = 0; run < R; run++)
      toHalves(
        Float32Array.from({ length: plan.parameters }, (_, p) => Math.sin(fill + run + p)),
        nets,
        run * plan.parameters,
      );
    return { nets, measured: Float32Array.from({ length: 3 * R }, (_, i) => 1000 * fill + i) };
  };

  it("shows the nets of the nearest recorded alpha and step, and sends curves once", () => {
    const playback = new Playback(plan, { ...LINE, alpha: 4 });
    for (let i = 0; i < 5; i++) playback.moments.push(moment(i));
    const first = playback.frame(undefined);
    expect(first.recorded).toMatchObject({ alpha: 6, moment: 4, count: 5 });
    expect(first.entrySteps).toEqual(plan.moments.slice(1, 5));
    // ERM's nets, then those of alpha 4, the seventh, with what was measured of them.
    expect(Array.from(first.entries.subarray(0, 12))).toEqual(
      [0, 1, 2, 3, 4, 5, 42, 43, 44, 45, 46, 47].map((i) => 1000 + i),
    );
    expect(first.recorded!.relief[0]).toBe(4000 + (6 + 9) / 2);
    playback.moments.push(moment(5));
    const next = playback.frame(3);
    expect(next).toMatchObject({ firstEntry: 4, entrySteps: [plan.moments[5]], step: plan.moments[5] });
    // Another alpha has other curves, all of them; ERM's picture is the same.
    playback.look({ ...LINE, alpha: 70, at: plan.moments[5] });
    const other = playback.frame(undefined);
    expect(other.recorded).toMatchObject({ alpha: 10, moment: 5 });
    expect([other.firstEntry, other.entrySteps.length]).toEqual([0, 5]);
    const half = next.probabilities.length / 2;
    expect(other.probabilities.subarray(0, half)).toEqual(next.probabilities.subarray(0, half));
    expect(other.probabilities.subarray(half)).not.toEqual(next.probabilities.subarray(half));
    // What is shown is what the library computes of these nets.
    const { train, probe } = playback.experiment;
    predictNets(train, playback.nets(), probe.points).forEach((value, i) => {
      expect(other.probabilities[i]).toBeCloseTo(value, 5);
    });
  });

  it("shows all alphas at once", () => {
    const playback = new Playback(plan, { ...LINE, view: "sweep", at: 0 });
    for (let i = 0; i < 3; i++) playback.moments.push(moment(i));
    const frame = playback.frame(undefined);
    expect(frame.recorded!.alpha).toBe(-1);
    expect(frame.entries).toHaveLength(2 * 32 * 3);
    expect(frame.step).toBe(0);
    playback.failures.set(3, 0);
    playback.look({ ...LINE, view: "sweep", at: 1 });
    expect(playback.frame(undefined).failed).toEqual([1]);
  });
});

describe("where nets cut, over alpha", () => {
  const netsOf = (plan: RecordingPlan, seed: number) =>
    plan.train.runs.map((_, run) =>
      Float32Array.from({ length: plan.parameters }, (_, p) => Math.sin(1 + 7 * p + 3.7 * run + seed)),
    );
  const groupOf = (plan: RecordingPlan, nets: readonly Float32Array[], alpha: number) =>
    nets.slice((alpha + 1) * plan.seeds, (alpha + 2) * plan.seeds);

  it("is the cosine of linear nets to the max-margin direction", () => {
    const config = { ...PRESETS.linear.config, seeds: 3 };
    const plan = planOf(config);
    const nets = netsOf(plan, 0);
    const geometry = new Geometry(plan, config, () => 0);
    expect(geometry.kind).toBe("cosine");
    expect(geometry.lacks(5)).toBe(true);
    const values = geometry.at(5, 2, 4, (alpha) => groupOf(plan, nets, alpha));
    expect(geometry.lacks(5)).toBe(false);
    const { direction } = maxMargin(plan.train.data);
    values.forEach((value, alpha) => {
      const cosines = groupOf(plan, nets, alpha).map(([a, b, c, d]) => {
        const [x, y] = [c - a, d - b];
        return (x * direction[0] + y * direction[1]) / Math.hypot(x, y) / Math.hypot(...direction);
      });
      expect(value).toBeCloseTo(
        cosines.reduce((sum, cosine) => sum + cosine / 3, 0),
        6,
      );
    });
    // Of nets that turn to that direction, 1.
    const turned = nets.map(() => Float32Array.of(-direction[0], -direction[1], direction[0], direction[1]));
    for (const value of geometry.at(6, -1, 4, (alpha) => groupOf(plan, turned, alpha)))
      expect(value).toBeCloseTo(1, 6);
  });

  it("is measured a few alphas a frame, the shown one first", () => {
    const config = { ...PRESETS.linear.config, seeds: 2 };
    const plan = planOf(config);
    let now = 0;
    // Every look at the clock finds it three milliseconds later.
    const geometry = new Geometry(plan, config, () => {
      now += 3;
      return now;
    });
    const nets = netsOf(plan, 1);
    const known = () => {
      const values = geometry.at(0, 9, 4, (alpha) => groupOf(plan, nets, alpha));
      return [...values.keys()].filter((alpha) => !Number.isNaN(values[alpha]));
    };
    const first = known();
    expect(first).toContain(9);
    expect(first.length).toBeLessThan(4);
    let frames = 1;
    while (geometry.lacks(0)) {
      known();
      frames++;
    }
    expect(frames).toBeGreaterThan(4);
    expect(known()).toHaveLength(16);
  });

  it("is the margin of the mean on the moons, and nothing elsewhere", () => {
    const config = { ...PRESETS.moons.config, seeds: 1, units: 8 };
    const plan = planOf(config);
    expect(new Geometry(plan, config).kind).toBe("margin");
    expect(new Geometry(planOf(LINE), LINE).kind).toBeUndefined();
    const layered = { ...PRESETS.linear.config, layers: 1, units: 8, seeds: 1 };
    expect(new Geometry(planOf(layered), layered).kind).toBeUndefined();
  });
});

describe("the margin of a mean", () => {
  const data = { points: Float32Array.of(-1, 0, 0.7, 0.2, 2, -1), labels: Uint32Array.of(0, 1, 1), size: 3 };
  const plane = probeGrid({ ...data, dimensions: 2 } as Dataset);
  // Class 1 to the right of a line x = b, as a probability.
  const values = (b: number) =>
    Array.from({ length: plane.points.length / 2 }, (_, m) => 1 / (1 + Math.exp(b - plane.points[2 * m])));

  it("is the distance from the nearest point, to where it is nearest", () => {
    const { length, point, boundary } = leastMargin(data, plane, values(0.2))!;
    expect(length).toBeCloseTo(0.5, 2);
    expect(point[0]).toBeCloseTo(0.7, 6);
    expect(boundary[0]).toBeCloseTo(0.2, 2);
    expect(boundary[1]).toBeCloseTo(0.2, 6);
    expect(leastMargin(data, plane, values(-0.4))!.length).toBeCloseTo(0.6, 2);
  });

  it("is 0 at a point that is misclassified, and none where no boundary is seen", () => {
    expect(leastMargin(data, plane, values(0.9))!.length).toBe(0);
    const all = { ...data, labels: Uint32Array.of(1, 1, 1) };
    expect(leastMargin(all, plane, values(-100))).toBeUndefined();
  });
});

it("tells the time left from what was recorded, without the first stretches", () => {
  let now = 0;
  const moments = recordedSteps(1000, 50);
  const pacing = new Pacing(moments, () => now);
  pacing.begin(0);
  for (let i = 1; i <= 30; i++) {
    // Compiling, then ten milliseconds a step and five for each stretch.
    now += i === 1 ? 5000 : 10 * (moments[i] - moments[i - 1]) + 5;
    pacing.recorded(moments[i]);
    if (moments[i] - moments[i - 1] === 1) expect(pacing.secondsLeft(i + 1)).toBeUndefined();
  }
  const left = 10 * (1000 - moments[30]) + 5 * (moments.length - 31);
  expect(pacing.secondsLeft(31)).toBeCloseTo(left / 1000, 6);
  expect(pacing.secondsLeft(moments.length)).toBeUndefined();
});
