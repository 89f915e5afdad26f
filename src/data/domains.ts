/**
 * Data sets with named parts: domains, out of which runs draw by proportions of their own, and by which they are measured.
 *
 * Not here: drawing (`mixing/domains.ts`, `mixing/sampling.ts`), rows for training and for tests, which are a run's own choice.
 */

import { checkInteger, checkLength, checkObject, checkOptions, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { checkDataset, type Dataset, type Domain } from "./dataset.ts";

/** Points of a domain: their indices, or all from one on, up to another that is not of it. */
export type DomainPoints = ArrayLike<number> | { readonly from: number; readonly to: number };

/**
 * The same data with these domains, in this order. A point is in one domain at most; who names none of a point's draws it never.
 * @throws ConfigError for no domain, for what is no point, a point in two domains or twice in one.
 */
export function withDomains(data: Dataset, parts: Readonly<Record<string, DomainPoints>>): Dataset {
  checkDataset("data", data);
  checkObject("domains", parts, "Give { name: indices, … }.");
  const names = Object.keys(parts);
  if (names.length === 0) throw new ConfigError("domains", "none. Give at least one, by its name.");
  const domains = names.map((name): Domain => {
    const part = parts[name];
    const points =
      typeof part === "object" && part !== null && "from" in part
        ? between(`domains.${name}`, part, data.size)
        : listed(`domains.${name}`, part, data.size);
    return { name, points };
  });
  const named: Dataset = { ...data, domains };
  checkDataset("data", named);
  return named;
}

/** The data without their domains: for copies whose rows are others. */
export function withoutDomains({ domains: _, ...data }: Dataset): Dataset {
  return data;
}

function between(path: string, part: { from: number; to: number }, size: number): Uint32Array {
  checkOptions(path, part, ["from", "to"]);
  const { from, to } = part;
  checkInteger(`${path}.from`, from, 0, size, "a point");
  checkInteger(`${path}.to`, to, from, size, "the end of a range");
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

function listed(path: string, part: ArrayLike<number>, size: number): Uint32Array {
  const points = new Uint32Array(checkLength(path, part, "Give indices of points, or { from, to }."));
  for (let i = 0; i < points.length; i++) {
    if (!Number.isInteger(part[i]) || part[i] < 0 || part[i] >= size)
      throw new ConfigError(`${path}[${i}]`, `${shown(part[i])} is no point: there are 0 to ${size - 1}.`);
    points[i] = part[i];
  }
  return points;
}
