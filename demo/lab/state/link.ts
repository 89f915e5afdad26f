/**
 * The lab's state in the link: `#v=2&preset=moons&alpha=8`, only what differs from the preset. Read as untrusted input:
 * what is not understood is named and left out, and the rest still counts.
 */

import { ConfigError } from "../../../src/errors.ts";
import { decodeNames, decodePoints, decodeWindow } from "../data/ownData.ts";
import { FIELDS, type FieldName, fieldProblem, type LabConfig, type PresetName } from "./fields.ts";
import { PRESETS } from "./presets.ts";

/** Bumped when an old link would be misread. */
const VERSION = "2";
/** What a link of an older version leaves out means what it meant: one training, live, and the line's former settings. */
const FORMER: Readonly<Record<string, (preset: PresetName) => Partial<LabConfig>>> = {
  "1": (preset) => ({
    live: PRESETS[preset].theory,
    ...(preset === "line" && { rate: 0.001, steps: 5000 }),
  }),
};
/** Points of one's own have no meaning elsewhere. */
const OWN_FIELDS: readonly FieldName[] = ["own", "names", "window", "target"];
/** A link longer than this is not ours. */
const LONGEST = 20_000;

/** The state a link describes, and what in it was not understood. */
export interface ParsedState {
  readonly config: LabConfig;
  readonly problems: readonly string[];
}

/** The state as a link's hash, with `#`; empty for the first preset as it is. */
export function formatHash(config: LabConfig): string {
  const defaults = PRESETS[config.preset].config;
  const parts: string[] = [];
  if (config.preset !== "line") parts.push(`preset=${config.preset}`);
  for (const name of Object.keys(FIELDS) as FieldName[]) {
    if (name === "preset" || config[name] === defaults[name]) continue;
    if (OWN_FIELDS.includes(name) && config.preset !== "own") continue;
    const value = config[name];
    const text = typeof value === "boolean" ? String(Number(value)) : String(value);
    parts.push(`${name}=${encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3B", ";")}`);
  }
  return parts.length === 0 ? "" : `#v=${VERSION}&${parts.join("&")}`;
}

/** Reads a hash, with or without `#`. Never throws. */
export function parseHash(hash: string): ParsedState {
  const text = hash.replace(/^#/, "");
  const start = PRESETS.line.config;
  if (text === "") return { config: { ...start }, problems: [] };
  if (text.length > LONGEST) {
    return {
      config: { ...start },
      problems: [`The link is ${text.length} characters long; up to ${LONGEST} are read.`],
    };
  }
  const problems: string[] = [];
  const entries = new Map<string, string>();
  for (const part of text.split("&")) {
    const at = part.indexOf("=");
    const [name, raw] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    if (name !== "v" && !Object.hasOwn(FIELDS, name))
      problems.push(`"${name.slice(0, 40)}" is no setting of the lab.`);
    else if (entries.has(name)) problems.push(`${name}: given twice; the first counts.`);
    else {
      try {
        entries.set(name, decodeURIComponent(raw));
      } catch {
        problems.push(`${name}: not readable.`);
      }
    }
  }
  const version = entries.get("v");
  if (version === undefined || (version !== VERSION && !Object.hasOwn(FORMER, version))) {
    const said = version === undefined ? "says no version" : `is of version "${version.slice(0, 20)}"`;
    return { config: { ...start }, problems: [`The link ${said}; this lab reads version ${VERSION}.`] };
  }
  entries.delete("v");
  const preset = entries.get("preset") ?? "line";
  const unknown = fieldProblem("preset", preset);
  if (unknown !== undefined) return { config: { ...start }, problems: [...problems, unknown] };
  entries.delete("preset");

  const former = FORMER[version]?.(preset as PresetName);
  const config = { ...PRESETS[preset as PresetName].config, ...former } as Record<
    FieldName,
    LabConfig[FieldName]
  >;
  const target = entries.get("target");
  for (const [name, value] of entries as Map<FieldName, string>) {
    const parsed = parseValue(name, value);
    const problem = fieldProblem(name, parsed) ?? listProblem(name, value, target === "numbers");
    if (problem === undefined) config[name] = parsed as LabConfig[FieldName];
    else problems.push(problem);
  }
  return consistent(config as unknown as LabConfig, problems);
}

/** A field's value from its text: itself where it can't be read, for the message. */
export function parseValue(name: FieldName, text: string): string | number | boolean {
  const { kind } = FIELDS[name];
  if (kind === "flag") return text === "1" ? true : text === "0" ? false : text;
  if (kind === "integer" || kind === "number") {
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text.trim()) ? Number(text) + 0 : text;
  }
  return text;
}

function listProblem(name: FieldName, value: string, isNumbers: boolean): string | undefined {
  const { kind } = FIELDS[name];
  try {
    if (kind === "points") decodePoints(value, isNumbers ? "numbers" : "classes");
    if (kind === "names") decodeNames(value);
    if (kind === "window") decodeWindow(value);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
  return undefined;
}

/** Fields that are right one by one may still not go together. */
function consistent(config: LabConfig, problems: string[]): ParsedState {
  const fixed = { ...config };
  if (config.preset === "line" && config.classes > config.points) {
    problems.push(`classes: ${config.classes} classes need as many points; there are ${config.points}.`);
    fixed.classes = config.points;
  }
  if (config.preset !== "own") {
    const { own, names, window, target } = PRESETS[config.preset].config;
    Object.assign(fixed, { own, names, window, target });
  }
  if (config.firstShare + config.secondShare > 1) {
    const sum = config.firstShare + config.secondShare;
    problems.push(`firstShare, secondShare: ${+sum.toPrecision(3)} in all; taken in proportion.`);
    fixed.firstShare = config.firstShare / sum;
    fixed.secondShare = 1 - fixed.firstShare;
  }
  const size = pointCount(fixed);
  if (fixed.batch > size) {
    problems.push(`batch: ${fixed.batch} is more than the ${size} points; taken as the full batch.`);
    fixed.batch = 0;
  }
  return { config: fixed, problems };
}

/** Number of points, N. */
export function pointCount({ preset, own, target, points }: LabConfig): number {
  return preset === "own" ? decodePoints(own, target).labels.length : points;
}

/** The same, but for points of one's own that are of another kind than they are to be now: those the lab begins with. */
export function withReadablePoints(config: LabConfig): LabConfig {
  if (config.preset !== "own") return config;
  try {
    decodePoints(config.own, config.target);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ...config, own: PRESETS.own.config.own, names: "", window: "" };
  }
}
