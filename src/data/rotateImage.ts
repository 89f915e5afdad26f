/**
 * Turning a grey image by any angle, bilinear, as SciPy's `ndimage.rotate` does it with `order=1, reshape=False`.
 *
 * Not here: turning many, crops and flips (`mixing/augmentation.ts`).
 */

/**
 * `image [height, width]` (row-major) turned about its centre by `degrees`, from the first row towards the first column where
 * positive, `[height, width]`. A pixel takes the bilinear value of the place that it comes from; from outside the image, 0.
 * All arguments are trusted.
 */
export function rotateImage(
  image: ArrayLike<number>,
  height: number,
  width: number,
  degrees: number,
): Float64Array {
  const [cosine, sine] = direction(degrees);
  const middle = [(height - 1) / 2, (width - 1) / 2];
  // The centre stays where it is.
  const offset = [
    middle[0] - (cosine * middle[0] + sine * middle[1]),
    middle[1] - (-sine * middle[0] + cosine * middle[1]),
  ];
  const turned = new Float64Array(height * width);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const row = offset[0] + cosine * i + sine * j;
      const column = offset[1] - sine * i + cosine * j;
      if (row < 0 || row > height - 1 || column < 0 || column > width - 1) continue;
      turned[i * width + j] = bilinear(image, height, width, row, column);
    }
  }
  return turned;
}

function bilinear(
  image: ArrayLike<number>,
  height: number,
  width: number,
  row: number,
  column: number,
): number {
  const top = Math.floor(row);
  const left = Math.floor(column);
  const down = row - top;
  const right = column - left;
  // On the last row or column the next one has weight 0.
  const bottom = Math.min(top + 1, height - 1);
  const far = Math.min(left + 1, width - 1);
  return (
    (1 - down) * ((1 - right) * image[top * width + left] + right * image[top * width + far]) +
    down * ((1 - right) * image[bottom * width + left] + right * image[bottom * width + far])
  );
}

/** Cosine and sine, exact at right angles: a rounding would put the edge of the image outside. */
function direction(degrees: number): [cosine: number, sine: number] {
  const quarters = degrees / 90;
  if (Number.isInteger(quarters)) {
    const turns = ((quarters % 4) + 4) % 4;
    return [[1, 0, -1, 0][turns], [0, 1, 0, -1][turns]];
  }
  const angle = (degrees * Math.PI) / 180;
  return [Math.cos(angle), Math.sin(angle)];
}
