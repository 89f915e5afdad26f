/** From WGSL to pipelines: errors with their place, the cache, overrides and preludes. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ShaderError } from "../../src/errors.ts";
import { openWebGpu, type WebGpuDevice } from "../../src/gpu/device.ts";
import { bind, compileKernel, type Kernel, type Specialization } from "../../src/gpu/kernel.ts";
import { readBuffer } from "../../src/gpu/readback.ts";

let device: WebGpuDevice;
beforeAll(async () => {
  device = await openWebGpu();
});
afterAll(() => device.destroy());

function kernelOf(name: string, code: string, prelude: readonly string[] = []): Kernel {
  return { shader: { name, code: [code], prelude }, groups: [["write"]] };
}

/** Writes FACTOR * COUNT into its first number. */
const PRODUCT = kernelOf(
  "product",
  `override FACTOR: u32 = 2u;
@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
@compute @workgroup_size(1)
fn main() {
  numbers[0] = FACTOR * COUNT;
}
`,
  ["COUNT"],
);

/** The first number after one workgroup. */
async function run(kernel: Kernel, specialization: Specialization): Promise<number> {
  const pipeline = await compileKernel(device, kernel, specialization);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
  const memory = await device.memory.allocate("test", { numbers: { size: 16, usage } });
  const encoder = device.gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bind(device, pipeline, 0, [memory.buffers.numbers]));
  pass.dispatchWorkgroups(1);
  pass.end();
  device.gpu.queue.submit([encoder.finish()]);
  const [first] = new Uint32Array(await readBuffer(device, memory.buffers.numbers));
  memory.destroy();
  return first;
}

function shaderErrorOf(kernel: Kernel, specialization?: Specialization): Promise<ShaderError> {
  return compileKernel(device, kernel, specialization).then(
    () => {
      throw new Error(`Kernel ${kernel.shader.name} compiled.`);
    },
    (error) => {
      expect(error).toBeInstanceOf(ShaderError);
      return error as ShaderError;
    },
  );
}

describe("compileKernel", () => {
  it("puts in overrides and the prelude; leaves out what the kernel does not know", async () => {
    expect(await run(PRODUCT, { prelude: { COUNT: 5 } })).toBe(10);
    const overrides = { FACTOR: 3, ACTIVATION: 1 };
    expect(await run(PRODUCT, { overrides, prelude: { COUNT: 7, CHUNK: 1 } })).toBe(21);
    device.check();
  });

  it("compiles once for the same values, again for others", () => {
    const once = compileKernel(device, PRODUCT, { overrides: { FACTOR: 4 }, prelude: { COUNT: 5 } });
    const same = { overrides: { FACTOR: 4, LOSS: 2 }, prelude: { COUNT: 5 } };
    expect(compileKernel(device, PRODUCT, same)).toBe(once);
    const others = [
      compileKernel(device, PRODUCT, { overrides: { FACTOR: 5 }, prelude: { COUNT: 5 } }),
      compileKernel(device, PRODUCT, { overrides: { FACTOR: 4 }, prelude: { COUNT: 6 } }),
    ];
    for (const other of others) expect(other).not.toBe(once);
    return Promise.all([once, ...others]);
  });

  it("needs a value for every constant of the prelude", () => {
    expect(() => compileKernel(device, PRODUCT)).toThrow(/product needs a value for COUNT/);
  });

  it("wrong WGSL: the kernel, line and column, and no other noise", async () => {
    const wrong = kernelOf(
      "wrong",
      "@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;\n" +
        "@compute @workgroup_size(1)\n" +
        "fn main() {\n" +
        "  numbers[0] = 1.5;\n" +
        "}\n",
    );
    const error = await shaderErrorOf(wrong);
    expect(error).toMatchObject({ kernel: "wrong", line: 4, column: 16 });
    expect(error.message).toContain("wrong, 4:16");
    // The error was caught here: nothing is left to surface later.
    await device.gpu.queue.onSubmittedWorkDone();
    device.check();
  });

  it("WGSL that does not parse", async () => {
    const error = await shaderErrorOf(kernelOf("unparsable", "fn main( {\n"));
    expect(error).toMatchObject({ kernel: "unparsable", line: 1 });
    expect(error.column).toBeGreaterThan(0);
    device.check();
  });

  it("a binding that the kernel does not list, an entry point that is not there", async () => {
    const unlisted = kernelOf(
      "unlisted",
      "@group(0) @binding(1) var<storage, read_write> numbers: array<u32>;\n" +
        "@compute @workgroup_size(1) fn main() { numbers[0] = 1u; }\n",
    );
    expect((await shaderErrorOf(unlisted)).kernel).toBe("unlisted");
    expect((await shaderErrorOf(kernelOf("empty", "fn other() {}\n"))).kernel).toBe("empty");
    device.check();
  });

  it("an override out of its range", async () => {
    const error = await shaderErrorOf(PRODUCT, { overrides: { FACTOR: -1 }, prelude: { COUNT: 1 } });
    expect(error.kernel).toBe("product");
    device.check();
  });

  it("does not keep a failure", async () => {
    const kernel = kernelOf("repeated", "nonsense");
    const first = compileKernel(device, kernel);
    await expect(first).rejects.toThrow(ShaderError);
    const second = compileKernel(device, kernel);
    expect(second).not.toBe(first);
    await expect(second).rejects.toThrow(ShaderError);
  });
});
