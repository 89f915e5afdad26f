/** The kernel `ceiling` really does what its times are quoted for: the copy copies, the multiply-adds are done. */

import { describe, expect, it } from "vitest";
import {
  ceilingGrid,
  ceilingKernel,
  ceilingMultiplyAdds,
  ceilingSpecialization,
} from "../../../src/kernels/bench/ceiling.ts";
import { randomNumbers, runKernel } from "../harness.ts";

describe.each([1, 63, 65, 257])("%i vectors", (vectors) => {
  const source = randomNumbers(3, 4 * vectors, 0.9);

  /** What the kernel leaves where there was -1. */
  async function run(work: Parameters<typeof ceilingSpecialization>[0], rounds = 1): Promise<Float32Array> {
    const write = new Float32Array(4 * vectors).fill(-1);
    const specialization = ceilingSpecialization(work, vectors, rounds);
    const buffers = [{ read: source }, { write }];
    const results = await runKernel(ceilingKernel, specialization, ceilingGrid(vectors), buffers);
    return new Float32Array(results[1]);
  }

  it("copies", async () => {
    expect(await run("copy")).toEqual(source);
  });

  it("does nothing", async () => {
    expect(await run("nothing")).toEqual(new Float32Array(4 * vectors).fill(-1));
  });

  it("multiplies and adds in eight chains", async () => {
    const rounds = 7;
    const results = await run("multiply-adds", rounds);
    source.forEach((factor, i) => {
      let sum = 0;
      for (let chain = 0; chain < 8; chain++) {
        let value = factor + chain;
        for (let round = 0; round < rounds; round++) value = value * factor + factor;
        sum += value;
      }
      expect(Math.abs(results[i] - sum)).toBeLessThan(2e-5);
    });
  });
});

it("counts multiply-adds, and splits long grids", () => {
  expect(ceilingMultiplyAdds(10)).toBe(320);
  expect(ceilingGrid(64)).toEqual([1, 1, 1]);
  expect(ceilingGrid(65)).toEqual([2, 1, 1]);
  const [x, y] = ceilingGrid(64 * 100_000);
  expect(x).toBeLessThanOrEqual(65535);
  expect(x * y).toBeGreaterThanOrEqual(100_000);
});
