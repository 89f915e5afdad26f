/**
 * WGSL in fewer bytes, for what is shipped: names become short, blanks go, lines stay. A name gets the same short one
 * wherever it stands, in all shaders, and no two names the same: so no scope has to be understood, what shadowed still
 * shadows, and declarations that shaders share stay equal.
 *
 * Not a compiler: it computes nothing and leaves nothing out.
 */

import { stdEnumerants, stdFns, stdTypes } from "wesl";

const TOKEN = /0x[\da-f.]+(?:p[-+]?\d+)?\w?|(?:\d|\.\d)[\d.]*(?:e[-+]?\d+)?\w?|@?[a-z_]\w*|\s+|./gi;
const DECLARED = /\b(?:fn|struct|let|const|alias|var(?:<[^>]*>)?)\s+(\w+)|\b([a-z_]\w*)\s*:/gi;
const OVERRIDE = /\boverride\s+(\w+)/g;
const ENTRY_POINT = /@(?:compute|vertex|fragment)\b[^{}]*?\bfn\s+(\w+)/g;
/** Parts of vectors, which look like members. */
const SWIZZLE = /^(?:[xyzw]{1,4}|[rgba]{1,4})$/;
/** WGSL's own: members of what built-in functions give, words of two letters, a word before a colon. */
const WORDS = ["whole", "old_value", "exchanged", "as", "do", "fn", "if", "in", "is", "of", "default"];
const OPERATOR = /^[-+*/%&|^<>=!~]/;
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * The minifier of these shaders.
 * @param hostNames further names that TypeScript knows; it may name overrides and entry points, too.
 */
export function shaderMinifier(
  shaders: readonly string[],
  hostNames: Iterable<string>,
): (code: string) => string {
  const text = shaders.join("\n");
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name, other]) => name ?? other);
  const kept = new Set([
    ...[...stdFns, ...stdTypes, ...stdEnumerants, ...WORDS, ...hostNames],
    ...[...all(OVERRIDE), ...all(ENTRY_POINT)],
  ]);
  const own = new Set(all(DECLARED).filter((name) => !kept.has(name) && !SWIZZLE.test(name)));
  const uses = new Map<string, number>();
  for (const [token] of text.matchAll(TOKEN)) uses.set(token, (uses.get(token) ?? 0) + 1);
  const often = [...own].sort((a, b) => uses.get(b)! - uses.get(a)!);
  const free = shortNames((name) => !kept.has(name) && (own.has(name) || !uses.has(name)));
  const short = new Map(often.map((name) => [name, free.next().value]));
  return (code) => {
    const tokens = code.match(TOKEN) ?? [];
    const afterBuiltin = (i: number) => tokens[i - 2] === "@builtin";
    return withoutBlanks(tokens.map((token, i) => (afterBuiltin(i) ? token : (short.get(token) ?? token))));
  };
}

/** a, b ... Z, aa, ab ...: those that are free. */
function* shortNames(isFree: (name: string) => boolean): Generator<string, never> {
  for (let length = 1; ; length++) {
    for (let i = 0; i < LETTERS.length ** length; i++) {
      let name = "";
      for (let rest = i; name.length < length; rest = Math.floor(rest / LETTERS.length))
        name = LETTERS[rest % LETTERS.length] + name;
      if (!SWIZZLE.test(name) && isFree(name)) yield name;
    }
  }
}

/** Without blanks that no two tokens need between them; the ends of lines stay, for messages name lines. */
function withoutBlanks(tokens: readonly string[]): string {
  const isNeeded = (before = "", after = "") =>
    (/\w$/.test(before) && /^[\w@.]/.test(after)) || (OPERATOR.test(before) && OPERATOR.test(after));
  return tokens
    .map((token, i) => {
      if (!/^\s/.test(token)) return token;
      if (token.includes("\n")) return "\n";
      return isNeeded(tokens[i - 1], tokens[i + 1]) ? " " : "";
    })
    .join("");
}
