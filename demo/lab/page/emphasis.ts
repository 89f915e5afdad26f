/**
 * What of the page a sentence speaks of: other parts of pictures and charts stand back. A part is whatever wears its name in
 * `data-part`; a name that nothing wears changes nothing.
 *
 * A rule and not classes: pictures come and go, and the next one stands back as well.
 */

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);
let shown = "";

/** Has all parts but one stand back; none, if it is empty. Parts around it and within it are of it. */
export function emphasize(part: string): void {
  if (part === shown) return;
  shown = part;
  const own = `[data-part~="${part}"]`;
  const other = `#lab:has(${own}) [data-part]:not(${own}, ${own} *, :has(${own}))`;
  // What is within one that stands back does so with it, and not once more.
  sheet.replaceSync(part === "" ? "" : `${other} { opacity: 0.2; } ${other} [data-part] { opacity: 1; }`);
}
