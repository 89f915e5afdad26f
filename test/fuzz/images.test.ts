/**
 * Random folders of images: every file is an image of its class, refused by name, or hidden; sizes and paths may be anything.
 * FUZZ_RUNS raises the number.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError, classDataset, readImageFolder, resizeImages } from "../../src/index.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 300);

const name = fc.oneof(
  fc.constantFrom("a", "b", "B", "", ".", "..", ".hidden", "__proto__", "constructor", "\ud800", "\u{1F600}"),
  fc.string({ unit: "binary", maxLength: 3 }),
);
const image = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/")),
  width: fc.integer({ min: -1, max: 4 }),
  height: fc.integer({ min: 1, max: 3 }),
  value: fc.nat({ max: 255 }),
});
const side = fc.integer({ min: 1, max: 7 });
const sizes = fc.option(fc.tuple(side, side), { nil: undefined });
const colors = fc.constantFrom<"rgb" | "grey">("rgb", "grey");

/** An even image of one grey. */
async function decode(file: Blob) {
  const { width, height, value } = JSON.parse(await file.text());
  const data = new Uint8Array(4 * Math.abs(width) * height).map((_, k) => (k % 4 === 3 ? 255 : value));
  return { width, height, data };
}

test("any folder gives images and refusals that add up, or a typed error in few words", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(image, { maxLength: 8 }), sizes, colors, async (all, size, color) => {
      const given = all.map((entry) => ({ path: entry.path, file: new Blob([JSON.stringify(entry)]) }));
      try {
        const { images, classNames, refused } = await readImageFolder(given, { size, color, decode });
        const { shape, values } = images.images;
        const hidden = all.filter(({ path }) => path.split("/").some((part) => part.startsWith(".")));
        expect(shape[0] + refused.length + hidden.length).toBe(all.length);
        expect(new Set(classNames).size).toBe(images.classes);
        expect(new Set(images.labels.values).size).toBe(images.classes);
        expect(values).toHaveLength(shape.reduce((a, b) => a * b, 1));
        if (size !== undefined) expect(shape.slice(2)).toEqual(size);
        const length = values.length / shape[0];
        for (let n = 0; n < shape[0]; n++) {
          const own = new Set(values.subarray(n * length, (n + 1) * length));
          expect(own.size).toBe(1);
          expect(all.map(({ value }) => value)).toContain([...own][0]);
        }
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.message.length).toBeLessThan(300);
      }
    }),
    { seed: 47, numRuns: RUNS },
  );
});

test("other sizes keep the mean, and stay between the smallest and the largest pixel", () => {
  const bytes = fc.infiniteStream(fc.nat({ max: 255 }));
  fc.assert(
    fc.property(side, side, side, side, bytes, (height, width, h, w, stream) => {
      const points = Array.from({ length: 2 * height * width }, () => stream.next().value!);
      const shape = [1, height, width] as const;
      const data = classDataset({ points, labels: [0, 1], dimensions: height * width, shape });
      const resized = Array.from(resizeImages(data, [h, w]).points);
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
      // Numbers up to 255 as 32-bit floats are off by 2^-17 at most.
      expect(Math.abs(mean(resized) - mean(points))).toBeLessThan(2 ** -16);
      expect(Math.min(...resized)).toBeGreaterThanOrEqual(Math.min(...points) - 2 ** -16);
      expect(Math.max(...resized)).toBeLessThanOrEqual(Math.max(...points) + 2 ** -16);
    }),
    { seed: 48, numRuns: RUNS },
  );
});
