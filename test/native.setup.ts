/**
 * Gives tests in Node what a browser's page has: WebGPU, by npm's `webgpu`. The library itself needs none of these globals.
 * NATIVE_FLAGS, such as "backend=opengles", ask for another adapter than the command line would take.
 */

import { create, globals } from "webgpu";
import { findNative } from "../src/cli/native.ts";

if (globalThis.navigator?.gpu === undefined) {
  const gpu = await openGpu();
  Object.assign(globalThis, globals);
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
