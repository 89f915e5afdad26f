/** An image as a domain has it, small: squares as strong as the pixels are. */

import { svg } from "../../page/dom.ts";
import type { Experiment } from "../../training/experiment.ts";

/** Point n of square images, `size` wide; what is 0 is left out. */
export function domainImage(
  { points, dimensions }: Experiment["train"]["data"],
  n: number,
  size: number,
): SVGGElement {
  const side = Math.sqrt(dimensions);
  const pixels = Array.from(points.subarray(n * dimensions, (n + 1) * dimensions));
  const cells = pixels.map((tone, d) =>
    svg("rect", {
      x: (d % side) * (size / side),
      y: Math.floor(d / side) * (size / side),
      width: size / side,
      height: size / side,
      "fill-opacity": Math.round(100 * tone) / 100,
    }),
  );
  return svg("g", { class: "image", "aria-hidden": "true" }, ...cells.filter((_, d) => pixels[d] > 0));
}
