/** Colours of values, the same in both themes and for every common colour blindness (viridis), and the page's own colours for canvases. */

const STOPS = [
  [68, 1, 84],
  [71, 45, 123],
  [59, 82, 139],
  [44, 114, 142],
  [33, 145, 140],
  [40, 174, 128],
  [94, 201, 98],
  [173, 220, 48],
  [253, 231, 37],
] as const;

export type Rgb = readonly [red: number, green: number, blue: number];

/** The colour of a share, 0 to 1. */
export function colourOf(share: number): Rgb {
  const place = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1);
  const low = Math.min(Math.floor(place), STOPS.length - 2);
  const part = place - low;
  const mixed = STOPS[low].map((value, c) => Math.round(value + part * (STOPS[low + 1][c] - value)));
  return [mixed[0], mixed[1], mixed[2]];
}

/** Black or white, whichever is read on a colour. */
export function inkOn([red, green, blue]: Rgb): string {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000" : "#fff";
}

const known = new Map<string, string>();

/** Another theme has others. */
export function forgetColours(): void {
  known.clear();
}

/** A colour of the style sheet, as a canvas understands it: which theme holds is the browser's to know. Asking costs a layout, so it is kept. */
export function themeColour(name: string): string {
  const kept = known.get(name);
  if (kept !== undefined) return kept;
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  known.set(name, color);
  return color;
}
