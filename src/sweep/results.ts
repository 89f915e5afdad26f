/**
 * Results of a shard as one safetensors file, a row a run, sealed by a digest: the same bytes for the same runs on the same engine,
 * whenever and by whom they are computed.
 *
 * Not here: computing (`compute.ts`), bringing shards together (`cli/`).
 */

import { ConfigError } from "../errors.ts";
import { FINITE } from "../kernels/population.ts";
import { checkSeal, encodeSealed } from "../model/digest.ts";
import { decodeSafetensors, type SafetensorsData, type SafetensorsTensor } from "../model/safetensors.ts";
import { fingerprint } from "../numeric/fingerprint.ts";
import type { DomainEvaluation, Evaluation } from "../training/evaluation.ts";
import type { TrainingResult } from "../training/training.ts";
import type { Kept, Sweep } from "./description.ts";
import type { ShardRange } from "./layout.ts";

const FORMAT = "mixup-webgpu shard 1";

/** What computed: part of what a result is. */
export interface SweepEngine {
  readonly version: string;
  readonly backend: "webgpu" | "cpu";
  readonly adapter: string;
  /** Node, or what brings WebGPU to it. */
  readonly runtime: string;
  /** The kernels' variants. */
  readonly variants: string;
}

export function engineHash(engine: SweepEngine): string {
  return fingerprint(engine).slice(0, 32);
}

export type Rows = Record<string, SafetensorsTensor>;

/** What a training of a shard's runs leaves of each, `[runs, ...]`. */
export function rowsOf({ curves, runs }: TrainingResult, keep: readonly Kept[]): Rows {
  const R = runs.length;
  const column = (values: readonly (number | undefined)[]): SafetensorsTensor => ({
    shape: [R],
    data: Float64Array.from(values, (value) => value ?? Number.NaN),
  });
  const matrix = (lists: readonly (readonly number[])[]): SafetensorsTensor => ({
    shape: [R, lists[0].length],
    data: Float64Array.from(lists.flat()),
  });
  const rows: Rows = {
    failed: { shape: [R], data: Uint32Array.from(runs, ({ failure }) => failure?.step ?? FINITE) },
  };
  if (keep.includes("final")) {
    rows["final.error"] = column(runs.map(({ error }) => error));
    rows["final.loss"] = column(runs.map(({ loss }) => loss));
    rows["final.trainingLoss"] = column(curves.runs.map(({ trainingLoss }) => trainingLoss.at(-1)));
    const size = runs[0].probabilities.length;
    if (size > 0) {
      const data = new Float32Array(R * size);
      runs.forEach(({ probabilities }, r) => {
        data.set(probabilities, r * size);
      });
      rows["final.probabilities"] = { shape: [R, size], data };
    }
  }
  if (keep.includes("curves")) {
    for (const name of ["error", "loss", "trainingLoss"] as const)
      rows[`curves.${name}`] = matrix(curves.runs.map((run) => run[name]));
  }
  if (keep.includes("parameters")) {
    for (const [name, { shape, data }] of Object.entries(runs[0].parameters)) {
      const all =
        data instanceof Float64Array ? new Float64Array(R * data.length) : new Float32Array(R * data.length);
      runs.forEach(({ parameters }, r) => {
        all.set(parameters[name].data, r * data.length);
      });
      rows[`parameters.${name}`] = { shape: [R, ...shape], data: all };
    }
  }
  return rows;
}

/** Losses of trained runs by domain, and errors of classifiers, `[runs, K]`; NaN for runs that have diverged, and for domains without points. */
export function domainRows(evaluations: readonly Evaluation[]): Rows {
  const K = evaluations[0].domains!.length;
  const table = (of: (domain: DomainEvaluation) => number | null | undefined): SafetensorsTensor => ({
    shape: [evaluations.length, K],
    data: Float64Array.from(
      evaluations.flatMap(({ domains, loss }) =>
        domains!.map((domain) => (Number.isNaN(loss) ? Number.NaN : (of(domain) ?? Number.NaN))),
      ),
    ),
  });
  return {
    "domains.loss": table(({ loss }) => loss),
    ...(evaluations[0].error !== undefined && { "domains.error": table(({ error }) => error) }),
  };
}

/** Rows of one part behind those of another. */
export function appended(first: Rows, second: Rows): Rows {
  return Object.fromEntries(
    Object.entries(first).map(([name, { shape, data }]) => {
      const more = second[name];
      const type = data.constructor as new (length: number) => Float64Array;
      const all = new type(data.length + more.data.length);
      all.set(data as Float64Array);
      all.set(more.data as Float64Array, data.length);
      return [name, { shape: [shape[0] + more.shape[0], ...shape.slice(1)], data: all as SafetensorsData }];
    }),
  );
}

/** The file of a shard. */
export function encodeShard(
  { id }: Sweep,
  { from, to }: ShardRange,
  engine: SweepEngine,
  rows: Rows,
): Uint8Array {
  return encodeSealed(rows, {
    format: FORMAT,
    sweep: id,
    from: String(from),
    to: String(to),
    engine: JSON.stringify(engine),
    engineHash: engineHash(engine),
  });
}

export interface Shard {
  readonly range: ShardRange;
  readonly engine: SweepEngine;
  readonly engineHash: string;
  readonly rows: Rows;
}

/**
 * What {@link encodeShard} wrote.
 * @throws ConfigError for bytes that are none, were damaged, or are of another sweep or shard
 */
export function decodeShard(bytes: Uint8Array, { id }: Sweep, expected: ShardRange): Shard {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata.format !== FORMAT) throw new ConfigError("shard.format", `is not "${FORMAT}".`);
  checkSeal("shard", bytes, metadata, true);
  if (metadata.sweep !== id) throw new ConfigError("shard.sweep", "is not this sweep.");
  const range = { from: Number(metadata.from), to: Number(metadata.to) };
  if (range.from !== expected.from || range.to !== expected.to)
    throw new ConfigError("shard.from", `is runs ${range.from} to ${range.to}, not what its name says.`);
  for (const [name, { shape }] of Object.entries(tensors))
    if (shape[0] !== range.to - range.from) throw new ConfigError(`shard.${name}`, "is not a row a run.");
  return {
    range,
    engine: JSON.parse(metadata.engine) as SweepEngine,
    engineHash: metadata.engineHash,
    rows: tensors,
  };
}
