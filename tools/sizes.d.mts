/** Bytes, plain and gzipped, of a built library: the whole, `train` alone, the shaders. */
export function measureSizes(file: string): Promise<Record<string, { bytes: number; packed: number }>>;
