/** A dialog over the page: a title, what is in it, and a way out by button, Escape or a click beside it. */

import { html, setText } from "../page/dom.ts";

const title = html("h2", { id: "dialog-title" });
const close = html("button", { type: "button", class: "quiet", "aria-label": "Close" }, "✕");
const body = html("div", { class: "dialog-body" });
const dialog = html(
  "dialog",
  { class: "dialog", "aria-labelledby": title.id },
  html("div", { class: "dialog-head" }, title, close),
  body,
);
close.addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

/** Opens the dialog with an element in it. */
export function openDialog(heading: string, element: HTMLElement): void {
  if (!dialog.isConnected) document.body.append(dialog);
  setText(title, heading);
  body.replaceChildren(element);
  if (!dialog.open) dialog.showModal();
}
