/** The command line of `bench`, checked strictly: what is not understood is refused before anything is started. */

import { parseArgs } from "node:util";
import { type ComparisonRequest, DEFAULT_SETTINGS } from "../../bench/comparison.ts";
import { ENGINE_NAMES, type EngineName, VARIANT_ENGINE_NAMES } from "../../bench/engines/engine.ts";
import { WORKLOAD_NAMES, WORKLOADS, type WorkloadName } from "../../bench/workload.ts";
import { ConfigError } from "../../errors.ts";
import { BACKENDS, type BackendName } from "../backends/backend.ts";

/** What to do. */
export interface BenchArguments extends ComparisonRequest {
  readonly help: boolean;
  readonly backend: BackendName;
  /** The file for the JSON. */
  readonly out: string;
  /** Nothing is measured then: a folder of such files becomes tables of the documentation. */
  readonly collect?: string;
}

const MAX_REPEATS = 10_000;
const MAX_LIMIT_SECONDS = 3600;
/** Both executors, small nets and wide. */
const VARIANT_WORKLOADS: readonly WorkloadName[] = ["line-x40", "moons-x10", "mlp-784"];

/** What `--help` prints. */
export const HELP = `npm run bench -- [options]

Compares mixup-webgpu with other engines of the browser and with plain loops: the same training, in turns, in one page
of a headless browser, or without a browser. Prints a table and writes JSON. Quote ratios, not times: the times are this machine's.

Workloads
${WORKLOAD_NAMES.map((name) => `  ${name.padEnd(20)}${WORKLOADS[name].title}`).join("\n")}

Engines
  ${ENGINE_NAMES.join(", ")}

Options
  --backend NAME        browser (default); native: this process, by npm's webgpu, with our engine and plain loops; cpu: with
                        plain loops alone; auto: native where it has a real GPU, else the browser
  --workloads A,B,...   which workloads (default all)
  --engines A,B,...     which engines (default all that the backend has)
  --repeats N           turns of each engine (default ${DEFAULT_SETTINGS.repeats})
  --limit SECONDS       an engine whose first step or turn takes longer is left out (default ${DEFAULT_SETTINGS.stepLimitSeconds})
  --variants            our own kernels' variants against each other, on three trainings, instead of engines
  --crossover           also look for the size at which the GPU overtakes plain loops (default: with all workloads)
  --out FILE            where the JSON goes (default bench.json)
  --collect FOLDER      measures nothing: makes the tables of docs/performance.md of the JSON files in this folder
  --help                this text

Exit code: 0; 1 if an engine was wrong or nothing could be measured; 2 if the command line is not understood.
`;

/** What can be measured without a browser, and without a GPU. */
const ENGINES_OF: Partial<Record<BackendName, readonly EngineName[]>> = {
  native: ["mixup-webgpu", "plain", ...VARIANT_ENGINE_NAMES],
  cpu: ["plain"],
};

/**
 * The engines that a backend has, of those that are asked for: all of them where all are.
 * @throws ConfigError for one that it has not.
 */
export function enginesOn(backend: BackendName, asked: readonly EngineName[]): readonly EngineName[] {
  const known = ENGINES_OF[backend];
  if (known === undefined) return asked;
  if (asked.length === ENGINE_NAMES.length && ENGINE_NAMES.every((name) => asked.includes(name)))
    return asked.filter((name) => known.includes(name));
  const other = asked.find((name) => !known.includes(name));
  if (other !== undefined)
    throw new ConfigError(
      "--engines",
      `${other} needs a browser${backend === "cpu" ? " or a GPU" : ""}: --backend browser.`,
    );
  return asked;
}

const OPTIONS = {
  backend: { type: "string" },
  workloads: { type: "string" },
  engines: { type: "string" },
  repeats: { type: "string" },
  limit: { type: "string" },
  variants: { type: "boolean" },
  crossover: { type: "boolean" },
  out: { type: "string" },
  collect: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * The checked command line.
 * @throws ConfigError whose path is the option, e.g. `--engines`.
 */
export function parseBenchArguments(commandLine: readonly string[]): BenchArguments {
  const values = parse(commandLine);
  if (values.out === "") throw new ConfigError("--out", "empty. Give the name of a file.");
  if (values.collect === "") throw new ConfigError("--collect", "empty. Give the name of a folder.");
  const beside = Object.keys(values).find((name) => name !== "collect" && name !== "help");
  if (values.collect !== undefined && beside !== undefined)
    throw new ConfigError(`--${beside}`, "not together with --collect, which measures nothing.");
  if (values.variants && values.engines !== undefined) {
    throw new ConfigError("--engines", "not together with --variants, which has its own.");
  }
  const [backend] =
    values.backend === undefined ? ["browser" as const] : list("--backend", BACKENDS, values.backend);
  const asked = values.variants
    ? (["mixup-webgpu", ...VARIANT_ENGINE_NAMES] as const)
    : list("--engines", ENGINE_NAMES, values.engines);
  const workloads = values.variants ? (values.workloads ?? VARIANT_WORKLOADS.join(",")) : values.workloads;
  return {
    help: values.help ?? false,
    workloads: list("--workloads", WORKLOAD_NAMES, workloads),
    backend,
    engines: enginesOn(backend, asked),
    settings: {
      ...DEFAULT_SETTINGS,
      repeats: integer("--repeats", "turns", MAX_REPEATS, values.repeats) ?? DEFAULT_SETTINGS.repeats,
      stepLimitSeconds:
        integer("--limit", "seconds", MAX_LIMIT_SECONDS, values.limit) ?? DEFAULT_SETTINGS.stepLimitSeconds,
    },
    crossovers: values.crossover ?? workloads === undefined,
    out: values.out ?? "bench.json",
    ...(values.collect !== undefined && { collect: values.collect }),
  };
}

function parse(commandLine: readonly string[]) {
  try {
    return parseArgs({ args: [...commandLine], options: OPTIONS, allowPositionals: false, strict: true })
      .values;
  } catch (error) {
    // Node's message names the option or the argument first; the rest of it is advice for programmers.
    const { code, message } = error as Error & { code?: string };
    const path = message.match(/--[\w-]+/)?.[0] ?? "";
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      const known = Object.keys(OPTIONS).map((name) => `--${name}`);
      throw new ConfigError(path, `unknown option. Known: ${known.join(", ")}.`);
    }
    if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL") {
      throw new ConfigError(
        message.match(/'(.*?)'/)?.[1] ?? "",
        "an argument without an option. See --help.",
      );
    }
    const takesNone = ["--help", "--crossover", "--variants"].includes(path);
    throw new ConfigError(path, takesNone ? "takes no value." : "a value is missing.");
  }
}

/** The known names of a comma-separated list, in their own order; all of them without a list. */
function list<Name extends string>(path: string, known: readonly Name[], text: string | undefined): Name[] {
  if (text === undefined) return [...known];
  const wanted = text.split(",").map((item) => item.trim());
  const unknown = wanted.find((item) => !known.includes(item as Name));
  if (unknown !== undefined) {
    throw new ConfigError(path, `unknown value "${unknown}". Known: ${known.join(", ")}.`);
  }
  return known.filter((name) => wanted.includes(name));
}

function integer(path: string, of: string, most: number, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new ConfigError(path, `"${text}" is not a number of ${of}. Give an integer from 1 to ${most}.`);
  return value;
}
