/**
 * Points that differ as they were given and are equal as 32-bit floats, though their labels differ: nothing that is trained
 * on them could tell them apart.
 *
 * Not here: points that were given twice with different labels. Those are meant, or noise.
 */

/**
 * The first such pair of points, in the order of the second, or undefined.
 * @param given `[N, D]`, before rounding.
 * @param labels `[N]`
 */
export function roundedTogether(
  given: ArrayLike<number>,
  dimensions: number,
  labels: ArrayLike<number>,
): [number, number] | undefined {
  if (given instanceof Float32Array) return undefined;
  const points = Float32Array.from(given);
  const words = new Uint32Array(points.buffer);
  const equal = (a: number, b: number, values: ArrayLike<number>) => {
    for (let d = 0; d < dimensions; d++)
      if (values[a * dimensions + d] !== values[b * dimensions + d]) return false;
    return true;
  };
  /** Points by a hash of their bits. */
  const seen = new Map<number, number[]>();
  for (let n = 0; n < labels.length; n++) {
    let hash = 0;
    for (let d = 0; d < dimensions; d++) {
      // -0 equals 0.
      const word = points[n * dimensions + d] === 0 ? 0 : words[n * dimensions + d];
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const others = seen.get(hash);
    if (others === undefined) {
      seen.set(hash, [n]);
      continue;
    }
    let known = 0;
    for (const other of others) {
      if (!equal(other, n, points)) continue;
      const sameLabel = labels[other] === labels[n];
      if (equal(other, n, given)) known += sameLabel ? 2 : 0;
      else if (sameLabel) known++;
      else return [other, n];
    }
    // Two points of a label that differ are enough: whatever comes differs from one of them.
    if (known < 2) others.push(n);
  }
  return undefined;
}
