/** Planning and pacing, without a GPU: what is chosen, what is refused, and with which numbers. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classDataset } from "../../../src/data/dataset.ts";
import { alternatingLine } from "../../../src/data/lines.ts";
import { ConfigError, LimitError } from "../../../src/errors.ts";
import { openDevice } from "../../../src/gpu/device.ts";
import { variantsOn } from "../../../src/kernels/variants.ts";
import { beta } from "../../../src/mixing/laws.ts";
import { erm, mixup } from "../../../src/mixing/mixing.ts";
import { relu } from "../../../src/model/layers/activation.ts";
import { conv2d } from "../../../src/model/layers/conv2d.ts";
import { dense } from "../../../src/model/layers/dense.ts";
import type { Layer, Model } from "../../../src/model/layers/layer.ts";
import { globalAveragePool } from "../../../src/model/layers/pool2d.ts";
import { sequential } from "../../../src/model/model.ts";
import { mlp } from "../../../src/model/nets.ts";
import { adam, cosine, sgd } from "../../../src/model/optimizer.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import { grid, range } from "../../../src/population/grid.ts";
import type { PopulationConfig } from "../../../src/population/population.ts";
import { packPopulation } from "../../../src/training/gpu/pack.ts";
import { tableLayout } from "../../../src/training/gpu/packTables.ts";
import { type Plan, type PlanLimits, planShards, planTraining } from "../../../src/training/gpu/plan.ts";
import { Pace } from "../../../src/training/pace.ts";
import { planLimits } from "../../../src/training/planLimits.ts";

/** A desktop GPU's limits. */
const LIMITS: PlanLimits = {
  maxBufferSize: 2 ** 31,
  maxStorageBufferBindingSize: 2 ** 30,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeWorkgroupStorageSize: 32768,
  maxComputeInvocationsPerWorkgroup: 1024,
  isFallback: false,
  subgroups: true,
};

function population(model: Model, more: Partial<PopulationConfig> = {}) {
  return resolvePopulation({
    data: alternatingLine({ points: 10, classes: 2 }),
    model,
    optimizer: adam(),
    steps: 1000,
    runs: [{ seed: 0, mixing: erm() }],
    ...more,
  });
}

describe("planShards cuts a step that would last too long", () => {
  const many = (model: Model, runs: number) =>
    population(model, { runs: range(runs).map((seed) => ({ seed, mixing: erm() })) });

  it("into parts of runs, none of which does", () => {
    const net = many(mlp([1, 512, 2]), 30_000);
    expect(planShards(net, LIMITS).length).toBe(1);
    const shards = planShards(net, { ...LIMITS, isFallback: true });
    expect(shards.length).toBeGreaterThan(1);
    for (const { plan } of shards) expect(plan.operationsPerStep).toBeLessThanOrEqual(1e9);
    expect(shards.flatMap(({ runs }) => runs)).toEqual(range(30_000));
  });

  it("also where a dispatch of the layered executor is what lasts", () => {
    const wide = population(mlp([300, 2500, 2]), {
      data: classDataset({
        points: new Float32Array(300 * 500),
        labels: new Uint32Array(500).map((_, n) => n % 2),
        dimensions: 300,
      }),
      runs: range(4).map((seed) => ({ seed, mixing: erm() })),
    });
    const work = (plan: Plan) => Math.max(...plan.layered!.step.map((dispatch) => dispatch.work ?? 0));
    const software = { ...LIMITS, isFallback: true };
    expect(work(planTraining(wide, software))).toBeGreaterThan(1e9);
    const shards = planShards(wide, software);
    for (const { plan } of shards) expect(work(plan)).toBeLessThanOrEqual(1e9);
    // A net alone is not cut any further.
    const alone = population(mlp([300, 40_000, 2]), { data: wide.data });
    expect(planShards(alone, software).length).toBe(1);
  });
});

it("no plan has a dispatch that lasts too long, unless it is of a run alone", () => {
  const random = fc.record({
    points: fc.integer({ min: 2, max: 400 }),
    dimensions: fc.integer({ min: 1, max: 200 }),
    hidden: fc.array(fc.integer({ min: 1, max: 1500 }), { maxLength: 2 }),
    runs: fc.integer({ min: 1, max: 40 }),
    isFallback: fc.boolean(),
  });
  let cut = 0;
  fc.assert(
    fc.property(random, ({ points, dimensions, hidden, runs, isFallback }) => {
      const data = classDataset({
        points: new Float32Array(points * dimensions),
        labels: new Uint32Array(points).map((_, n) => n % 2),
        dimensions,
      });
      const net = population(mlp([dimensions, ...hidden, 2]), {
        data,
        runs: range(runs).map((seed) => ({ seed, mixing: erm() })),
      });
      const shards = planShards(net, { ...LIMITS, isFallback });
      if (shards.length > 1) cut++;
      expect(shards.flatMap((shard) => shard.runs)).toEqual(range(runs));
      for (const { plan, runs } of shards) {
        const { step, evaluation } = plan.layered ?? { step: [], evaluation: [] };
        const works = [...step, ...evaluation].map(({ work = 0 }) => work);
        const most = plan.layered === undefined ? plan.operationsPerStep : Math.max(...works);
        if (runs.length > 1) expect(most).toBeLessThanOrEqual(isFallback ? 1e9 : 2e10);
      }
    }),
    { seed: 52, numRuns: 60 },
  );
  expect(cut).toBeGreaterThan(2);
});

describe("planTraining", () => {
  it("takes the resident executor for one hidden layer with few inputs and outputs, the layered one otherwise", () => {
    expect(planTraining(population(mlp([1, 512, 2])), LIMITS).executor).toBe("resident");
    expect(planTraining(population(mlp([1, 512, 2])), LIMITS, "layered").executor).toBe("layered");
    expect(planTraining(population(mlp([1, 64, 64, 2])), LIMITS).executor).toBe("layered");
    expect(planTraining(population(mlp([1, 2])), LIMITS).executor).toBe("layered");
    expect(planTraining(population(mlp([1, 100_000, 2])), LIMITS).executor).toBe("layered");
  });

  it("covers all hidden units, within the device's workgroup and memory", () => {
    for (const isFallback of [true, false]) {
      for (const hidden of [1, 3, 63, 65, 500, 512, 1000]) {
        const { resident } = planTraining(population(mlp([1, hidden, 2])), { ...LIMITS, isFallback });
        expect(resident!.threads * resident!.unitGroups * 4).toBeGreaterThanOrEqual(hidden);
        expect(resident!.threads * resident!.unitGroups * 4).toBeLessThan(hidden + 4 * resident!.threads);
        expect(resident!.threads % 4).toBe(0);
      }
    }
    const small = { ...LIMITS, maxComputeInvocationsPerWorkgroup: 64 };
    expect(planTraining(population(mlp([1, 512, 2])), small).resident!.threads).toBeLessThanOrEqual(64);
  });

  it("refuses to force the resident executor on a net that does not fit", () => {
    expect(() => planTraining(population(mlp([1, 8, 8, 2])), LIMITS, "resident")).toThrow(ConfigError);
  });

  it("goes on with a checkpoint's variants where there are no subgroup operations", async () => {
    const device = await openDevice({ backend: "cpu" });
    const variants = { exchange: "subgroups", sums: "thread" } as const;
    expect(variantsOn(device, variants)).toEqual({ sums: "thread" });
    expect(variantsOn(device, { ...variants, exchange: "memory" })).toEqual({
      ...variants,
      exchange: "memory",
    });
    expect(variantsOn(device)).toEqual({});
  });

  it("takes the adapter's variants, or those that are forced", () => {
    const net = population(mlp([1, 512, 2]));
    expect(planTraining(net, LIMITS).variants).toEqual({
      resident: "many-threads",
      exchange: "subgroups",
      product: "workgroup-tiles",
      convolution: "workgroup-tiles",
      sums: "workgroup",
      steps: "fused",
    });
    const software = planTraining(net, { ...LIMITS, isFallback: true, subgroups: false });
    expect(software.variants).toEqual({
      resident: "few-threads",
      exchange: "memory",
      product: "register-tiles",
      convolution: "large-tiles",
      sums: "thread",
      steps: "apart",
    });
    expect(software.resident).toMatchObject({ threads: 32, unitGroups: 4, subgroups: false });
    const forced = planTraining(net, LIMITS, "auto", { resident: "few-threads", exchange: "memory" });
    expect(forced.resident).toEqual(software.resident);
    expect(() =>
      planTraining(net, { ...LIMITS, subgroups: false }, "auto", { exchange: "subgroups" }),
    ).toThrow("no subgroup operations");
  });

  it("computes convolutions as products on a GPU, where channels fill tiles, and shapes them by their sizes alone", () => {
    const image = (channels: number) =>
      classDataset({
        points: new Float32Array(70 * channels * 64),
        labels: Array.from({ length: 70 }, (_, n) => n % 2),
        dimensions: channels * 64,
        shape: [channels, 8, 8],
      });
    const plan = (
      channels: number,
      layers: Layer[],
      more: Partial<PopulationConfig> = {},
      isFallback = false,
    ) => {
      const model = sequential([channels, 8, 8], [...layers, globalAveragePool(), dense(2)]);
      const asked = population(model, { data: image(channels), batch: 64, ...more });
      return planTraining(asked, { ...LIMITS, isFallback });
    };
    const kernels = ({ dispatches }: Plan) =>
      Object.keys(dispatches).filter((name) => name.startsWith("conv2d"));
    const wide = [conv2d(64, { padding: 1 }), relu(), conv2d(72, { padding: 1 })];
    expect(kernels(plan(16, wide))).toEqual([
      "conv2dForwardProduct",
      "conv2dBackwardWeightProduct",
      "conv2dBackwardInputProduct",
    ]);
    expect(kernels(plan(16, wide, {}, true))).toEqual([
      "conv2dForward",
      "conv2dBackwardWeight",
      "conv2dBackwardInput",
    ]);
    expect(kernels(plan(4, [conv2d(4, { groups: 4 }), conv2d(6)]))).toEqual([
      "conv2dForward",
      "conv2dBackwardWeight",
      "conv2dBackwardInput",
    ]);
    // What decides bits is the same for one run and for many: shapes, and chunks.
    const many = grid({ seed: range(50), mixing: [erm()] });
    const ofRuns = [{}, { runs: many }].map((more) =>
      plan(16, wide, more).layered!.step.map(({ kernel, specialization, grid: [x, y] }) => ({
        kernel: kernel.shader.name,
        specialization,
        groups: kernel.shader.name.startsWith("conv2d") ? x * y : undefined,
      })),
    );
    expect(ofRuns[1]).toEqual(ofRuns[0]);
  });

  it("names the limit, what is needed and what there is", () => {
    const runs = grid({ seed: range(70_000), mixing: [erm()] });
    expect(() => planTraining(population(mlp([1, 4, 2]), { runs }), LIMITS)).toThrow(
      expect.objectContaining({
        limit: "maxComputeWorkgroupsPerDimension",
        needed: 70_000,
        available: 65535,
      }),
    );
    const tight = { ...LIMITS, maxStorageBufferBindingSize: 1 << 20 };
    const many = grid({ seed: range(1000), mixing: [erm()] });
    const refused = () => planTraining(population(mlp([1, 512, 2]), { runs: many }), tight);
    expect(refused).toThrow(LimitError);
    expect(refused).toThrow(/parameters buffer/);
  });

  it("asks for no more than a limit that is not a multiple of what sizes are rounded up to", () => {
    const limits = { ...LIMITS, maxBufferSize: 2 ** 32 - 1, maxStorageBufferBindingSize: 2 ** 31 - 4 };
    const device = { gpu: { limits, features: new Set() }, adapter: { isFallback: false } };
    expect(planLimits(device as never)).toMatchObject({
      maxBufferSize: 2 ** 32 - 16,
      maxStorageBufferBindingSize: 2 ** 31 - 16,
    });
  });

  it("plans a training of any length with a schedule", () => {
    const schedule = cosine({ steps: 4e7 });
    const resolved = population(mlp([1, 5, 2]), { steps: 4e7, optimizer: adam({ schedule }) });
    expect(
      planTraining(resolved, { ...LIMITS, maxStorageBufferBindingSize: 1 << 20 }).bytes.tables,
    ).toBeLessThan(3e5);
  });

  it("says how large the buffers are that packing fills", () => {
    const runs = grid({
      seed: range(3),
      mixing: [erm(), mixup(beta(1)), mixup(beta(2))],
      optimizer: [sgd(), sgd({ schedule: cosine({ steps: 1000 }) })],
    });
    const resolved = population(mlp([1, 5, 2]), { runs, optimizer: sgd(), probePoints: [1, 2, 3] });
    const plan = planTraining(resolved, LIMITS);
    const packed = packPopulation(resolved, plan.parameterStride);
    expect(packed.tables.byteLength).toBe(plan.bytes.tables);
    // Three laws, and one factor for the constant rate beside 1000 for the cosine.
    expect(packed.tables.length).toBe(tableLayout(resolved, plan.parameterStride).size);
    expect(packed.tables.length % 1001).toBe((3 * 3330) % 1001);
    expect(packed.data.byteLength).toBe(plan.bytes.data);
    expect(packed.runs.byteLength).toBe(plan.bytes.runs);
    expect(plan.metricsStride).toBe(18 * (4 + 3 * 2));
  });
});

describe("planShards", () => {
  const many = population(mlp([1, 512, 2]), { runs: grid({ seed: range(1000), mixing: [erm()] }) });

  it("keeps in one piece what fits", () => {
    const [only, ...others] = planShards(many, LIMITS);
    expect(others).toEqual([]);
    expect(only.population).toBe(many);
    expect(only.plan).toEqual(planTraining(many, LIMITS));
  });

  it("cuts what does not fit into equal parts that do", () => {
    const limits = { ...LIMITS, maxStorageBufferBindingSize: 4 << 20 };
    const shards = planShards(many, limits);
    // Moments of 1000 nets are 16.4 MB.
    expect(shards.map(({ population }) => population.runs.length)).toEqual([250, 250, 250, 250]);
    expect(shards.map(({ runs }) => runs[0])).toEqual([0, 250, 500, 750]);
    expect(shards.flatMap(({ population }) => population.runs)).toEqual(many.runs);
    for (const { plan } of shards)
      expect(Math.max(...Object.values(plan.bytes))).toBeLessThanOrEqual(4 << 20);
  });

  it("gives each run the executor that it would have alone", () => {
    const frozen = many.runs.map((run, r) => (r % 400 === 7 ? { ...run, frozen: ["layers.0"] } : run));
    const shards = planShards({ ...many, runs: frozen }, { ...LIMITS, maxStorageBufferBindingSize: 4 << 20 });
    for (const { plan, population } of shards) {
      const areFrozen = new Set(population.runs.map((run) => run.frozen !== undefined));
      expect(areFrozen).toEqual(new Set([plan.executor === "layered"]));
    }
    expect(shards.flatMap(({ runs }) => runs).sort((a, b) => a - b)).toEqual(range(1000));
    expect(new Set(shards.map(({ plan }) => plan.executor))).toEqual(new Set(["resident", "layered"]));
  });

  it("more runs than a dispatch has workgroups are parts, too", () => {
    const runs = grid({ seed: range(70_000), mixing: [erm()] });
    const shards = planShards(population(mlp([1, 4, 2]), { runs }), LIMITS);
    expect(shards.map(({ population }) => population.runs.length)).toEqual([35_000, 35_000]);
  });

  it("refuses what does not fit alone", () => {
    const limits = { ...LIMITS, maxStorageBufferBindingSize: 8192 };
    expect(() => planShards(many, limits)).toThrow(LimitError);
  });
});

describe("Pace", () => {
  it("never passes the end nor more evaluations than fit, and always moves", () => {
    const pace = new Pace(100, 1, 1_000_000);
    expect(pace.steps(0, 5000, 50, 64)).toBe(3200);
    expect(pace.steps(3200, 5000, 50, 64)).toBe(1800);
    expect(pace.steps(10, 5000, 50, 1)).toBe(40);
    expect(pace.steps(4999, 5000, 50, 1)).toBe(1);
    expect(pace.steps(4950, 4957, 50, 1)).toBe(7);
  });

  it("comes to the budget, by steps it can trust", () => {
    const pace = new Pace(100, 1e6);
    let step = 0;
    const sizes: number[] = [];
    for (let i = 0; i < 12; i++) {
      const steps = pace.steps(step, 1e9, 1e9, 1);
      sizes.push(steps);
      pace.measured(steps, steps * 0.5);
      step += steps;
    }
    expect(sizes[0]).toBe(2);
    for (let i = 1; i < sizes.length; i++) expect(sizes[i]).toBeLessThanOrEqual(4 * sizes[i - 1]);
    expect(sizes[11]).toBe(200);
    for (let i = 0; i < 10; i++) pace.measured(200, 2000);
    expect(pace.steps(0, 1e9, 1e9, 1)).toBeLessThanOrEqual(11);
  });

  it.each([
    // Milliseconds a step; steps a submit within 100 ms, and stretched.
    [1, 100, 100],
    [10, 10, 64],
    [30, 3, 33],
    [50, 2, 20],
    [400, 1, 2],
    [2000, 1, 1],
  ])("gives %i ms steps %i a submit, or %i if it may take longer", (milliseconds, within, stretched) => {
    for (const [stretches, expected] of [
      [false, within],
      [true, stretched],
    ] as const) {
      const pace = new Pace(100, 1e5, undefined, stretches);
      for (let i = 0; i < 20; i++) {
        const steps = pace.steps(0, 1e9, 1e9, 1);
        pace.measured(steps, steps * milliseconds);
      }
      expect(pace.steps(0, 1e9, 1e9, 1)).toBe(expected);
    }
  });
});
