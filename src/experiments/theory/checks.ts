/**
 * What is known about alternating lines beforehand: closed forms for three points, and values that were
 * integrated and searched independently (NumPy and SciPy).
 */

import { alternatingLine } from "../../data/lines.ts";
import { beta } from "../../mixing/laws.ts";
import { check, type Reference } from "../../report/references.ts";
import { collisionRadii } from "../../theory/classifier/diagnostics.ts";
import { limitClassifier } from "../../theory/classifier/limitClassifier.ts";
import { optimalLoss } from "../../theory/classifier/optimalLoss.ts";
import { setName } from "../lineSets.ts";
import type { LineFlips } from "./results.ts";

const CLOSED = "closed form for three points";
const INDEPENDENT = "independent computation (SciPy)";

/** h_eps of class 0 at the points 0 and 1 of the three-point line, to ten digits. */
export const OPTIMAL_TABLE: readonly [alpha: number, epsilon: number, atZero: number, atOne: number][] = [
  [1, 0.01, 0.9999029126, 0.0190566038],
  [1, 0.05, 0.997826087, 0.0807692308],
  [1, 0.1, 0.9923076923, 0.1375],
  [1, 0.15, 0.9844827586, 0.1815789474],
  [1, 0.25, 0.9642857143, 0.25],
  [1, 0.5, 0.9, 0.375],
  [32, 0.01, 1, 0.1127141884],
  [32, 0.05, 1, 0.3826235078],
  [32, 0.1, 1, 0.535162199],
  [32, 0.15, 1, 0.6065129405],
  [32, 0.25, 0.9999954139, 0.6568421355],
  [32, 0.5, 0.7748388446, 0.5801274327],
  [128, 0.01, 1, 0.2025506258],
  [128, 0.05, 1, 0.5353706782],
  [128, 0.1, 1, 0.6405322891],
  [128, 0.15, 1, 0.6630965939],
  [128, 0.25, 1, 0.6666557969],
  [128, 0.5, 0.7624547775, 0.590036178],
  [1024, 0.01, 1, 0.4111372955],
  [1024, 0.05, 1, 0.6613426565],
  [1024, 0.1, 1, 0.6666653945],
  [1024, 0.15, 1, 0.6666666667],
  [1024, 0.25, 1, 0.6666666667],
  [1024, 0.5, 0.7544071931, 0.5964742455],
];

/** Smallest epsilon at which point 1 of three fails, per alpha; at alpha 1 it is (1 + sqrt 5) / 4. */
const FLIP_EPSILONS: readonly [alpha: number, epsilon: number][] = [
  [1, 0.8090169944],
  [2, 0.6336875],
  [4, 0.368531],
  [8, 0.1708372],
  [16, 0.1197355],
  [32, 0.0844896],
  [64, 0.0596803],
  [128, 0.042178],
  [512, 0.0210806],
  [1024, 0.0149053],
];

/** Smallest alpha at which point 1 of three fails, per epsilon. */
const FLIP_ALPHAS: readonly [epsilon: number, alpha: number][] = [
  [0.01, 2274.818],
  [0.05, 91.1231],
  [0.1, 22.8813],
  [0.2, 6.18975],
  [0.3, 4.36898],
  [0.5, 3.15621],
];

/** All checks. */
export function theoryChecks(lines: readonly LineFlips[]): Reference[] {
  const three = lines.find(({ points, classes }) => points === 3 && classes === 2)!;
  return [...tableChecks(three), ...flipChecks(three), ...limitChecks(), ...tenPointChecks(lines)];
}

const THREE = setName({ points: 3, classes: 2 });

function tableChecks({ table }: LineFlips): Reference[] {
  const at = (alpha: number, epsilon: number, point: number) =>
    table.find((row) => row.alpha === alpha && row.epsilon === epsilon)?.probability[point] ?? null;
  const differences = OPTIMAL_TABLE.flatMap(([alpha, epsilon, ...values]) =>
    values.map((value, point) => Math.abs((at(alpha, epsilon, point) ?? Number.NaN) - value)),
  );
  const one = (alpha: number, epsilon: number, point: number, tolerance: number, source: string) =>
    check({
      heading: THREE,
      what: `h_ε of class 0 at point ${point}, α = ${alpha}, ε = ${epsilon}`,
      expected: OPTIMAL_TABLE.find((row) => row[0] === alpha && row[1] === epsilon)![2 + point],
      tolerance,
      measured: at(alpha, epsilon, point),
      source,
      basis: "derived",
    });
  return [
    one(1, 0.1, 1, 1e-10, `${CLOSED}: 0.22 / 1.6`),
    one(32, 0.1, 1, 1e-8, INDEPENDENT),
    one(128, 0.05, 1, 1e-8, INDEPENDENT),
    one(1024, 0.01, 1, 1e-8, INDEPENDENT),
    one(32, 0.5, 0, 1e-8, INDEPENDENT),
    check({
      heading: THREE,
      what: `h_ε, largest difference in a table of ${differences.length} values`,
      expected: 0,
      tolerance: 1e-8,
      measured: Math.max(...differences),
      source: INDEPENDENT,
      basis: "derived",
    }),
  ];
}

function flipChecks({ flipEpsilon, flipAlpha }: LineFlips): Reference[] {
  return [
    ...FLIP_EPSILONS.map(([alpha, expected]) =>
      check({
        heading: THREE,
        what: `smallest ε at which point 1 fails, α = ${alpha}`,
        expected,
        tolerance: 1e-6,
        measured: flipEpsilon.find((row) => row.alpha === alpha)?.perPoint[1] ?? null,
        source: alpha === 1 ? `${CLOSED}: (1 + √5) / 4` : INDEPENDENT,
        basis: "derived",
      }),
    ),
    ...FLIP_ALPHAS.map(([epsilon, expected]) =>
      check({
        heading: THREE,
        what: `smallest α at which point 1 fails, ε = ${epsilon}`,
        expected,
        tolerance: 1e-3,
        measured: flipAlpha.find((row) => row.epsilon === epsilon)?.perPoint[1] ?? null,
        source: INDEPENDENT,
        basis: "derived",
      }),
    ),
  ];
}

function limitChecks(): Reference[] {
  const data = alternatingLine({ points: 3, classes: 2 });
  const laws = [beta(1), beta(32)];
  const between = limitClassifier({ data, laws, queries: [0.5] }).probabilities;
  const atPoints = limitClassifier({ data, laws, queries: data.points }).probabilities;
  const own = laws.flatMap((_, l) => [0, 1, 2].map((n) => atPoints[(l * 3 + n) * 2 + (n % 2)]));
  const radii = collisionRadii({ data });
  return [
    check({
      heading: THREE,
      what: "limit ε → 0 of class 0 at x = 0.5, α = 1",
      expected: 2 / 3,
      tolerance: 1e-6,
      measured: between[0],
      source: CLOSED,
      basis: "derived",
    }),
    check({
      heading: THREE,
      what: "limit ε → 0 of class 0 at x = 0.5, α = 32",
      expected: 0.5000335,
      tolerance: 1e-6,
      measured: between[2],
      source: CLOSED,
      basis: "derived",
    }),
    check({
      heading: THREE,
      what: "limit ε → 0, least probability of a point's own class",
      expected: 1,
      tolerance: 0,
      measured: Math.min(...own),
      source: "Proposition 2.8 (arXiv 2110.07647)",
      basis: "derived",
    }),
    ...[1, 0, 1].map((expected, point) =>
      check({
        heading: THREE,
        what: `distance of point ${point} to mixtures of other classes`,
        expected,
        tolerance: 0,
        measured: radii[point],
        source: "Assumption 2.9 (arXiv 2110.07647)",
        basis: "derived",
      }),
    ),
    check({
      heading: THREE,
      what: "least Mixup loss, α = 1",
      expected: 0.3624027,
      tolerance: 1e-4,
      measured: optimalLoss({ data, law: beta(1) }),
      source: INDEPENDENT,
      basis: "derived",
    }),
    check({
      heading: THREE,
      what: "least Mixup loss, α = 100,000 for α → ∞",
      expected: (4 / 9) * Math.log(2),
      tolerance: 1e-4,
      measured: optimalLoss({ data, law: beta(100_000) }),
      source: "4/9 log 2",
      basis: "derived",
    }),
  ];
}

function tenPointChecks(lines: readonly LineFlips[]): Reference[] {
  const set = { points: 10, classes: 2 };
  const ten = lines.find(({ points, classes }) => points === set.points && classes === set.classes);
  if (ten === undefined) return [];
  return [
    { alpha: 1, expected: 0 },
    { alpha: 32, expected: 0.4 },
  ].map(({ alpha, expected }) =>
    check({
      heading: setName(set),
      what: `share of points that h_ε gets wrong, α = ${alpha}, ε = 0.2`,
      expected,
      tolerance: 0,
      measured: ten.errors.find((row) => row.alpha === alpha)?.error ?? null,
      source: INDEPENDENT,
      basis: "derived",
    }),
  );
}
