/**
 * The population handle, on both backends: it trains what train() trains, in any stretches; forks, averages and changes are what
 * they say; a run's bits do not depend on its company; what is refused leaves everything as it was.
 */

import { afterAll, describe, expect, it } from "vitest";
import {
  adam,
  batchNorm2d,
  beta,
  ConfigError,
  classDataset,
  conv2d,
  DestroyedError,
  type Device,
  dense,
  erm,
  globalAveragePool,
  gradients,
  mixup,
  mlp,
  type NamedTensors,
  type OpenConfig,
  openDevice,
  openPopulation,
  type PopulationHandle,
  range,
  relu,
  reopenPopulation,
  sequential,
  sgd,
  train,
} from "../../src/index.ts";
import { randomNumbers, testDevice } from "../kernels/harness.ts";

const N = 30;
const DATA = classDataset({
  points: randomNumbers(3, N * 2),
  labels: range(N).map((n) => n % 3),
  dimensions: 2,
});
const law = beta(0.7);
const CONFIG: OpenConfig = {
  data: DATA,
  model: mlp([2, 8, 3], { activation: "tanh" }),
  optimizer: adam({ learningRate: 0.02 }),
  batch: 7,
  runs: [
    { seed: 1, mixing: mixup(law) },
    { seed: 2, mixing: mixup(law, { granularity: "sample" }) },
    { seed: 1, mixing: erm() },
  ],
};

const BACKENDS: [string, () => Promise<Device>][] = [
  ["gpu", testDevice],
  ["cpu", () => openDevice({ backend: "cpu" })],
];

/** What a handle refuses, and the path it names. */
async function refused(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).path;
}

describe.each(BACKENDS)("on the %s", (_, open) => {
  const handles: PopulationHandle[] = [];
  afterAll(() => {
    for (const handle of handles) handle.destroy();
  });
  async function opened(more: Partial<OpenConfig> = {}): Promise<PopulationHandle> {
    const handle = openPopulation(await open(), { ...CONFIG, ...more });
    handles.push(handle);
    return handle;
  }
  const trained = async (steps: number, more: Partial<OpenConfig> = {}): Promise<NamedTensors[]> => {
    const { runs } = await train(await open(), { ...CONFIG, ...more, steps }).result;
    return runs.map(({ parameters }) => parameters);
  };

  it("averages by weights in any list of numbers, and refuses what makes no mean", async () => {
    const handle = await opened();
    await handle.train(3);
    const half = await opened();
    await half.train(3);
    await handle.average([[0, 1]], [Uint8Array.of(1, 3)] as never);
    await half.average([[0, 1]], [[0.25, 0.75]]);
    expect(await handle.parameters()).toEqual(await half.parameters());
    await half.fork([0, 0]);
    for (const [weights, path] of [
      [null, "weights"],
      [[1], "weights[0]"],
      [[[1e308, 1e308]], "weights[0]"],
      [[[1, -1]], "weights[0]"],
      [[[1, Number.NaN]], "weights[0][1]"],
      [[{ length: 2, 0: 1 }], "weights[0][1]"],
    ])
      expect(await refused(half.average([[0, 1]], weights as never))).toBe(path);
  });

  it("reopens its snapshots again and again, one sample a step", async () => {
    const handle = await opened({ batch: 1 });
    await handle.train(2);
    const device = await open();
    const again = reopenPopulation(device, await handle.snapshot());
    handles.push(again);
    const third = reopenPopulation(device, await again.snapshot());
    handles.push(third);
    await third.train(1);
    await handle.train(1);
    expect(await third.parameters()).toEqual(await handle.parameters());
  });

  it("trains what train() trains, in stretches of any length, looked at in between", async () => {
    const handle = await opened();
    expect([handle.size, handle.step]).toEqual([3, 0]);
    for (const steps of [1, 4, 7]) {
      await handle.train(steps);
      await handle.losses();
    }
    expect(handle.step).toBe(12);
    expect(await handle.parameters()).toEqual(await trained(12));
  });

  it("gives losses as gradients() has them, of all points, of some, and of each run's own", async () => {
    const device = await open();
    const own = [range(5), [7, 3, 20], range(N)];
    const handle = await opened({ runs: CONFIG.runs.map((run, r) => ({ ...run, train: own[r] })), batch: 3 });
    await handle.train(5);
    const parameters = await handle.parameters();
    const all = await handle.evaluate(DATA);
    const losses = await handle.losses();
    const some = await handle.losses(DATA, { points: [[4], [5, 6], [6, 5]] });
    for (let r = 0; r < 3; r++) {
      const { sampleLosses } = await gradients(device, {
        model: CONFIG.model,
        parameters: parameters[r],
        batch: {
          points: DATA.points,
          targets: DATA.targets,
          first: range(N),
          partners: range(N),
          lambdas: range(N).map(() => 1),
        },
      });
      const expected = Array.from(sampleLosses);
      const compare = (actual: Float64Array, points: readonly number[]) => {
        expect(actual.length).toBe(points.length);
        points.forEach((point, i) => {
          expect(actual[i]).toBeCloseTo(expected[point], 5);
        });
      };
      compare(all[r].losses, range(N));
      compare(losses[r], own[r]);
      compare(some[r], [[4], [5, 6], [6, 5]][r]);
      expect(all[r].loss).toBeCloseTo(expected.reduce((sum, loss) => sum + loss, 0) / N, 5);
      const wrong = range(N).filter((n) => {
        const row = all[r].logits.subarray(3 * n, 3 * n + 3);
        return row.indexOf(Math.max(...row)) !== n % 3;
      });
      expect(all[r].error).toBe(wrong.length / N);
    }
  });

  it("forks runs that stay equal until they are set apart, and whose bits do not depend on each other", async () => {
    const handle = await opened();
    await handle.train(5);
    await handle.fork([1, 0, 0]);
    await handle.set(2, { mixing: mixup(beta(8)) });
    expect(handle.runs.map(({ seed }) => seed)).toEqual([2, 1, 1]);
    await handle.train(6);
    const [second, first, apart] = await handle.parameters();
    const straight = await trained(11);
    expect(second).toEqual(straight[1]);
    expect(first).toEqual(straight[0]);
    const alone = await opened({ runs: [CONFIG.runs[0]] });
    await alone.train(5);
    await alone.set(0, { mixing: mixup(beta(8)) });
    await alone.train(6);
    expect((await alone.parameters())[0]).toEqual(apart);
    expect(apart).not.toEqual(first);
  });

  it("is a run's phases, set by hand when their step has come", async () => {
    const { data, optimizer } = CONFIG;
    expect(data.size).toBe(N);
    const even = range(15).map((n) => 2 * n);
    const handle = await opened({ optimizer });
    await handle.train(4);
    await handle.set([0, 1, 2], { mixing: erm(), learningRate: 1e-3, train: even });
    await handle.train(5);
    const phases = [{ from: 4, mixing: erm(), learningRate: 1e-3, train: even }];
    const straight = await trained(9, { runs: CONFIG.runs.map((run) => ({ ...run, phases })) });
    expect(await handle.parameters()).toEqual(straight);
  });

  it("begins an optimizer anew, whatever kind it was before, as a training from there does", async () => {
    const handle = await opened();
    await handle.train(5);
    const start = await handle.parameters();
    await handle.set(range(3), { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), mixing: erm() });
    await handle.set(range(3), { train: range(7) });
    await handle.train(4);
    // Batches of all seven points: their order is all that a clock of its own would change.
    const { runs } = await train(await open(), {
      ...CONFIG,
      batch: 7,
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
      steps: 4,
      runs: start.map((parameters, r) => ({
        seed: CONFIG.runs[r].seed,
        mixing: erm(),
        train: range(7),
        parameters,
      })),
    }).result;
    const after = await handle.parameters();
    runs.forEach(({ parameters }, r) => {
      for (const [name, { data }] of Object.entries(parameters))
        data.forEach((value, p) => {
          expect(after[r][name].data[p]).toBeCloseTo(value, 5);
        });
    });
  });

  it("averages runs with weights, and goes on from the mean with empty moments", async () => {
    const handle = await opened();
    await handle.train(5);
    const before = await handle.parameters();
    await handle.average([[0, 1], [2]], [[1, 3], [1]]);
    const after = await handle.parameters();
    expect(handle.size).toBe(2);
    for (const [name, { data }] of Object.entries(after[0])) {
      data.forEach((value, p) => {
        const mean = 0.25 * before[0][name].data[p] + 0.75 * before[1][name].data[p];
        expect(value).toBeCloseTo(mean, 6);
      });
    }
    expect(after[1]).toEqual(before[2]);
    await handle.train(3);
    // A third of the way of Adam's first steps is as long as ever: bias corrections are new as well.
    const fresh = await opened({ runs: [{ ...CONFIG.runs[0], parameters: after[0] }] });
    await fresh.train(1);
    const one = await opened();
    await one.train(5);
    await one.average([[0, 1]], [[1, 3]]);
    await one.train(1);
    const [moved] = await one.parameters();
    const largest = Math.max(
      ...Object.entries(moved).flatMap(([name, { data }]) =>
        Array.from(data, (value, p) => Math.abs(value - after[0][name].data[p])),
      ),
    );
    expect(largest).toBeGreaterThan(0.019);
    expect(largest).toBeLessThan(0.0201);
  });

  it("goes on from a snapshot as if there had been none, forks and changes included", async () => {
    const changed = async (handle: PopulationHandle) => {
      await handle.train(5);
      await handle.fork([2, 0]);
      await handle.set(1, { optimizer: adam({ learningRate: 0.05 }), train: range(20), weights: range(20) });
    };
    const straight = await opened();
    await changed(straight);
    await straight.train(6);
    const stopped = await opened();
    await changed(stopped);
    await stopped.train(2);
    const again = reopenPopulation(await open(), await stopped.snapshot());
    expect([again.step, again.size]).toEqual([7, 2]);
    await again.train(4);
    expect(await again.parameters()).toEqual(await straight.parameters());
    again.destroy();
  });

  it("says of runs that have diverged that they have, also of their copies", async () => {
    const wild = { ...CONFIG.runs[0], optimizer: sgd({ learningRate: 3e38 }) };
    const handle = await opened({ optimizer: sgd(), runs: [wild, { seed: 1, mixing: erm() }] });
    const { failures } = await handle.train(8);
    expect(failures.map(({ run }) => run)).toEqual([0]);
    await handle.fork([1, 0]);
    const again = await handle.train(1);
    expect(again.failures.map(({ run }) => run)).toEqual([1]);
    const [fine, failed] = await handle.evaluate();
    expect(Number.isFinite(fine.loss)).toBe(true);
    expect([failed.loss, failed.error]).toEqual([Number.NaN, Number.NaN]);
    expect(await refused(handle.average([[0, 1]]))).toBe("groups[0][1]");
    // Parameters given anew are a new beginning.
    await handle.set(1, { parameters: (await handle.parameters())[0], optimizer: sgd() });
    expect((await handle.train(1)).failures).toEqual([]);
  });

  it("refuses what makes no sense, and nothing is lost", async () => {
    const handle = await opened({
      runs: [CONFIG.runs[0], { ...CONFIG.runs[1], phases: [{ from: 50, mixing: erm() }] }],
    });
    await handle.train(3);
    const before = await handle.snapshot();
    const wrong: [Promise<unknown>, string][] = [
      [handle.train(0), "steps"],
      [handle.train(1.5), "steps"],
      [handle.fork([]), "sources"],
      [handle.fork([0, 2]), "sources[1]"],
      [handle.average([[0], []]), "groups[1]"],
      [handle.average([[0, 5]]), "groups[0][1]"],
      [handle.average([[0, 1]], [[1, -1]]), "weights[0]"],
      [handle.average([[0, 1]], [[1]]), "weights[0]"],
      [handle.set(2, { mixing: erm() }), "runs[0]"],
      [handle.set([0, 0], { mixing: erm() }), "runs[1]"],
      [handle.set(0, { mixing: { ...erm(), kind: "mixup" } }), "change.mixing.kind"],
      [handle.set(0, { train: [0, N] }), "change.train[1]"],
      [handle.set(0, { train: [3, 3, 4, 5, 6, 7, 8] }), "change.train[1]"],
      [handle.set(0, { train: [0, 1] }), "change.train"],
      [handle.set(0, { weights: [1, 2] }), "change.weights"],
      [handle.set(0, { weights: range(N).map(() => 0) }), "change.weights"],
      [handle.set(0, { frozen: ["layers.7"] }), "change.frozen[0]"],
      [handle.set(0, { learningRate: -1 }), "change.optimizer.learningRate"],
      [handle.set(0, { optimizer: sgd() }), "runs[1].optimizer.kind"],
      [handle.set(0, { phases: [{ from: 3, mixing: erm() }] }), "change.phases[0].from"],
      [handle.set(1, { labelSmoothing: 0.1 }), "change.phases"],
      [handle.losses(DATA, { points: [N] }), "options.points[0]"],
    ];
    for (const [call, path] of wrong) expect(await refused(call)).toBe(path);
    expect(await handle.snapshot()).toEqual(before);
    const normed = await opened({
      data: classDataset({
        points: randomNumbers(1, 8 * 9),
        labels: range(8).map((n) => n % 2),
        dimensions: 9,
        shape: [1, 3, 3],
      }),
      model: sequential([1, 3, 3], [conv2d(2), batchNorm2d(), relu(), globalAveragePool(), dense(2)]),
    });
    expect(await refused(normed.average([[0, 1]]))).toBe("groups");
    handle.destroy();
    handle.destroy();
    await expect(handle.train(1)).rejects.toBeInstanceOf(DestroyedError);
  });

  it("stops when its signal says so, at a step that it tells", async () => {
    const handle = await opened();
    const { step } = await handle.train(1000, { signal: AbortSignal.abort() });
    expect(step).toBe(0);
    expect((await handle.train(2)).step).toBe(2);
  });
});
