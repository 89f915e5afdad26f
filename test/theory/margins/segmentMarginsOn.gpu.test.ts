/** Margins of nets on a device: nets whose boundaries are known, both backends, and that stopping stops. */

import { describe, expect, it } from "vitest";
import { type Device, openDevice } from "../../../src/gpu/device.ts";
import { mlp } from "../../../src/model/nets.ts";
import { segmentMarginsOn } from "../../../src/theory/margins/segmentMarginsOn.ts";
import { randomNumbers, testDevice } from "../../kernels/harness.ts";

const devices: [string, () => Promise<Device>][] = [
  ["cpu", () => openDevice({ backend: "cpu" })],
  ["webgpu", testDevice],
];

const tensor = (shape: number[], data: number[]) => ({ shape, data: Float64Array.from(data) });

/** Class 1 where max(x, 0) + max(y, 0) > 1: three straight pieces, around a corner. */
const CORNER = {
  model: mlp([2, 2, 2]),
  parameters: {
    "layers.0.weight": tensor([2, 2], [1, 0, 0, 1]),
    "layers.0.bias": tensor([2], [0, 0]),
    "layers.1.weight": tensor([2, 2], [0, 0, 1, 1]),
    "layers.1.bias": tensor([2], [0, -1]),
  },
};

describe.each(devices)("segmentMarginsOn, %s", (_, open) => {
  it("finds the distance to a plane in five dimensions", async () => {
    const weights = [1, -2, 0.5, 0, 3];
    const norm = Math.hypot(...weights);
    const points = randomNumbers(91, 5 * 65, 2);
    const side = (n: number) => weights.reduce((sum, w, k) => sum + w * points[5 * n + k], -0.25);
    const labels: number[] = Array.from({ length: 65 }, (_, n) => (side(n) > 0 ? 1 : 0));
    // One is misclassified.
    labels[7] = 1 - labels[7];
    const { margins, boundary } = await segmentMarginsOn(await open(), {
      data: { points, labels, dimensions: 5 },
      model: mlp([5, 2]),
      parameters: {
        "layers.0.weight": tensor([2, 5], [...weights.map(() => 0), ...weights]),
        "layers.0.bias": tensor([2], [0, -0.25]),
      },
    });
    margins.forEach((margin, n) => {
      const expected = n === 7 ? 0 : Math.abs(side(n)) / norm;
      // An upper bound by a real crossing; the search ends within a thousandth of the distance.
      expect(margin).toBeGreaterThan(expected - 1e-5);
      expect(margin).toBeLessThan(expected * (1 + 1e-3) + 1e-5);
      const at = weights.reduce((sum, w, k) => sum + w * boundary[5 * n + k], -0.25);
      if (n !== 7) expect(Math.abs(at)).toBeLessThan(1e-5);
    });
  });

  it("goes around a corner", async () => {
    const points = [0.2, 0.3, 0.1, -2, -1.5, 0.4, 2, 2, 1.5, -1, -1, 1.25];
    const labels = [0, 0, 0, 1, 1, 1];
    const { margins } = await segmentMarginsOn(await open(), {
      data: { points, labels, dimensions: 2 },
      ...CORNER,
    });
    const expected = [0.5 / Math.SQRT2, 0.9, 0.6, 3 / Math.SQRT2, 0.5, 0.25];
    margins.forEach((margin, n) => {
      expect(margin / expected[n]).toBeGreaterThan(1 - 1e-5);
      expect(margin / expected[n]).toBeLessThan(1.01);
    });
  });

  it("refuses bad counts, and stops with its signal", async () => {
    const device = await open();
    const data = { points: [0, 0, 2, 2], labels: [0, 1], dimensions: 2 };
    await expect(segmentMarginsOn(device, { data, ...CORNER, targets: 0 })).rejects.toMatchObject({
      path: "targets",
    });
    const reason = new Error("enough");
    const work = segmentMarginsOn(device, { data, ...CORNER }, { signal: AbortSignal.abort(reason) });
    await expect(work).rejects.toBe(reason);
  });
});
