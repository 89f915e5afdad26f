import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rotateImage } from "../../src/data/rotateImage.ts";

const cases = JSON.parse(
  readFileSync(new URL("../fixtures/methods/rotated-images.json", import.meta.url), "utf8"),
) as { height: number; width: number; degrees: number; image: number[]; rotated: number[] }[];

describe("rotateImage", () => {
  test("as SciPy does, squares and rectangles, any angle", () => {
    expect(cases.length).toBeGreaterThan(0);
    for (const { height, width, degrees, image, rotated } of cases) {
      const turned = rotateImage(image, height, width, degrees);
      expect(turned.length).toBe(rotated.length);
      rotated.forEach((pixel, k) => {
        expect(Math.abs(turned[k] - pixel)).toBeLessThan(1e-12);
      });
    }
  });

  test("right angles move pixels, none is lost", () => {
    const image = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(Array.from(rotateImage(image, 3, 3, 90))).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
    expect(Array.from(rotateImage(image, 3, 3, -90))).toEqual(Array.from(rotateImage(image, 3, 3, 270)));
    expect(Array.from(rotateImage(image, 3, 3, 180))).toEqual(image.toReversed());
    expect(Array.from(rotateImage(image, 3, 3, 360))).toEqual(image);
  });
});
