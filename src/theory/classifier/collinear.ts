/**
 * Points that coincide, and lines that several of them share: where segments can overlap.
 */

/** Points at one place. */
export interface Site {
  /** `[D]`. */
  readonly position: Float64Array;
  /** Indices of the points that lie here. */
  readonly members: number[];
}

/** A line through at least two sites. */
export interface SiteLine {
  /** All sites on the line, in order along it. */
  readonly sites: Site[];
  /** Their positions along it, ascending, in the data's units, from 0. */
  readonly positions: Float64Array;
}

/** The places of `points [N, D]`: points within `tolerance` of a site's first point belong to it. */
export function sameSites(points: Float64Array, dimensions: number, tolerance: number): Site[] {
  const size = points.length / dimensions;
  // Along a direction in which no two different points of a grid agree, neighbours are found by sorting.
  const along = Float64Array.from({ length: size }, (_, n) => {
    let sum = 0;
    for (let k = 0; k < dimensions; k++) sum += points[n * dimensions + k] * Math.cos(k + 1);
    return sum;
  });
  const order = Uint32Array.from({ length: size }, (_, n) => n).sort((i, j) => along[i] - along[j] || i - j);
  const window = tolerance * Math.sqrt(dimensions);
  const taken = new Uint8Array(size);
  const sites: Site[] = [];
  for (let i = 0; i < size; i++) {
    const n = order[i];
    if (taken[n]) continue;
    const site: Site = { position: points.subarray(n * dimensions, (n + 1) * dimensions), members: [] };
    for (let j = i; j < size && along[order[j]] - along[n] <= window; j++) {
      const other = order[j];
      if (taken[other]) continue;
      let square = 0;
      for (let k = 0; k < dimensions; k++) square += (points[other * dimensions + k] - site.position[k]) ** 2;
      if (square > tolerance * tolerance) continue;
      taken[other] = 1;
      site.members.push(other);
    }
    sites.push(site);
  }
  return sites;
}

/** Every line through two or more sites, once, with all sites within `tolerance` of it. */
export function siteLines(sites: readonly Site[], tolerance: number): SiteLine[] {
  const lines: SiteLine[] = [];
  for (let i = 0; i < sites.length; i++) {
    for (let j = i + 1; j < sites.length; j++) {
      const line = lineThrough(sites, i, j, tolerance);
      if (line !== undefined) lines.push(line);
    }
  }
  return lines;
}

/** The line through sites i < j, unless an earlier pair of its sites has it already. */
function lineThrough(sites: readonly Site[], i: number, j: number, tolerance: number): SiteLine | undefined {
  const origin = sites[i].position;
  const direction = sites[j].position.map((value, k) => value - origin[k]);
  const length = Math.hypot(...direction);
  const found: { site: Site; position: number }[] = [];
  for (let n = 0; n < sites.length; n++) {
    const { position } = sites[n];
    let along = 0;
    for (let k = 0; k < origin.length; k++) along += (position[k] - origin[k]) * (direction[k] / length);
    let square = 0;
    for (let k = 0; k < origin.length; k++) {
      square += (position[k] - origin[k] - along * (direction[k] / length)) ** 2;
    }
    if (square > tolerance * tolerance) continue;
    if (n < j && n !== i) return undefined;
    found.push({ site: sites[n], position: along });
  }
  found.sort((first, second) => first.position - second.position);
  return {
    sites: found.map(({ site }) => site),
    positions: Float64Array.from(found, ({ position }) => position - found[0].position),
  };
}
