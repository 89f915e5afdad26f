import { describe, expect, test } from "vitest";
import { checkDataset, classDataset } from "../../src/data/dataset.ts";
import { type DomainPoints, withDomains, withoutDomains } from "../../src/data/domains.ts";
import { configErrorPath } from "../configError.ts";

const data = classDataset({ points: [0, 1, 2, 3, 4, 5], labels: [0, 1, 0, 1, 0, 1], dimensions: 1 });

test("domains are lists or ranges, in the order given; the rest of the data is as it was", () => {
  const own = withDomains(data, { late: { from: 4, to: 6 }, few: [3, 0], none: [] });
  expect(own.domains!.map(({ name, points }) => [name, ...points])).toEqual([
    ["late", 4, 5],
    ["few", 3, 0],
    ["none"],
  ]);
  expect(withoutDomains(own)).toEqual(data);
  expect("domains" in data).toBe(false);
});

describe("refuses", () => {
  test.each<[string, Record<string, unknown>]>([
    ["domains", {}],
    ["domains.a[1]", { a: [0, 6] }],
    ["domains.a[0]", { a: [-1] }],
    ["domains.a[0]", { a: [0.5] }],
    ["domains.a", { a: 3 }],
    ["domains.a", { a: null }],
    ["domains.a.to", { a: { from: 2, to: 7 } }],
    ["domains.a.to", { a: { from: 2, to: 1 } }],
    ["domains.a.from", { a: { from: -1, to: 1 } }],
    ["data.domains[0].points[1]", { a: [1, 1] }],
    ["data.domains[1].points[0]", { a: [1], b: { from: 1, to: 2 } }],
  ])("%s", (path, parts) => {
    expect(configErrorPath(() => withDomains(data, parts as Record<string, DomainPoints>))).toBe(path);
  });

  test("what was written by hand", () => {
    const path = (domains: unknown) =>
      configErrorPath(() => checkDataset("data", { ...data, domains } as typeof data));
    expect(path([])).toBe("data.domains");
    expect(path([null])).toBe("data.domains[0]");
    expect(path([{ name: 1, points: new Uint32Array(1) }])).toBe("data.domains[0].name");
    expect(path([{ name: "a", points: [0] }])).toBe("data.domains[0].points");
    expect(path([{ name: "a", points: Uint32Array.of(6) }])).toBe("data.domains[0].points[0]");
    expect(path(Array.from({ length: 2 }, () => ({ name: "a", points: new Uint32Array(0) })))).toBe(
      "data.domains[1].name",
    );
  });
});
