/**
 * Partial moments of a law of lambda over an interval (the weights h_eps is made of, paper 2.2):
 *   first = E[lambda; low < lambda < high],  second = E[1 - lambda; low < lambda < high]. They are what an
 *   ordered pair gives to its first and to its second label; their sum is the interval's probability.
 *
 * Relative accuracy, not absolute: about 1e-12 however small the mass is, down to 1e-300. Two ways, neither
 * of which subtracts near equals: Gauss-Legendre where the density is smooth over the interval, else
 * differences of the tail that is the smaller one.
 */

import { ConfigError } from "../errors.ts";
import { checkLaw, constantLambda, type Law, lawName } from "../mixing/laws.ts";
import { gaussJacobi } from "../numeric/gaussJacobi.ts";
import { incompleteBeta, logBeta } from "../numeric/incompleteBeta.ts";

/** Partial moments: what falls to the first and to the second point of a pair. */
export interface PartialMoments {
  first: number;
  second: number;
}

/** A law as the theory needs it. */
export interface LawMoments {
  /** Whether lambda and 1 - lambda have the same law. */
  readonly symmetric: boolean;
  /** Whether lambda has a density: a constant has none, its mixed points are atoms. */
  readonly continuous: boolean;
  /** E[lambda]. */
  readonly mean: number;
  /** Writes the moments over the open interval (low, high) to `into`; low and high may lie outside [0, 1]. */
  over(low: number, high: number, into: PartialMoments): void;
}

/**
 * The law if it makes sense; a beta law of parameters 0 as what it stands for, the constant 1.
 * @throws ConfigError for an unknown law or parameters out of range; `path` says where it stands.
 */
export function checkedLaw(law: Law, path = "law"): Law {
  if (law?.kind === "beta" && law.a === 0 && law.b === 0) return constantLambda(1);
  const checked = checkLaw(law, path);
  if (checked.kind === "uniform" && (checked.from ?? 0) + (1 - (checked.to ?? 1)) > 0)
    throw new ConfigError(
      path,
      `${lawName(checked)}: the theory knows the uniform law on all of [0, 1] only.`,
    );
  return checked;
}

/**
 * The laws of a request.
 * @throws ConfigError if there are none, or for a bad one.
 */
export function checkLaws(laws: readonly Law[]): Law[] {
  if (!Array.isArray(laws) || laws.length === 0)
    throw new ConfigError("laws", "no laws. Give a list of at least one, such as [beta(1)].");
  return Array.from(laws, (law: Law, l) => checkedLaw(law, `laws[${l}]`));
}

/**
 * The partial moments of a law. Make it once, use it often.
 * @throws ConfigError for an unknown law or parameters out of range.
 */
export function lawMoments(law: Law, path?: string): LawMoments {
  const checked = checkedLaw(law, path);
  if (checked.kind === "constant") return constantMoments(checked.value);
  if (checked.kind === "uniform" || (checked.a === 1 && checked.b === 1)) return UNIFORM;
  return betaMoments(checked.a, checked.b);
}

/**
 * log of the density of Beta(a, b) at lambda, given 1 - lambda as well (which a caller near 1 knows better).
 * The uniform law is Beta(1, 1).
 */
export function logDensity(a: number, b: number): (lambda: number, rest: number) => number {
  const normalizer = logBeta(a, b);
  // Where a parameter is 1 the factor is 1, also at the end of the interval (0 * log 0 would be NaN).
  return (lambda, rest) =>
    (a === 1 ? 0 : (a - 1) * Math.log(lambda)) + (b === 1 ? 0 : (b - 1) * Math.log(rest)) - normalizer;
}

function uniformMoments(low: number, high: number, into: PartialMoments): void {
  const from = Math.max(low, 0);
  const to = Math.max(Math.min(high, 1), from);
  const width = to - from;
  into.first = 0.5 * width * (from + to);
  into.second = width > 0 ? 0.5 * width * (1 - from + (1 - to)) : 0;
}

const UNIFORM: LawMoments = { symmetric: true, continuous: true, mean: 0.5, over: uniformMoments };

function constantMoments(value: number): LawMoments {
  return {
    symmetric: value === 0.5,
    continuous: false,
    mean: value,
    over(low, high, into) {
      const inside = low < value && value < high;
      into.first = inside ? value : 0;
      into.second = inside ? 1 - value : 0;
    },
  };
}

/** 20 nodes integrate exp(8 x) over [-1, 1], and a power law at a distance of two half-widths, to 1e-15. */
const LEGENDRE = gaussJacobi(1, 1, 20);
/** Largest change of the log density, by its slope at the ends, from the middle to an end. */
const LARGEST_CHANGE = 8;

function betaMoments(a: number, b: number): LawMoments {
  const density = logDensity(a, b);
  const mean = a / (a + b);

  const byQuadrature = (low: number, high: number, into: PartialMoments) => {
    const width = high - low;
    let first = 0;
    let second = 0;
    for (let k = 0; k < LEGENDRE.nodes.length; k++) {
      const lambda = low + width * LEGENDRE.nodes[k];
      const rest = 1 - lambda;
      const mass = LEGENDRE.weights[k] * Math.exp(density(lambda, rest));
      first += mass * lambda;
      second += mass * rest;
    }
    into.first = first * width;
    into.second = second * width;
  };

  const isSmooth = (low: number, high: number) => {
    const half = 0.5 * (high - low);
    const middle = low + half;
    if (!(2 * half <= Math.min(middle, 1 - middle))) return false;
    const slope = (x: number) => Math.abs((a - 1) / x - (b - 1) / (1 - x));
    return Math.max(slope(low), slope(high)) * half <= LARGEST_CHANGE;
  };

  return {
    symmetric: a === b,
    continuous: true,
    mean,
    over(low, high, into) {
      const from = Math.max(low, 0);
      const to = Math.min(high, 1);
      if (!(from < to)) {
        into.first = 0;
        into.second = 0;
      } else if (from === 0 && to === 1) {
        into.first = mean;
        into.second = b / (a + b);
      } else if (isSmooth(from, to)) {
        byQuadrature(from, to, into);
      } else {
        into.first = mean * betaProbability(from, to, a + 1, b);
        into.second = (b / (a + b)) * betaProbability(from, to, a, b + 1);
      }
    },
  };
}

/** P(low < X < high) for X of Beta(a, b), 0 <= low < high <= 1, from the tails that are small. */
function betaProbability(low: number, high: number, a: number, b: number): number {
  const mean = a / (a + b);
  if (high <= mean) return incompleteBeta(high, a, b) - incompleteBeta(low, a, b);
  const above = incompleteBeta(1 - high, b, a);
  if (low >= mean) return incompleteBeta(1 - low, b, a) - above;
  return 1 - incompleteBeta(low, a, b) - above;
}
