/**
 * The button of a word that needs explaining: it opens a popover with a sentence or two, a formula and the way to more. One popover a
 * word, however many buttons it has. The browser closes it (Escape, a click beside it) and gives the focus back.
 *
 * Not here: the words (`state/terms.ts`).
 */

import { html } from "./dom.ts";

export interface Term {
  /** As it is written: "α". */
  readonly name: string;
  /** One or two sentences. */
  readonly words: string;
  /** Children of a MathML `math` element. */
  readonly formula: string;
  /** Address of a page that says more, from the lab's. */
  readonly more: string;
}

/** Pixels between a button and what it opens, and between that and the window's edge. */
const GAP = 6;
const EDGE = 8;
/** Pixels that a popover may need in height. */
const ROOM = 240;

const popovers = new Map<Term, HTMLElement>();
let opener: HTMLElement | undefined;

/** A button that explains a term: the word itself within a sentence, else a small mark beside it. */
export function termButton(term: Term, text?: string): HTMLButtonElement {
  const button = html("button", { type: "button", class: text === undefined ? "term mark" : "term" });
  button.textContent = text ?? "?";
  if (text === undefined) button.setAttribute("aria-label", `What ${term.name} is`);
  button.addEventListener("click", () => {
    opener = button;
  });
  button.popoverTargetElement = popoverOf(term);
  return button;
}

function popoverOf(term: Term): HTMLElement {
  const known = popovers.get(term);
  if (known !== undefined) return known;
  const { name, words, formula, more } = term;
  const popover = html(
    "div",
    { class: "term-popover", popover: "auto", role: "group", "aria-label": name },
    html("p", {}, html("strong", {}, name), ` ${words}`),
    mathOf(formula),
    html(
      "p",
      { class: "small" },
      html("a", { href: more, target: "_blank", rel: "noopener" }, "More in the documentation ↗"),
    ),
  );
  popover.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open" && opener !== undefined) place(popover, opener);
  });
  document.querySelector("main")!.append(popover);
  popovers.set(term, popover);
  return popover;
}

/** Below its button, or above where there is no room, on the page: it goes along when that is scrolled. */
function place({ style }: HTMLElement, button: HTMLElement): void {
  const { left, top, bottom } = button.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const width = Math.min(22 * 16, clientWidth - 2 * EDGE);
  style.width = `${width}px`;
  style.left = `${scrollX + Math.max(EDGE, Math.min(left - EDGE, clientWidth - EDGE - width))}px`;
  const isBelow = bottom + ROOM < clientHeight || top < ROOM;
  style.top = isBelow ? `${scrollY + bottom + GAP}px` : "auto";
  style.bottom = isBelow ? "auto" : `${clientHeight - scrollY - top + GAP}px`;
}

function mathOf(children: string): Node {
  const text = `<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">${children}</math>`;
  return document.importNode(new DOMParser().parseFromString(text, "application/xml").documentElement, true);
}
