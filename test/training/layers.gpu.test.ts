/**
 * Nets of other layers than dense ones, trained: both backends against each other, and a run's bits whatever company, pace and
 * pauses it has; with running statistics, dropout, residual blocks, pools, smooth activations and inputs of every kind.
 */

import { describe, expect, it } from "vitest";
import {
  activationLayer,
  averagePool2d,
  batchNorm2d,
  beta,
  classDataset,
  conv2d,
  convNet,
  cutMix,
  dense,
  dropout,
  erm,
  flatten,
  gelu,
  globalAveragePool,
  grid,
  type Layer,
  leakyRelu,
  maxPool2d,
  mixup,
  openDevice,
  range,
  relu,
  residual,
  resNet8,
  resume,
  sequential,
  sgd,
  square,
  type TrainConfig,
  tanh,
  towers,
  train,
} from "../../src/index.ts";
import { VARIANTS } from "../../src/kernels/variants.ts";
import { randomNumbers, testDevice } from "../kernels/harness.ts";
import { expectAgreement, fingerprint } from "./agreement.ts";

const SHAPE = [2, 7, 6] as const;
const DATA = classDataset({
  points: randomNumbers(7, 24 * 84),
  labels: Array.from({ length: 24 }, (_, n) => n % 3),
  dimensions: 84,
  shape: SHAPE,
  classes: 3,
});

const MIXINGS = [erm(), mixup(beta(1)), mixup(beta(2), { granularity: "sample", pairing: "permutation" })];

const NETS: Readonly<Record<string, Layer[]>> = {
  "convolution, BatchNorm, dense": [
    conv2d(5, { padding: 1, bias: false }),
    batchNorm2d(),
    relu(),
    conv2d(4, { stride: 2, padding: 1 }),
    leakyRelu({ negativeSlope: 0.2 }),
    flatten(),
    dense(3),
  ],
  "residual blocks": [
    conv2d(4, { padding: 1, bias: false }),
    batchNorm2d({ momentum: "cumulative" }),
    relu(),
    residual([conv2d(4, { padding: 1 }), batchNorm2d(), relu(), conv2d(4, { padding: 1 }), batchNorm2d()]),
    residual([conv2d(6, { stride: 2, padding: 1 }), batchNorm2d()], {
      shortcut: [conv2d(6, { kernel: 1, stride: 2, bias: false }), batchNorm2d()],
      activation: activationLayer("tanh"),
    }),
    globalAveragePool(),
    dense(3),
  ],
  "pools, dropout, smooth activations": [
    conv2d(5, { kernel: 2 }),
    gelu(),
    maxPool2d({ kernel: 2 }),
    dropout(0.3),
    conv2d(4, { kernel: 2, padding: 1 }),
    tanh(),
    averagePool2d({ kernel: 2, stride: 1 }),
    square(),
    flatten(),
    dropout(0.2),
    dense(7),
    relu(),
    dense(3),
  ],
  "BatchNorm, activation and pool on the input; BatchNorm twice": [
    batchNorm2d(),
    relu(),
    averagePool2d({ kernel: 3, stride: 2, padding: 1 }),
    batchNorm2d(),
    batchNorm2d(),
    conv2d(6, { padding: 1, groups: 2 }),
    batchNorm2d(),
    tanh(),
    globalAveragePool(),
    relu(),
    dense(3),
    relu(),
  ],
  "dense layers of rows: of the input, behind a convolution, one behind the other": [
    dense(5, { rows: true }),
    square(),
    conv2d(3, { kernel: 2 }),
    tanh(),
    dense(7, { rows: true, bias: false }),
    relu(),
    dense(2, { rows: true }),
    flatten(),
    dense(3),
  ],
  "a block of nothing but dense layers": [
    flatten(),
    dense(9),
    residual([dense(9), tanh(), dense(9)], { activation: relu() }),
    dense(3),
  ],
  "towers: of an image and of numbers": [
    towers(
      [
        [conv2d(3, { kernel: 2 }), relu(), flatten(), dense(5)],
        [batchNorm2d(), flatten(), dense(9), tanh(), dense(4), relu()],
        [],
      ],
      { inputShapes: [[1, 7, 5], [2, 3, 7], [7]] },
    ),
    dense(6),
    relu(),
    dense(3),
  ],
  "towers that end a net": [towers([[dense(1)], [dense(2, { bias: false })]])],
  "nothing behind the pool": [conv2d(3, { kernel: 3, padding: 1 }), batchNorm2d(), globalAveragePool()],
};

function config(layers: Layer[], more: Partial<TrainConfig> = {}): TrainConfig {
  return {
    data: DATA,
    model: sequential([...SHAPE], layers),
    // Not Adam: a bias before BatchNorm has no gradient but rounding, and Adam makes steps of any gradient.
    optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
    steps: 12,
    batch: 8,
    evaluateEvery: 5,
    probePoints: DATA.points.subarray(0, 84 * 3),
    runs: grid({ seed: range(2), mixing: MIXINGS }),
    ...more,
  };
}

describe("12 steps, GPU against reference", () => {
  it.each(Object.entries(NETS))("%s", async (_, layers) => {
    const asked = config(layers);
    const expected = await train(await openDevice({ backend: "cpu" }), asked).result;
    const actual = await train(await testDevice(), asked).result;
    expect(actual.executor).toBe("layered");
    expectAgreement(actual, expected);
  });
});

/**
 * Channels enough for tiles of a workgroup in every part, and sums so short that few are sliced, which take seconds to compile. The first
 * layer reads what is mixed on the way, and has two chunks of gradients; the second reads BatchNorm and ReLU, with a stride.
 */
const WIDE = [
  conv2d(9, { padding: 1, bias: false }),
  batchNorm2d(),
  relu(),
  conv2d(10, { kernel: 2, stride: 2 }),
  globalAveragePool(),
  dense(3),
];

describe("convolutions in every variant, GPU against reference, with boxes and partners", () => {
  const mixing = [cutMix(beta(1), { granularity: "sample" }), mixup(beta(1))];
  const asked = config(WIDE, { runs: grid({ seed: range(1), mixing }), batch: 7, steps: 6 });
  it.each(VARIANTS.convolution)("%s", async (convolution) => {
    const expected = await train(await openDevice({ backend: "cpu" }), asked).result;
    const actual = await train(await testDevice(), { ...asked, variants: { convolution } }).result;
    expect(actual.variants!.convolution).toBe(convolution);
    expectAgreement(actual, expected);
  });
});

for (const [name, model] of [
  ["residual net", resNet8(3, { channels: 2, size: [7, 6], classes: 3 })],
  ["convNet", convNet({ channels: 2, size: [7, 6], classes: 3 })],
] as const) {
  describe(`bit for bit, ${name}`, () => {
    const asked = config([flatten(), dense(3)], { model });

    it("alone and among others", async () => {
      const device = await testDevice();
      const among = await train(device, asked).result;
      for (const r of [0, 3, 5]) {
        const alone = await train(device, { ...asked, runs: [asked.runs[r]] }).result;
        expect(fingerprint(alone, 0)).toEqual(fingerprint(among, r));
      }
    });

    it("whatever steps a submit, stopped, stored and resumed", async () => {
      const device = await testDevice();
      const straight = await train(device, asked).result;
      const slow = await train(device, asked, { stepsPerSubmit: 1 }).result;
      const first = train(device, asked, { stopAfter: 7 });
      await first.result;
      const resumed = await resume(device, await first.checkpoint()).result;
      expect(resumed.executor).toBe("layered");
      for (let r = 0; r < asked.runs.length; r++) {
        expect(fingerprint(slow, r)).toEqual(fingerprint(straight, r));
        expect(fingerprint(resumed, r)).toEqual(fingerprint(straight, r));
      }
    });

    it("on the CPU: stopped, stored and resumed", async () => {
      const device = await openDevice({ backend: "cpu" });
      const straight = await train(device, asked).result;
      const first = train(device, asked, { stopAfter: 7 });
      await first.result;
      const resumed = await resume(device, await first.checkpoint()).result;
      for (let r = 0; r < asked.runs.length; r++)
        expect(fingerprint(resumed, r)).toEqual(fingerprint(straight, r));
    });
  });
}

describe("a run that diverges", () => {
  it("is frozen with its running statistics, and its neighbours train on", async () => {
    const device = await testDevice();
    const layers = NETS["convolution, BatchNorm, dense"];
    const healthy = config(layers, { optimizer: sgd({ learningRate: 0.05 }) });
    const bad = { seed: 1, mixing: erm(), optimizer: sgd({ learningRate: 1e30 }) };
    const alone = await train(device, healthy).result;
    const both = await train(device, { ...healthy, runs: [...healthy.runs, bad] }).result;
    expect(both.runs[6].failure?.step).toBeLessThan(4);
    for (const { data } of Object.values(both.runs[6].parameters))
      expect(data.every(Number.isFinite)).toBe(true);
    for (let r = 0; r < 6; r++) expect(fingerprint(both, r)).toEqual(fingerprint(alone, r));
  });
});
