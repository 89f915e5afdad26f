/** Mixing as a description: what is accepted, what is refused and where the error points. */

import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { beta, constantLambda, type Law, lawName, uniform } from "../../src/mixing/laws.ts";
import {
  checkMixing,
  cutMix,
  erm,
  type Granularity,
  manifoldMixup,
  mixup,
  mixupOrCutMix,
  type Pairing,
  regMixup,
} from "../../src/mixing/mixing.ts";
import { configErrorPath } from "../configError.ts";

describe("laws", () => {
  it("are plain descriptions", () => {
    expect(beta(32)).toEqual({ kind: "beta", a: 32, b: 32 });
    expect(beta(2, 5)).toEqual({ kind: "beta", a: 2, b: 5 });
    expect(uniform()).toEqual({ kind: "uniform" });
    expect(constantLambda(0.5)).toEqual({ kind: "constant", value: 0.5 });
  });

  it("make alpha = 0 ERM", () => {
    expect(beta(0)).toEqual(constantLambda(1));
    expect(mixup(beta(0)).kind).toBe("erm");
    expect(mixup(constantLambda(1)).kind).toBe("erm");
    expect(mixup(beta(1)).kind).toBe("mixup");
    expect(erm().law).toEqual(constantLambda(1));
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e-4, 2e6])("refuse alpha = %f", (alpha) => {
    expect(configErrorPath(() => beta(alpha))).toBe("mixing.law.a");
    expect(configErrorPath(() => beta(1, alpha))).toBe("mixing.law.b");
  });

  it("refuse one zero of two", () => {
    expect(configErrorPath(() => beta(0, 1))).toBe("mixing.law.a");
    expect(configErrorPath(() => beta(1, 0))).toBe("mixing.law.b");
  });

  it.each([-0.1, 1.1, Number.NaN])("refuse the constant %f", (value) => {
    expect(configErrorPath(() => constantLambda(value))).toBe("mixing.law.value");
  });

  it("have names", () => {
    const laws = [beta(32), beta(2, 5), uniform(), constantLambda(0.5), beta(0), constantLambda(1)];
    expect(laws.map(lawName)).toEqual(["beta(32)", "beta(2,5)", "uniform", "constant(0.5)", "erm", "erm"]);
  });
});

describe("mixup", () => {
  it("defaults to the paper's own code: uniform partners, one lambda a batch", () => {
    expect(mixup(beta(1))).toEqual({ kind: "mixup", law: beta(1), pairing: "uniform", granularity: "batch" });
  });

  it("refuses unknown pairings, granularities and laws, made by hand or not", () => {
    expect(configErrorPath(() => mixup(beta(1), { pairing: "nearest" as Pairing }))).toBe("mixing.pairing");
    expect(configErrorPath(() => mixup(beta(1), { granularity: "epoch" as Granularity }))).toBe(
      "mixing.granularity",
    );
    expect(configErrorPath(() => mixup({ kind: "gauss" } as unknown as Law))).toBe("mixing.law.kind");
    expect(() => mixup({ kind: "beta", a: -1, b: 1 })).toThrow(ConfigError);
  });

  it("refuses asymmetric laws that leap within less than the tables resolve", () => {
    expect(configErrorPath(() => beta(0.01, 0.02))).toBe("mixing.law");
    expect(() => beta(250_001, 0.24)).toThrow("can't be drawn to 1 %");
    expect(beta(250_001, 0.25)).toEqual({ kind: "beta", a: 250_001, b: 0.25 });
    expect(beta(0.001, 0.04)).toEqual({ kind: "beta", a: 0.001, b: 0.04 });
    expect(beta(0.001)).toEqual({ kind: "beta", a: 0.001, b: 0.001 });
  });

  it("refuses a Beta(0, 0) made by hand: it is beta(0) that knows it for ERM", () => {
    const byHand = { ...mixup(beta(1)), law: { kind: "beta", a: 0, b: 0 } as Law };
    expect(configErrorPath(() => checkMixing(byHand))).toBe("mixing.law.a");
  });

  it("is checked under the path it is found at", () => {
    const byHand = { ...erm(), pairing: "none" as Pairing };
    expect(configErrorPath(() => checkMixing(byHand, "runs[3].mixing"))).toBe("runs[3].mixing.pairing");
    const badLaw = { ...mixup(beta(1)), law: { kind: "beta", a: -1, b: 1 } as Law };
    expect(configErrorPath(() => checkMixing(badLaw, "runs[3].mixing"))).toBe("runs[3].mixing.law.a");
    const badConstant = { ...mixup(beta(1)), law: { kind: "constant", value: 2 } as Law };
    expect(configErrorPath(() => checkMixing(badConstant, "runs[3].mixing"))).toBe(
      "runs[3].mixing.law.value",
    );
  });
});

describe("geometries", () => {
  it("are plain descriptions, and left out where points are blended", () => {
    expect(cutMix()).toEqual({ ...mixup(beta(1)), geometry: { kind: "cutmix", probability: 1 } });
    expect(mixupOrCutMix(beta(0.8), beta(1)).geometry).toEqual({
      kind: "cutmix",
      probability: 0.5,
      law: beta(1),
    });
    expect(manifoldMixup(beta(2), ["input", "layer1.1"])).toMatchObject({
      pairing: "permutation",
      geometry: { kind: "hidden", after: ["input", "layer1.1"], passes: "one" },
    });
    expect(manifoldMixup(beta(2), ["0"], { passes: "partner-first" }).pairing).toBe("uniform");
    expect(regMixup(beta(20)).eta).toBe(1);
  });

  it("are left out of ERM, as everything is that mixes; by hand they are refused", () => {
    for (const mixing of [cutMix(beta(0)), regMixup(beta(0)), mixup(beta(0), { probability: 0.5 })])
      expect(mixing).toEqual(mixup(beta(0)));
    expect(configErrorPath(() => checkMixing({ ...erm(), eta: 1 }))).toBe("mixing.eta");
  });

  it.each<[string, () => unknown]>([
    ["mixing.geometry.kind", () => mixup(beta(1), { geometry: { kind: "cut" } as never })],
    ["mixing.geometry.side", () => mixup(beta(1), { geometry: { kind: "blend", side: 1 } as never })],
    ["mixing.geometry.probability", () => mixup(beta(1), { geometry: { kind: "cutmix" } as never })],
    ["mixing.geometry.probability", () => mixupOrCutMix(beta(1), beta(1), { switchProbability: 1.5 })],
    ["mixing.geometry.law.a", () => mixupOrCutMix(beta(1), { kind: "beta", a: -1, b: 1 })],
    ["mixing.geometry", () => cutMix(beta(1), { geometry: { kind: "blend" } } as never)],
    ["mixing.probability", () => mixup(beta(1), { probability: -0.1 })],
    ["mixing.eta", () => regMixup(beta(1), { eta: Number.NaN })],
    ["mixing.eta", () => regMixup(beta(1), { eta: 1e39 })],
    ["mixing.geometry.after", () => manifoldMixup(beta(2), [])],
    ["mixing.geometry.after[1]", () => manifoldMixup(beta(2), ["0", "0"])],
    ["mixing.geometry.after[0]", () => manifoldMixup(beta(2), [3] as never)],
    ["mixing.geometry.passes", () => manifoldMixup(beta(2), ["0"], { passes: "three" as never })],
    ["mixing.geometry", () => manifoldMixup(beta(2), ["0"], { pairing: "uniform" })],
    ["mixing.geometry", () => manifoldMixup(beta(2), ["0"], { eta: 1 })],
  ])("refuse what can't be: %s", (path, make) => {
    expect(configErrorPath(make)).toBe(path);
  });
});
