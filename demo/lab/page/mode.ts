/**
 * How the page is used, as its address says: `?present` for a lecture, large and driven by keys; `?embed` for a frame in
 * slides or an article, one picture and one slider; `?figure` for a paper's figure, once there is one. `theme=light|dark` fixes the colours, for
 * pages that have one theme only; `engine=webgpu|cpu` fixes what trains, where else the faster one would.
 */

export type Mode = "lab" | "present" | "embed";

const search = new URLSearchParams(location.search);

export const mode: Mode = search.has("embed") ? "embed" : search.has("present") ? "present" : "lab";

/** Whether a figure is to be set as soon as it is trained. */
export const wantsFigure = search.has("figure");

const engine = search.get("engine");
export const forcedEngine = engine === "webgpu" || engine === "cpu" ? engine : undefined;

/** Lets the style sheet know. */
export function showMode(): void {
  const { dataset } = document.documentElement;
  dataset.mode = mode;
  const theme = search.get("theme");
  if (theme === "light" || theme === "dark") dataset.theme = theme;
}

/** The address of the same state in another mode. */
export function addressIn(other: Mode): string {
  const address = new URL(location.href);
  address.search = other === "lab" ? "" : `?${other}`;
  return address.href;
}
