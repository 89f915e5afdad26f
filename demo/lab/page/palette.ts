/** The theme's colours as numbers, for what is painted pixel by pixel. */

export type Rgb = readonly [number, number, number];

export interface Palette {
  readonly paper: Rgb;
  readonly classes: readonly Rgb[];
  readonly ink: Rgb;
  readonly accent: Rgb;
  /** Of what stands between ERM and the Mixup that is asked for. */
  readonly plain: Rgb;
  readonly rule: Rgb;
}

let current: Palette | undefined;

/** The palette of the theme now; read from the style sheet once a theme. */
export function palette(): Palette {
  current ??= readPalette();
  return current;
}

/** The palette of the light theme, whichever is on: for what goes on white paper. */
export function lightPalette(): Palette {
  return readPalette("light");
}

/** The theme has changed. */
export function forgetPalette(): void {
  current = undefined;
}

function readPalette(scheme = ""): Palette {
  const probe = document.createElement("span");
  probe.style.colorScheme = scheme;
  // Pixels have to tell classes apart, whatever colours the reader has chosen for text.
  probe.style.setProperty("forced-color-adjust", "none");
  document.body.append(probe);
  const read = (name: string): Rgb => {
    probe.style.color = `var(${name})`;
    const numbers = getComputedStyle(probe).color.match(/[\d.]+/g) ?? ["0", "0", "0"];
    return [Number(numbers[0]), Number(numbers[1]), Number(numbers[2])];
  };
  const colors = {
    paper: read("--paper"),
    classes: [0, 1, 2, 3].map((c) => read(`--class-${c}`)),
    ink: read("--ink"),
    accent: read("--accent"),
    plain: read("--plain"),
    rule: read("--rule"),
  };
  probe.remove();
  return colors;
}

/** How strongly a region wears its class colour when a net is certain. */
const REGION_STRENGTH = 0.62;

/**
 * Paints mean probabilities of a grid as class colours on paper: the paler, the less sure. Two classes meet in paper
 * white; more mix by how far each is ahead of chance. `rgba [rows, columns]`, first row on top, the grid's first row
 * at the bottom.
 */
export function paintRegions(
  rgba: Uint8ClampedArray,
  { columns, rows }: { columns: number; rows: number },
  mean: ArrayLike<number>,
  classes: number,
  { paper, classes: colors }: Palette,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = row * columns + column;
      const to = 4 * ((rows - 1 - row) * columns + column);
      let [red, green, blue] = paper;
      const mix = ([r, g, b]: Rgb, weight: number) => {
        red += (r - paper[0]) * weight;
        green += (g - paper[1]) * weight;
        blue += (b - paper[2]) * weight;
      };
      if (classes === 2) {
        const lead = 2 * mean[from] - 1;
        mix(colors[lead > 0 ? 1 : 0], REGION_STRENGTH * Math.abs(lead));
      } else {
        for (let c = 0; c < classes; c++) {
          const ahead = (mean[from * classes + c] - 1 / classes) / (1 - 1 / classes);
          mix(colors[c], REGION_STRENGTH * Math.max(0, ahead));
        }
      }
      rgba[to] = red;
      rgba[to + 1] = green;
      rgba[to + 2] = blue;
      rgba[to + 3] = 255;
    }
  }
}

/** Paints numbers as tones from paper, at `low`, to ink, at `high`. */
export function paintTones(
  rgba: Uint8ClampedArray,
  values: ArrayLike<number>,
  { low, high }: { low: number; high: number },
  { paper, ink }: Palette,
): void {
  for (let i = 0; i < values.length; i++) {
    const share = Math.min(1, Math.max(0, (values[i] - low) / (high - low)));
    paintPixel(rgba, i, paper, ink, share);
  }
}

/** Paints signed numbers, paper at 0: class 0's colour below it, class 1's above, in full at `limit`. */
export function paintSigned(
  rgba: Uint8ClampedArray,
  values: ArrayLike<number>,
  limit: number,
  { paper, classes }: Palette,
): void {
  for (let i = 0; i < values.length; i++) {
    paintPixel(rgba, i, paper, classes[values[i] > 0 ? 1 : 0], Math.min(1, Math.abs(values[i]) / limit));
  }
}

/** Pixel `i`, `share` of the way from one colour to another. */
function paintPixel(rgba: Uint8ClampedArray, i: number, from: Rgb, to: Rgb, share: number): void {
  for (let c = 0; c < 3; c++) rgba[4 * i + c] = from[c] + (to[c] - from[c]) * share;
  rgba[4 * i + 3] = 255;
}
