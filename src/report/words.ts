/** Words around numbers. Apart from what draws and lays out, for pages that only compute. */

/** `1 seed`, `4 seeds`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** A sentence's beginning. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
