/**
 * Images at another size: each new pixel is the average of the area of the old image that it covers, parts of pixels by
 * their share. Ours, because what browsers do differs between versions, and a data set must not.
 */

/** `[C, H, W]` at another size, not rounded. */
export function areaAverage(
  pixels: ArrayLike<number>,
  channels: number,
  from: readonly [height: number, width: number],
  to: readonly [height: number, width: number],
): Float64Array {
  const [rows, columns] = [0, 1].map((axis) => coverage(from[axis], to[axis]));
  const result = new Float64Array(channels * to[0] * to[1]);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (const row of rows) {
      for (const column of columns) {
        let sum = 0;
        for (let y = 0; y < row.shares.length; y++) {
          const start = (c * from[0] + row.first + y) * from[1] + column.first;
          for (let x = 0; x < column.shares.length; x++)
            sum += row.shares[y] * column.shares[x] * pixels[start + x];
        }
        result[at++] = sum;
      }
    }
  }
  return result;
}

/** For each new pixel along one axis: the first old one that it covers, and the shares of it and the next, 1 together. */
function coverage(from: number, to: number): { first: number; shares: number[] }[] {
  return Array.from({ length: to }, (_, i) => {
    const [low, high] = [(i * from) / to, ((i + 1) * from) / to];
    const first = Math.floor(low);
    const shares: number[] = [];
    for (let k = first; k < Math.min(Math.ceil(high), from); k++)
      shares.push((Math.min(k + 1, high) - Math.max(k, low)) / (high - low));
    return { first, shares };
  });
}
