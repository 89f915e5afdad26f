/**
 * From a kernel's description to a pipeline: puts the prelude before the linked WGSL, compiles asynchronously, turns
 * compiler messages into ShaderErrors, caches per device. Also bind groups, which are made once and kept.
 *
 * Not here: what any kernel computes or how it is dispatched (`src/kernels/`).
 */

import { ShaderError } from "../errors.ts";
import type { WebGpuDevice } from "./device.ts";
import { COMPUTE_STAGE } from "./flags.ts";
import { waitFor } from "./patience.ts";
import { unrollLoops } from "./unroll.ts";

/** How a binding is used. `read` and `write` are storage buffers; `write` may also be read; of `none` a kernel makes no use. */
export type Binding = "uniform" | "read" | "write" | "none";

/** A compute kernel: linked WGSL and its bindings, in order, group by group. */
export interface Kernel {
  readonly shader: {
    readonly name: string;
    /** Its text, in parts, some of which other shaders share. */
    readonly code: readonly string[];
    /** The same with subgroup operations, if that makes a difference. */
    readonly subgroupCode?: readonly string[];
    readonly prelude: readonly string[];
  };
  readonly groups: readonly (readonly Binding[])[];
}

/** Values for a kernel's `override`s and prelude constants. */
export interface Specialization {
  readonly overrides?: Readonly<Record<string, number>>;
  /** Values of the prelude's constants; each that the kernel uses must be given. */
  readonly prelude?: Readonly<Record<string, number>>;
  /** Constants of the prelude whose loops are not unrolled. */
  readonly rolled?: readonly string[];
  /** Whether to use subgroup operations; the device must have the feature. Without effect on kernels that have none. */
  readonly subgroups?: boolean;
}

/** How many workgroups, in x, y, z. */
export type Grid = readonly [number, number, number];

/**
 * The kernel's pipeline, compiled at the first call with these values and cached on the device.
 * @throws ShaderError with kernel, line and column of the first compiler error; DeviceLostError.
 */
export function compileKernel(
  device: WebGpuDevice,
  kernel: Kernel,
  { overrides = {}, prelude = {}, rolled = [], subgroups = false }: Specialization = {},
): Promise<GPUComputePipeline> {
  const { name, subgroupCode } = kernel.shader;
  const usesSubgroups = subgroups && subgroupCode !== undefined;
  const code = (usesSubgroups ? subgroupCode : kernel.shader.code).join("");
  const constants = kernel.shader.prelude.map((constant) => {
    if (prelude[constant] === undefined) throw new Error(`Kernel ${name} needs a value for ${constant}.`);
    return `const ${constant}: u32 = ${prelude[constant]};\n`;
  });
  // Overrides that this kernel's linked text does not declare are an error in WebGPU, and of no use.
  const declared = Object.fromEntries(
    Object.entries(overrides).filter(([override]) => new RegExp(`override ${override}\\b`).test(code)),
  );
  const key = JSON.stringify([name, constants, declared, rolled, usesSubgroups]);
  let pipeline = device.pipelines.get(key);
  if (pipeline === undefined) {
    const unrolled = constants.length > 0 ? unrollLoops(code, prelude, rolled) : code;
    const enable = usesSubgroups ? "enable subgroups;\n" : "";
    pipeline = compile(device, kernel, enable + constants.join("") + unrolled, declared);
    device.pipelines.set(key, pipeline);
    pipeline.catch(() => device.pipelines.delete(key));
  }
  return pipeline;
}

async function compile(
  device: WebGpuDevice,
  { shader: { name }, groups }: Kernel,
  code: string,
  constants: Record<string, number>,
): Promise<GPUComputePipeline> {
  const { gpu } = device;
  gpu.pushErrorScope("validation");
  const module = gpu.createShaderModule({ label: name, code });
  const layout = gpu.createPipelineLayout({
    label: name,
    bindGroupLayouts: groups.map((bindings, group) => bindGroupLayout(gpu, `${name}.${group}`, bindings)),
  });
  const [scopeError, { messages }] = await Promise.all([
    gpu.popErrorScope(),
    module.getCompilationInfo(),
  ]).catch((cause) => device.explain(cause));
  const error = messages.find((message) => message.type === "error");
  if (error !== undefined) throw new ShaderError(name, error.lineNum, error.linePos, error.message);
  if (scopeError !== null) throw new ShaderError(name, 0, 0, scopeError.message);
  try {
    const made = gpu.createComputePipelineAsync({ label: name, layout, compute: { module, constants } });
    return await waitFor(made);
  } catch (cause) {
    const { message, reason } = cause as GPUPipelineError;
    const error = new ShaderError(name, 0, 0, message);
    if (reason === "validation") throw error;
    return device.explain(error);
  }
}

function bindGroupLayout(gpu: GPUDevice, label: string, bindings: readonly Binding[]): GPUBindGroupLayout {
  const types = { uniform: "uniform", read: "read-only-storage", write: "storage" } as const;
  return gpu.createBindGroupLayout({
    label,
    entries: bindings.flatMap((binding, index) =>
      binding === "none"
        ? []
        : [{ binding: index, visibility: COMPUTE_STAGE, buffer: { type: types[binding] } }],
    ),
  });
}

/** A bind group of a pipeline's group, whole buffers in the order of the kernel's bindings; undefined for those of `none`. */
export function bind(
  device: WebGpuDevice,
  pipeline: GPUComputePipeline,
  group: number,
  buffers: readonly (GPUBuffer | undefined)[],
): GPUBindGroup {
  return device.gpu.createBindGroup({
    label: `${pipeline.label}.${group}`,
    layout: pipeline.getBindGroupLayout(group),
    entries: buffers.flatMap((buffer, binding) => (buffer ? [{ binding, resource: { buffer } }] : [])),
  });
}
