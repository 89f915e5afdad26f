/**
 * Steps of as few dispatches as can be: trained as in the reference, a run's bits whatever company and pauses it has, and nothing that
 * looks at clocks or samples is lost by it.
 *
 * Not here: the kernels one by one, and how many dispatches a step has (`plan.test.ts`).
 */

import { describe, expect, it } from "vitest";
import {
  adam,
  batchNorm2d,
  beta,
  classDataset,
  conv2d,
  dense,
  domainBandit,
  dropout,
  erm,
  flatten,
  type Layer,
  leakyRelu,
  mixup,
  openDevice,
  type RunConfig,
  relu,
  resume,
  sequential,
  sgd,
  type TrainConfig,
  train,
  withDomains,
} from "../../src/index.ts";
import { randomNumbers, testDevice } from "../kernels/harness.ts";
import { expectAgreement, fingerprint } from "./agreement.ts";

const SHAPE = [2, 5, 4] as const;
const N = 26;
const DATA = classDataset({
  points: randomNumbers(7, N * 40),
  labels: Array.from({ length: N }, (_, n) => n % 3),
  dimensions: 40,
  shape: SHAPE,
  classes: 3,
});

const NETS: Readonly<Record<string, Layer[]>> = {
  "one layer": [flatten(), dense(3)],
  "a hidden layer": [flatten(), dense(70), leakyRelu(), dense(3)],
  "without an activation between": [flatten(), dense(9), dense(3, { bias: false })],
  "dropout before the last layer": [flatten(), dense(9), relu(), dropout(0.3), dense(3)],
  "maps before the last layer": [
    conv2d(3, { padding: 1, bias: false }),
    batchNorm2d(),
    relu(),
    flatten(),
    dense(3),
  ],
  "a last activation, which is no part of a head": [flatten(), dense(9), relu(), dense(3), relu()],
};

/** Batches of 8 and, at the end of an epoch, of 2. */
function config(layers: Layer[], more: Partial<TrainConfig> = {}): TrainConfig {
  return {
    data: DATA,
    model: sequential([...SHAPE], layers),
    optimizer: adam({ learningRate: 0.01 }),
    steps: 14,
    batch: 8,
    lastBatch: "keep",
    evaluateEvery: 5,
    probePoints: DATA.points.subarray(0, 40 * 3),
    runs: [erm(), mixup(beta(1)), mixup(beta(2), { granularity: "sample" })].map((mixing, seed) => ({
      seed,
      mixing,
    })),
    executor: "layered",
    variants: { steps: "fused" },
    ...more,
  };
}

describe("fused steps, GPU against reference", () => {
  it.each(Object.entries(NETS))("%s", async (_, layers) => {
    const asked = config(layers);
    const expected = await train(await openDevice({ backend: "cpu" }), {
      ...asked,
      executor: undefined,
      variants: undefined,
    }).result;
    const actual = await train(await testDevice(), asked).result;
    expect(actual.variants!.steps).toBe("fused");
    expectAgreement(actual, expected);
  });
});

/** Runs that ask for what a neighbour may not: draws by domain, weights of points, layers that stay. */
const DEMANDING: readonly RunConfig[] = [
  { seed: 1, mixing: mixup(beta(1)), bandit: domainBandit() },
  { seed: 2, mixing: erm(), weights: Array.from({ length: N }, (_, n) => (n % 4) / 2) },
  { seed: 3, mixing: mixup(beta(1)), frozen: ["1"] },
];

describe("a run's bits", () => {
  const plain = config(NETS["a hidden layer"], {
    data: withDomains(DATA, { even: { from: 0, to: 13 }, odd: { from: 13, to: N } }),
    lastBatch: "wrap",
  });

  it("are those of the run alone, whatever its neighbours ask for", async () => {
    const device = await testDevice();
    const asked = { ...plain, runs: [...plain.runs, ...DEMANDING] };
    const among = await train(device, asked).result;
    for (const [r, run] of asked.runs.entries()) {
      const alone = await train(device, { ...asked, runs: [run] }).result;
      expect(fingerprint(alone, 0), `run ${r}`).toEqual(fingerprint(among, r));
    }
  });

  it.each([
    ["demanding runs", { ...plain, runs: DEMANDING }],
    ["a smaller last batch", config(NETS["dropout before the last layer"])],
  ])("are the same however many steps a submit takes, and stopped and resumed: %s", async (_, asked) => {
    const device = await testDevice();
    const straight = await train(device, asked).result;
    const slow = await train(device, asked, { stepsPerSubmit: 1 }).result;
    const first = train(device, asked, { stopAfter: 7 });
    await first.result;
    const resumed = await resume(device, await first.checkpoint()).result;
    expect(resumed.variants!.steps).toBe("fused");
    for (let r = 0; r < asked.runs.length; r++) {
      expect(fingerprint(slow, r)).toEqual(fingerprint(straight, r));
      expect(fingerprint(resumed, r)).toEqual(fingerprint(straight, r));
    }
  });
});

it("freezes a run whose loss or parameters overflow, at the step that apart steps say", async () => {
  const device = await testDevice();
  const layers = NETS["maps before the last layer"];
  const runs = [1e-2, 1e20, 1e38].map((learningRate) => ({
    seed: 1,
    mixing: erm(),
    optimizer: sgd({ learningRate }),
  }));
  const asked = config(layers, { optimizer: sgd(), runs });
  const fused = await train(device, asked).result;
  const apart = await train(device, { ...asked, variants: { steps: "apart" } }).result;
  expect(fused.runs.map(({ failure }) => failure)).toEqual(apart.runs.map(({ failure }) => failure));
  expect(fused.runs[0].failure).toBeUndefined();
  for (const r of [1, 2]) {
    expect(fused.runs[r].failure).toBeDefined();
    expect(Object.values(fused.runs[r].parameters).every(({ data }) => data.every(Number.isFinite))).toBe(
      true,
    );
  }
});
