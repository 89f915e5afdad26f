/**
 * Loop unrolling: in WGSL whose prelude constants are known, `for (var i = 0u; i < BOUND; i++) { ... }` with a constant
 * bound becomes its body, repeated. It changes no meaning; it turns private arrays, which are then indexed by numbers
 * only, into registers. Drivers do this themselves, some of the time; the software adapter never does, and there it is
 * worth a factor of several.
 *
 * Loops of a constant number of rounds that are too many to repeat are counted at their end instead, since the software
 * adapter runs the body of a `for` once more than it should, for nobody.
 *
 * Not a preprocessor: shaders are plain WGSL with or without it.
 */

/** With or without blanks: what is shipped has none. */
const LOOP = /\bfor ?\(var (\w+) ?= ?0u; ?\1 ?< ?([^;]+); ?\1\+\+\) ?\{/;

/**
 * Unrolls all loops of `code` whose bound is built of numbers and `constants` alone, innermost included.
 * @param rolled constants whose loops stay loops unless they have one round.
 * @param limit loops of more rounds stay loops, too.
 */
export function unrollLoops(
  code: string,
  constants: Readonly<Record<string, number>>,
  rolled: readonly string[] = [],
  limit = 32,
): string {
  const values = derivedConstants(code, constants);
  return decideBranches(unroll(code, constants, values, rolled, limit), values);
}

/** All loops but those that stay. */
function unroll(
  code: string,
  constants: Readonly<Record<string, number>>,
  values: Readonly<Record<string, number>>,
  rolled: readonly string[],
  limit: number,
): string {
  const unrollable = derivedConstants(
    code,
    Object.fromEntries(
      Object.entries(constants).filter(([name, value]) => !rolled.includes(name) || value <= 1),
    ),
  );
  let done = "";
  let rest = code;
  while (true) {
    const match = LOOP.exec(rest);
    if (match === null) return done + rest;
    const [head, name, bound] = match;
    const bodyStart = match.index + head.length;
    const bodyEnd = closingBrace(rest, bodyStart);
    const body = rest.slice(bodyStart, bodyEnd);
    const rounds = evaluate(bound, values);
    // A body that leaves its loop can't be repeated in a row.
    if (rounds === undefined || /\b(break|continue)\b/.test(body)) {
      done += rest.slice(0, bodyStart);
      rest = rest.slice(bodyStart);
      continue;
    }
    if (evaluate(bound, unrollable) === undefined || rounds > limit) {
      done += `${rest.slice(0, match.index)}{ var ${name} = 0u; loop {`;
      rest = `${body}continuing { ${name}++; break if ${name} >= ${bound}; } } }${rest.slice(bodyEnd + 1)}`;
      continue;
    }
    const unrolled = Array.from(
      { length: rounds },
      (_, i) => `{${body.replace(new RegExp(`(?<!\\.)\\b${name}\\b`, "g"), `${i}u`)}}`,
    );
    done += rest.slice(0, match.index);
    // What was repeated may hold loops, too.
    rest = unrolled.join("\n") + rest.slice(bodyEnd + 1);
  }
}

const BRANCH = /\bif ?\(([^{};]*)\) ?\{/;

/**
 * Leaves out what an `if` of constants alone decides against: in code that is repeated often, branches that are never taken
 * are most of what a driver would have to compile. An `if` with an `else` stays.
 */
function decideBranches(code: string, values: Readonly<Record<string, number>>): string {
  let done = "";
  let rest = code;
  while (true) {
    const match = BRANCH.exec(rest);
    if (match === null) return done + rest;
    const bodyStart = match.index + match[0].length;
    const holds = decide(match[1], values);
    const bodyEnd = closingBrace(rest, bodyStart);
    const isPlain =
      !/^\s*else\b/.test(rest.slice(bodyEnd + 1)) && !/\belse\s*$/.test(rest.slice(0, match.index));
    if (holds === undefined || !isPlain) {
      done += rest.slice(0, bodyStart);
      rest = rest.slice(bodyStart);
      continue;
    }
    done += rest.slice(0, match.index);
    // The braces stay: what is declared within is nobody else's business.
    rest = holds ? `{${rest.slice(bodyStart)}` : rest.slice(bodyEnd + 1);
  }
}

/** Whether a condition of comparisons of constants holds; undefined if it says anything else. */
function decide(condition: string, values: Readonly<Record<string, number>>): boolean | undefined {
  const parts = condition.split("&&").map((part) => {
    const sides = /^([^=!<>|]+)(==|!=)([^=!<>|]+)$/.exec(part);
    if (sides === null) return undefined;
    const [left, right] = [evaluate(sides[1], values), evaluate(sides[3], values)];
    return left === undefined || right === undefined ? undefined : (left === right) === (sides[2] === "==");
  });
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

/** The constants, and the `const NAME: u32 = expression;` declarations that follow from them. */
function derivedConstants(code: string, constants: Readonly<Record<string, number>>): Record<string, number> {
  const derived: Record<string, number> = { ...constants };
  const declarations = [...code.matchAll(/^const (\w+): ?u32 ?= ?([^;]+);/gm)];
  // Linking may put a constant before those it is made of: as many passes as there can be links in the chain.
  for (let pass = 0; pass < declarations.length; pass++) {
    for (const [, name, expression] of declarations) {
      const value = evaluate(expression, derived);
      if (value !== undefined) derived[name] = value;
    }
  }
  return derived;
}

/** Position of the brace that closes the block whose inside starts at `start`. */
function closingBrace(code: string, start: number): number {
  let depth = 1;
  for (let i = start; i < code.length; i++) {
    if (code[i] === "{") depth++;
    else if (code[i] === "}" && --depth === 0) return i;
  }
  throw new Error("Unbalanced braces in a shader.");
}

/** The value of a u32 expression of numbers, names, + - * / % and parentheses; undefined if it holds anything else. */
function evaluate(expression: string, values: Readonly<Record<string, number>>): number | undefined {
  const tokens = expression.match(/\d+u?|\w+|[-+*/%()]/g) ?? [];
  if (tokens.join("") !== expression.replace(/\s/g, "")) return undefined;
  let at = 0;
  const sum = (): number => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") value += (tokens[at++] === "+" ? 1 : -1) * product();
    return value;
  };
  const product = (): number => {
    let value = factor();
    while (["*", "/", "%"].includes(tokens[at])) {
      const operator = tokens[at++];
      const by = factor();
      if (operator === "*") value *= by;
      else value = operator === "/" ? Math.floor(value / by) : value % by;
    }
    return value;
  };
  const factor = (): number => {
    const token = tokens[at++];
    if (token === "(") {
      const value = sum();
      return tokens[at++] === ")" ? value : Number.NaN;
    }
    return /^\d/.test(token ?? "") ? Number.parseInt(token, 10) : (values[token] ?? Number.NaN);
  };
  const value = sum();
  return at === tokens.length && Number.isInteger(value) && value >= 0 ? value : undefined;
}
