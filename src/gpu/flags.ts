/**
 * WebGPU's flags, which its specification fixes: in Node they are no globals, and none are made.
 */

/** `GPUBufferUsage`. */
export const BUFFER_USAGE = {
  MAP_READ: 0x1,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;

/** `GPUMapMode.READ`. */
export const MAP_READ_MODE = 0x1;

/** `GPUShaderStage.COMPUTE`. */
export const COMPUTE_STAGE = 0x4;
