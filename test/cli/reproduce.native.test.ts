/** The command on WebGPU in Node: no browser, the same numbers. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findNative } from "../../src/cli/backends/native.ts";
import { alternatingLine, ConfigError, mlp, openDevice, sgd, train } from "../../src/index.ts";
import { VARIANTS } from "../../src/kernels/variants.ts";
import { beta } from "../../src/mixing/laws.ts";
import { mixup } from "../../src/mixing/mixing.ts";

const run = promisify(execFile);

test("reproduce --backend native trains in Node and says so", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mixup-native-"));
  const options = ["--backend", "native", "--seeds", "2", "--alphas", "32", "--steps", "60", "--out", folder];
  const { stdout } = await run(process.execPath, [
    "src/cli/main.mjs",
    "reproduce",
    "alternating-line",
    ...options,
  ]);
  expect(stdout).toMatch(/Computed in [\d:]+ by .+, Node [\d.]+, webgpu [\d.]+\./);
  const results = JSON.parse(await readFile(join(folder, "results.json"), "utf8"));
  expect(results.backend).toBe("webgpu");
  expect(Object.keys(results.adapter.variants)).toEqual(Object.keys(VARIANTS));
  expect(await readFile(join(folder, "report.html"), "utf8")).toContain("webgpu ");
});

test("openDevice({ gpu }) needs no globals, and gives the same bits as navigator.gpu", async () => {
  const config = {
    data: alternatingLine({ points: 3, classes: 2 }),
    model: mlp([1, 16, 2]),
    optimizer: sgd({ learningRate: 0.1 }),
    steps: 20,
    runs: [{ seed: 0, mixing: mixup(beta(1)) }],
  };
  const global = await openDevice();
  const expected = await train(global, config).result;
  global.destroy();

  const native = await findNative();
  if ("reason" in native) throw new Error(native.reason);
  const names = ["navigator", "GPUBufferUsage", "GPUMapMode", "GPUShaderStage"] as const;
  const hidden = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)!] as const);
  for (const [name] of hidden) Reflect.deleteProperty(globalThis, name);
  try {
    const device = await openDevice({ gpu: native.gpu });
    const { runs } = await train(device, config).result;
    expect(runs[0].parameters).toEqual(expected.runs[0].parameters);
    device.destroy();
  } finally {
    for (const [name, descriptor] of hidden) Object.defineProperty(globalThis, name, descriptor);
  }
});

test("what is no GPU is refused by name, and one without an adapter says what it needs", async () => {
  for (const gpu of [null, 3, {}, { requestAdapter: 1 }])
    await expect(openDevice({ gpu } as never)).rejects.toBeInstanceOf(ConfigError);
  const blind = { requestAdapter: async () => null };
  await expect(openDevice({ gpu: blind })).rejects.toMatchObject({
    reason: "no-adapter",
    message: expect.stringContaining("driver"),
  });
});
