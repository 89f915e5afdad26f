/**
 * Counts what any engine in this worker asks of the GPU, by wrapping the browser's own objects: compute dispatches, queue
 * submits, and the draw calls that a WebGL engine has instead of dispatches. The wrapping costs a function call each.
 */

export interface GpuCalls {
  readonly dispatches: number;
  readonly submits: number;
}

const calls = { dispatches: 0, submits: 0 };
let installed = false;

/** Wraps this realm's WebGPU and WebGL, once. */
export function countGpuCalls(): void {
  if (installed) return;
  installed = true;
  const dispatch = () => calls.dispatches++;
  wrap(globalThis.GPUQueue, "submit", () => calls.submits++);
  wrap(globalThis.GPUComputePassEncoder, "dispatchWorkgroups", dispatch);
  wrap(globalThis.GPUComputePassEncoder, "dispatchWorkgroupsIndirect", dispatch);
  for (const context of [globalThis.WebGLRenderingContext, globalThis.WebGL2RenderingContext]) {
    wrap(context, "drawArrays", dispatch);
    wrap(context, "drawElements", dispatch);
  }
}

/** Calls so far. */
export function gpuCalls(): GpuCalls {
  return { ...calls };
}

/** Puts `before` in front of a method of a class; a class that the browser lacks is left alone. */
function wrap<T extends object>(type: { prototype: T } | undefined, name: keyof T, before: () => void): void {
  const method = type?.prototype[name];
  if (type === undefined || typeof method !== "function") return;
  type.prototype[name] = function (this: T, ...args: unknown[]) {
    before();
    return method.apply(this, args);
  } as T[keyof T];
}
