/**
 * Descriptions from outside: links of the lab, descriptions of sweeps and the files of their folders. Whatever comes is read, or refused by
 * an error of ours; nothing else is touched. FUZZ_RUNS raises the number.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { FIELDS, type FieldName, fieldProblem } from "../../demo/lab/state/fields.ts";
import { formatHash, parseHash } from "../../demo/lab/state/link.ts";
import { dataReader } from "../../src/cli/sweep/data.ts";
import { ConfigError, MixupError } from "../../src/index.ts";
import { resolveSweep } from "../../src/sweep/description.ts";
import { cutShards, layoutJson, parseLayout } from "../../src/sweep/layout.ts";
import { DESCRIPTION, newFolder } from "../sweep/sweeps.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 200);

const nasty = fc.constantFrom<unknown>(
  null,
  true,
  "",
  "__proto__",
  "../../etc/passwd",
  "/etc/passwd",
  "constructor",
  [],
  {},
  [[]],
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  { kind: "erm" },
  { __proto__: null, length: 1e9 },
  "x".repeat(1000),
);

/** All places of JSON. */
function places(value: unknown, at: readonly string[] = []): string[][] {
  const own = at.length > 0 ? [[...at]] : [];
  if (typeof value !== "object" || value === null) return own;
  return [...own, ...Object.entries(value).flatMap(([key, entry]) => places(entry, [...at, key]))];
}

function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  Object.defineProperty(copy, key, {
    value: rest.length === 0 ? to : changed(copy[key], rest, to),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}

const small = { ...DESCRIPTION, data: [...DESCRIPTION.data, { name: "file", file: "none.csv" }] };

test("a description of a sweep with something else in some places", async () => {
  const reader = dataReader(await newFolder());
  const base = { ...small, data: DESCRIPTION.data };
  expect((await resolveSweep(base, reader)).count).toBe(72);
  const change = fc.tuple(fc.constantFrom(...places(small), ["__proto__"], ["grid", "__proto__"]), nasty);
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      let description: unknown = base;
      try {
        for (const [at, to] of changes) description = changed(description, at, to);
      } catch {
        // A place that an earlier change took away.
        return;
      }
      try {
        const sweep = await resolveSweep(JSON.parse(JSON.stringify(description)), reader);
        expect(sweep.id).toMatch(/^[0-9a-f]{32}$/);
        expect(sweep.segmentEnds.at(-1)).toBe(sweep.count);
        for (const i of [0, sweep.count - 1]) expect(sweep.population(i, i + 1).runs.length).toBe(1);
      } catch (error) {
        if (!(error instanceof MixupError)) throw error;
        expect(error.message.length).toBeLessThan(300);
      }
    }),
    { seed: 49, numRuns: RUNS },
  );
  expect(({} as Record<string, unknown>).length).toBeUndefined();
});

test("a layout with something else in it is refused, or is one", async () => {
  const sweep = await resolveSweep({ ...small, data: DESCRIPTION.data }, dataReader(await newFolder()));
  const text = layoutJson(sweep.id, cutShards(sweep, 3));
  const change = fc.record({ at: fc.nat(text.length - 1), cut: fc.nat(6), by: fc.string({ maxLength: 6 }) });
  fc.assert(
    fc.property(change, ({ at, cut, by }) => {
      try {
        const shards = parseLayout(`${text.slice(0, at)}${by}${text.slice(at + cut)}`, sweep);
        // Runs each once, in order.
        shards.forEach(({ from, to }, s) => {
          expect(from).toBe(shards[s - 1]?.to ?? 0);
          expect(to).toBeGreaterThan(from);
        });
        expect(shards.at(-1)!.to).toBe(sweep.count);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
      }
    }),
    { seed: 50, numRuns: RUNS },
  );
});

test("any link gives a state that is possible, and says what it left out", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("own", "moons", "1e999", "-0", "%", "%ff", "0,0,0;1,1,1", "true", "__proto__"),
  );
  const name = fc.oneof(fc.constantFrom("v", "__proto__", ...Object.keys(FIELDS)), fc.string());
  const link = fc
    .tuple(fc.array(fc.tuple(name, value), { maxLength: 8 }), fc.boolean())
    .map(([parts, isOurs]) => `#${isOurs ? "v=1&" : ""}${parts.map((part) => part.join("=")).join("&")}`);
  fc.assert(
    fc.property(fc.oneof(link, fc.string({ unit: "binary" })), (hash) => {
      const { config, problems } = parseHash(hash);
      for (const field of Object.keys(FIELDS) as FieldName[])
        expect(fieldProblem(field, config[field])).toBeUndefined();
      for (const problem of problems) expect(problem.length).toBeLessThan(300);
      expect(parseHash(formatHash(config)).config).toEqual(config);
    }),
    { seed: 51, numRuns: RUNS },
  );
});
