/** Mixing as a description: what is accepted, what is refused and where the error points. */

import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import {
  beta,
  checkMixing,
  constantLambda,
  erm,
  type Granularity,
  type Law,
  lawName,
  mixup,
  type Pairing,
  uniform,
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
