/** Elements in few words. Nothing of the lab in here. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

function fill<E extends Element>(
  element: E,
  attributes: Attributes,
  children: readonly (Node | string)[],
): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** An HTML element. */
export function html<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[Tag] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/**
 * What to paint a canvas with, by the processor: a software adapter takes far longer, most of all from one canvas to another, and a GPU
 * has little to gain.
 */
export function painter(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  return canvas.getContext("2d", { willReadFrequently: true })!;
}

/** The element of an id that the page is written with. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element as E;
}

/** Sets an attribute only if it changes: layout stays valid where nothing happens. */
export function set(element: Element, name: string, value: string | number): void {
  const text = String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Lets boxes that scroll be scrolled by the keyboard, too: each within a disclosure, whose summary says what it is. */
export function reachScrolling(): void {
  for (const box of document.querySelectorAll("details > .scroll")) {
    set(box, "tabindex", 0);
    set(box, "role", "region");
    set(box, "aria-labelledby", box.parentElement!.querySelector("summary")!.id);
  }
}
