/**
 * The state as a link for others: as a QR code, for a lecture, as a frame for slides or an article. Made here, by nobody else.
 */

import { encode } from "uqr";
import { html, set, setText, svg } from "../page/dom.ts";
import { addressIn } from "../page/mode.ts";
import { openDialog } from "./dialog.ts";

/** Modules of white around a QR code, as its standard asks for. */
const QUIET = 4;
/** Bytes that the largest QR code holds. */
const MOST_BYTES = 2953;

export function openShareDialog(): void {
  const link = addressIn("lab");
  const code = qrCode(link);
  const frame = `<iframe src="${addressIn("embed").replaceAll("&", "&amp;")}" title="The Mixup lab" width="640" height="480" loading="lazy" style="border:0"></iframe>`;
  const element = html(
    "div",
    { class: "share" },
    code ?? html("p", { class: "notice" }, "This link is too long for a QR code: it holds many points."),
    html(
      "div",
      { class: "share-links" },
      copied("share-link", "Link to this state", link),
      copied("share-present", "For a lecture: large, driven by keys", addressIn("present")),
      copied("share-embed", "For slides and articles: one picture, one slider", frame),
    ),
  );
  openDialog("Share", element);
}

/** A text, and a button that copies it; where that is not allowed, it is selected. */
function copied(id: string, label: string, text: string): HTMLElement {
  const input = html("input", { type: "text", id, readonly: true, value: text });
  const button = html("button", { type: "button", "aria-label": `Copy: ${label}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      setText(button, "Copied");
      setTimeout(() => setText(button, "Copy"), 1500);
    } catch {
      input.select();
    }
  });
  const row = html("div", { class: "share-row" }, input, button);
  return html("div", {}, html("label", { for: id, class: "small soft" }, label), row);
}

/** A QR code as a picture; undefined if the text is too long for one. */
function qrCode(text: string): SVGSVGElement | undefined {
  if (new TextEncoder().encode(text).length > MOST_BYTES) return undefined;
  const { data, size } = encode(text, { ecc: "L", border: QUIET });
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x},${y}h1v1h-1z` : "")))
    .join("");
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${size} ${size}`, class: "qr", role: "img", "aria-label": "QR code of the link" },
    svg("rect", { width: size, height: size, fill: "#ffffff" }),
    svg("path", { d: path, fill: "#000000" }),
  );
  set(picture, "shape-rendering", "crispEdges");
  return picture;
}
