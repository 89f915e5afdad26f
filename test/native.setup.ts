/**
 * Gives tests in Node what a browser's page has: WebGPU, by npm's `webgpu`. The library itself needs none of these globals.
 * NATIVE_FLAGS, such as "backend=opengles", ask for another adapter than the command line would take. RECORDED_PIPELINES names a
 * folder to keep in what every pipeline was made of, for `test/naga/` to make it again.
 */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, globals } from "webgpu";
import { findNative } from "../src/cli/backends/native.ts";

if (globalThis.navigator?.gpu === undefined) {
  const gpu = await openGpu();
  Object.assign(globalThis, globals);
  const folder = process.env.RECORDED_PIPELINES;
  if (folder !== undefined) recordPipelines(folder);
  // As in a browser `gpu` belongs to the prototype: tests that hide it by a property of their own get it back by deleting that.
  const navigator = Object.create({ gpu, userAgent: "node" });
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
}

async function openGpu(): Promise<object> {
  const flags = process.env.NATIVE_FLAGS;
  if (flags === undefined) {
    const native = await findNative();
    if ("reason" in native) throw new Error(native.reason);
    return native.gpu;
  }
  const gpu = create(flags.split(" "));
  if (flags.includes("opengles")) {
    const requestAdapter = gpu.requestAdapter.bind(gpu);
    gpu.requestAdapter = (options = {}) => requestAdapter({ ...options, featureLevel: "compatibility" });
  }
  return gpu;
}

/** Writes a file for each different pipeline: its name, code, overrides and layout. */
function recordPipelines(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { prototype } = GPUDevice;
  const { createShaderModule, createBindGroupLayout, createPipelineLayout, createComputePipelineAsync } =
    prototype;
  const codes = new WeakMap<GPUShaderModule, string>();
  const entries = new WeakMap<GPUBindGroupLayout, readonly GPUBindGroupLayoutEntry[]>();
  const groups = new WeakMap<GPUPipelineLayout, readonly (readonly GPUBindGroupLayoutEntry[])[]>();
  prototype.createShaderModule = function (descriptor) {
    const module = createShaderModule.call(this, descriptor);
    codes.set(module, descriptor.code);
    return module;
  };
  prototype.createBindGroupLayout = function (descriptor) {
    const layout = createBindGroupLayout.call(this, descriptor);
    entries.set(layout, [...descriptor.entries]);
    return layout;
  };
  prototype.createPipelineLayout = function (descriptor) {
    const layout = createPipelineLayout.call(this, descriptor);
    groups.set(
      layout,
      [...descriptor.bindGroupLayouts].map((group) => (group && entries.get(group)) ?? []),
    );
    return layout;
  };
  prototype.createComputePipelineAsync = async function (descriptor) {
    // Not those that tests make in order to be refused.
    const pipeline = await createComputePipelineAsync.call(this, descriptor);
    const { label = "", layout, compute } = descriptor;
    const code = codes.get(compute.module);
    const layouts = layout === "auto" ? undefined : groups.get(layout);
    if (code !== undefined && layouts !== undefined) {
      const text = JSON.stringify({ label, code, constants: compute.constants ?? {}, groups: layouts });
      const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
      writeFileSync(join(folder, `${label}.${hash}.json`), text);
    }
    return pipeline;
  };
}
