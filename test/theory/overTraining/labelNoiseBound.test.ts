import { expect, test } from "vitest";
import { labelNoiseBound } from "../../../src/theory/overTraining/labelNoiseBound.ts";
import { configErrorPath } from "../../configError.ts";
import { expectNear, UNITS } from "./fixture.ts";

const { atFirst, atPartner, atMixed, lambda_: lambda, ...expected } = UNITS.labelNoiseBound;

test("the unit values", () => {
  const found = labelNoiseBound({ atFirst, atPartner, atMixed, lambda });
  expectNear(found.mixed, expected.mixed);
  expectNear([found.totalVariation, found.bound], [expected.totalVariation, expected.bound]);
});

test("nothing is wrong where the mixture is the point, all is where the classes are others", () => {
  expect(labelNoiseBound({ atFirst, atPartner, atMixed: atFirst, lambda: 1 }).totalVariation).toBe(0);
  const apart = labelNoiseBound({
    atFirst: [1, 0, 0],
    atPartner: [0, 1, 0],
    atMixed: [0, 0, 1],
    lambda: 0.5,
  });
  expect(apart.totalVariation).toBe(1);
  expect(apart.bound).toBe(0.5);
});

test("refuses", () => {
  const path = (given: object) =>
    configErrorPath(() => labelNoiseBound({ atFirst, atPartner, atMixed, lambda, ...given }));
  expect(path({ lambda: 1.1 })).toBe("request.lambda");
  expect(path({ atMixed: [1] })).toBe("request.atMixed");
  expect(path({ atFirst: [] })).toBe("request.atFirst");
  expect(path({ atPartner: [0.5, 0.6, 0, 0] })).toBe("request.atPartner");
  expect(path({ atPartner: [1.5, -0.5, 0, 0] })).toBe("request.atPartner[1]");
});
