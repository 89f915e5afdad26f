/** What the marks of learnt weights are, as entries of a list. */

import { html, svg } from "../../page/dom.ts";
import { mark } from "./weightPanel.ts";

/** Classes, groups, wrong labels, lines. */
export function weightKey(): HTMLLIElement[] {
  const entry = (name: string, ...marks: SVGElement[]) =>
    html(
      "li",
      {},
      svg("svg", { viewBox: "-8 -8 16 16", class: "plot fair-plot", "aria-hidden": "true" }, ...marks),
      name,
    );
  const line = (name: string, d: string) => svg("path", { class: name, d });
  return [
    entry("labelled class 0", line("swatch class-0", "M-6-4h12v8h-12Z")),
    entry("class 1", line("swatch class-1", "M-6-4h12v8h-12Z")),
    entry("group 0 and its line", line("group-line group-0", "M-8,0h16"), mark("none", 0)),
    entry("group 1 and its line", line("group-line group-1", "M-8,0h16"), mark("none", 1)),
    entry("wrong label", line("wrong-labels", "M-4-4L4,4M4-4L-4,4")),
    entry("the rule of the right labels", line("truth", "M-8,0h16")),
    entry("groups answered differently", line("region between", "M-7-6h14v12h-14Z")),
  ];
}
