/** The uniform of a mixing point, shared by its kernels: see `shaders/parts/hiddenMix.wgsl`. Not a kernel. */

/** The `HiddenMix` uniform: `size` numbers a sample, at a place among the net's mixing points. */
export function packHiddenMix(batchSize: number, size: number, place: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.of(batchSize, size, place);
}
