/**
 * What must come out, from a repetition of the same runs in PyTorch (five seeds; the residual net three): training error and loss
 * at some epochs, who is first, what stays. Written before the runs.
 */

import { spread } from "../../numeric/spread.ts";
import { check, type Reference } from "../../report/references.ts";
import {
  type ImageGroup,
  type LineGroup,
  lawTitle,
  type OriginalImages,
  SETTING_TITLES,
  type SettingName,
} from "./results.ts";

/** Mean and sample standard deviation of the repetition: error in percent, loss in nats. */
type Expected = readonly [epoch: number, error: number, errorStd: number, loss: number, lossStd: number];

interface Table {
  readonly seeds: number;
  /** Epochs at which the error is compared, and the loss. */
  readonly errorAt: readonly number[];
  readonly lossAt: number;
  readonly laws: readonly (readonly [alpha: number | null, rows: readonly Expected[]])[];
}

const TABLES: Readonly<Partial<Record<SettingName, Table>>> = {
  convnet: {
    seeds: 5,
    errorAt: [40, 100, 250],
    lossAt: 300,
    laws: [
      [
        null,
        [
          [40, 4.38, 1.01, 0.1771, 0.0162],
          [100, 0, 0, 0.0194, 0.003],
          [250, 0, 0, 0.0016, 0.0001],
          [300, 0, 0, 0.001, 0.0001],
        ],
      ],
      [
        1,
        [
          [40, 8.36, 0.65, 0.3555, 0.0178],
          [100, 1.09, 0.85, 0.1387, 0.0146],
          [250, 0, 0, 0.0498, 0.0089],
          [300, 0, 0, 0.043, 0.0043],
        ],
      ],
      [
        32,
        [
          [40, 11.41, 1.45, 0.3792, 0.0228],
          [100, 2.58, 0.81, 0.1553, 0.0225],
          [250, 0, 0, 0.0354, 0.0034],
          [300, 0, 0, 0.0242, 0.0031],
        ],
      ],
      [
        128,
        [
          [40, 11.02, 1.01, 0.3766, 0.0241],
          [100, 3.05, 0.89, 0.1546, 0.0229],
          [250, 0, 0, 0.0287, 0.004],
          [300, 0, 0, 0.0194, 0.0027],
        ],
      ],
      [
        1024,
        [
          [40, 11.33, 1.2, 0.3772, 0.0241],
          [100, 3.05, 0.89, 0.1541, 0.0219],
          [250, 0, 0, 0.0263, 0.0034],
          [300, 0, 0, 0.017, 0.0026],
        ],
      ],
    ],
  },
  resnet: {
    seeds: 3,
    errorAt: [60, 150, 300],
    lossAt: 300,
    laws: [
      [
        null,
        [
          [60, 3.12, 1.41, 0.389, 0.0606],
          [150, 0, 0, 0.0265, 0.0046],
          [300, 0, 0, 0.0047, 0.0005],
        ],
      ],
      [
        1,
        [
          [60, 11.98, 1.7, 0.6333, 0.0601],
          [150, 0.52, 0.6, 0.2052, 0.0265],
          [300, 0, 0, 0.1275, 0.0169],
        ],
      ],
      [
        32,
        [
          [60, 19.66, 0.9, 0.7866, 0.0631],
          [150, 7.29, 2.22, 0.4014, 0.0278],
          [300, 2.08, 1.26, 0.2043, 0.0529],
        ],
      ],
      [
        1024,
        [
          [60, 23.05, 2.56, 0.8323, 0.0639],
          [150, 7.94, 2.29, 0.3923, 0.0455],
          [300, 3.52, 1.41, 0.2183, 0.0393],
        ],
      ],
    ],
  },
  digits: {
    seeds: 5,
    errorAt: [40, 100, 200],
    lossAt: 200,
    laws: [
      [
        null,
        [
          [40, 1.56, 0.28, 0.0993, 0.0106],
          [100, 0, 0, 0.0142, 0.0008],
          [200, 0, 0, 0.0027, 0.0003],
        ],
      ],
      [
        1,
        [
          [40, 2.66, 0.22, 0.2199, 0.0112],
          [100, 1.29, 0.22, 0.1375, 0.0101],
          [200, 0.31, 0.11, 0.1053, 0.0058],
        ],
      ],
      [
        32,
        [
          [40, 3.2, 0.49, 0.2125, 0.0209],
          [100, 1.91, 0.25, 0.1222, 0.0031],
          [200, 1.13, 0.52, 0.093, 0.0085],
        ],
      ],
      [
        1024,
        [
          [40, 3.32, 0.72, 0.2075, 0.0238],
          [100, 1.91, 0.38, 0.1125, 0.0037],
          [200, 1.21, 0.4, 0.0803, 0.007],
        ],
      ],
    ],
  },
};

const SOURCE = "repeated in PyTorch: the same net, images and schedule, other random numbers";

/** References for what was run. */
export function imagesChecks(groups: readonly ImageGroup[], line: readonly LineGroup[]): Reference[] {
  const settings = [...new Set(groups.map(({ setting }) => setting))];
  return [
    ...settings.flatMap((setting) => {
      const own = groups.filter((group) => group.setting === setting);
      return [
        ...own.flatMap((group) => tableChecks(group, TABLES[setting])),
        ...own.flatMap(originalChecks),
        ...(setting === "convnet" ? orderChecks(own) : []),
      ];
    }),
    ...lineChecks(line),
  ];
}

function tableChecks(group: ImageGroup, table: Table | undefined): Reference[] {
  if (table === undefined) return [];
  const { seeds, errorAt, lossAt, laws } = table;
  const rows = laws.find(([alpha]) => alpha === group.alpha)?.[1];
  if (rows === undefined) return [];
  const heading = `${SETTING_TITLES[group.setting]}, ${lawTitle(group.alpha)}`;
  const { failed } = failures(group);
  /** Three standard errors of the difference of two means. */
  const bound = (std: number) => 3 * Math.sqrt(std ** 2 / seeds + std ** 2 / group.seeds);
  const at = (epoch: number) => group.epochs.indexOf(epoch);
  const shared = { heading, source: SOURCE, basis: "repeated" as const, differences: failed };
  return rows.flatMap(([epoch, error, errorStd, loss, lossStd]) => {
    if (at(epoch) < 0) return [];
    return [
      ...(errorAt.includes(epoch)
        ? [
            check({
              ...shared,
              what: `training error at epoch ${epoch}`,
              expected: error / 100,
              tolerance: bound(errorStd / 100) + 1 / 256,
              measured: group.error.mean[at(epoch)],
            }),
          ]
        : []),
      ...(epoch === lossAt
        ? [
            check({
              ...shared,
              what: `training loss at epoch ${epoch}`,
              expected: loss,
              tolerance: bound(lossStd) + 0.05 * loss,
              measured: group.loss.mean[at(epoch)],
            }),
          ]
        : []),
    ];
  });
}

/** Percent of the test images that the authors' nets misclassify, means of five runs: Mixup, and ERM beside it. */
const TEST_ERRORS: Readonly<
  Record<OriginalImages, readonly (readonly [alpha: number, mixup: number, erm: number])[]>
> = {
  MNIST: [
    [1, 0.59, 0.55],
    [32, 0.76, 0.61],
    [128, 0.69, 0.66],
    [1024, 0.92, 0.63],
  ],
  "CIFAR-10": [
    [1, 13.24, 16.45],
    [32, 16.34, 15.95],
    [128, 16.91, 15.79],
    [1024, 17.11, 16.63],
  ],
  "CIFAR-100": [
    [1, 45.22, 48.54],
    [32, 48.66, 47.99],
    [128, 48.42, 47.54],
    [1024, 48.29, 47.96],
  ],
};

/** Share of the training images, in the end, read off the paper's figures by eye: Mixup with alpha 1024, and ERM. */
const TRAINING_ERRORS: Readonly<Record<OriginalImages, readonly [mixup: number, erm: number]>> = {
  MNIST: [0.0025, 0.0005],
  "CIFAR-10": [0.017, 0.004],
  "CIFAR-100": [0.019, 0.007],
};

const ORIGINAL_EPOCHS = 50;
const ORIGINAL_SEEDS = 5;

/** The authors' own values; how far theirs would spread is not published, so the tolerances are ours. */
function originalChecks(group: ImageGroup): Reference[] {
  const { alpha, images, seeds, epochs, testError, error } = group;
  if (images === undefined) return [];
  const rows = TEST_ERRORS[images];
  // ERM was run again beside each law: one law with twenty runs.
  const ermMean = rows.reduce((sum, [, , erm]) => sum + erm, 0) / rows.length;
  const expected = alpha === null ? ermMean : rows.find(([a]) => a === alpha)?.[1];
  const done = epochs[epochs.length - 1];
  const differences = [
    ...(done === ORIGINAL_EPOCHS ? [] : [`epochs: ${done}, not ${ORIGINAL_EPOCHS}`]),
    ...(seeds === ORIGINAL_SEEDS ? [] : [`seeds: ${seeds}, not ${ORIGINAL_SEEDS}`]),
    ...failures(group).failed,
  ];
  const shared = {
    heading: `${SETTING_TITLES.resnet18}, ${lawTitle(alpha)}`,
    basis: "published" as const,
    differences,
  };
  const [mixupEnd, ermEnd] = TRAINING_ERRORS[images];
  const end = alpha === null ? ermEnd : alpha === 1024 ? mixupEnd : undefined;
  return [
    ...(expected === undefined
      ? []
      : [
          check({
            ...shared,
            what: `${images}, test error in the end`,
            expected: expected / 100,
            tolerance: 0.003 + (0.05 * expected) / 100,
            measured: testError.mean,
            source: "the authors' logs, means of five runs",
          }),
        ]),
    ...(end === undefined
      ? []
      : [
          check({
            ...shared,
            what: `${images}, training error in the end`,
            expected: end,
            tolerance: 0.002 + end / 2,
            measured: error.mean[error.mean.length - 1],
            source: "the paper's figures, read by eye",
          }),
        ]),
  ];
}

function failures({ runs }: ImageGroup): { failed: string[] } {
  const count = runs.filter(({ failure }) => failure !== null).length;
  return { failed: count === 0 ? [] : [`${count} of ${runs.length} runs diverged`] };
}

/** Who is first, and what is left in the end: orders, as 1 for "so it is". */
function orderChecks(groups: readonly ImageGroup[]): Reference[] {
  const of = (alpha: number | null) => groups.find((group) => group.alpha === alpha);
  const [ermGroup, one, most] = [of(null), of(1), of(1024)];
  if (ermGroup === undefined || one === undefined || most === undefined) return [];
  const last = ermGroup.epochs.length - 1;
  const heading = SETTING_TITLES.convnet;
  const holds = (what: string, isSo: boolean | undefined) =>
    check({
      heading,
      what,
      expected: 1,
      tolerance: 0,
      measured: isSo === undefined ? null : Number(isSo),
      source: SOURCE,
      basis: "repeated",
    });
  const solved = ({ solvedAt, epochs }: ImageGroup) => {
    // A seed that never came so far counts as one that comes after the end.
    const at = solvedAt.map((epoch) => epoch ?? epochs[epochs.length - 1] + 10);
    return at.reduce((a, b) => a + b) / at.length;
  };
  const lossAt = (group: ImageGroup, index: number) => group.loss.mean[index] ?? Number.NaN;
  const sixty = ermGroup.epochs.indexOf(60);
  const isLong = ermGroup.epochs[last] >= 300;
  return [
    holds(
      "1 % error first without Mixup, then α = 1, then α = 1024 (1: so it is)",
      solved(ermGroup) < solved(one) && solved(one) < solved(most),
    ),
    holds(
      "loss in the end: least without Mixup, then less with α = 1024 than with α = 1 (1: so it is)",
      isLong
        ? lossAt(ermGroup, last) < lossAt(most, last) && lossAt(most, last) < lossAt(one, last)
        : undefined,
    ),
    holds(
      "loss at epoch 60: less with α = 1 than with α = 1024 (1: so it is)",
      sixty < 0 ? undefined : lossAt(one, sixty) < lossAt(most, sixty),
    ),
  ];
}

/** Evaluations of the line that are averaged. */
const LATE = 20;

/** The line never fits: at every large alpha one point of three stays wrong. */
function lineChecks(line: readonly LineGroup[]): Reference[] {
  return line
    .filter(({ alpha }) => alpha === null || alpha >= 32)
    .map(({ alpha, error }) =>
      check({
        heading: "Alternating line",
        what: `${lawTitle(alpha)}, training error, mean of the last ${LATE} evaluations`,
        expected: alpha === null ? 0 : 1 / 3,
        // A net that mixes much still jumps now and then.
        tolerance: alpha === null ? 1e-6 : 0.05,
        measured: spread(error.mean.slice(-LATE)).mean,
        source:
          "the paper's section 2.3; the same in its authors' runs and in the alternating-line experiment",
        basis: "published",
      }),
    );
}
