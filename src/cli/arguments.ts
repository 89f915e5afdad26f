/**
 * The command line of `reproduce`, checked strictly: what is not understood is refused before anything is
 * started.
 */

import { parseArgs } from "node:util";
import { ConfigError } from "../errors.ts";
import { ALTERNATING_LINE_DEFAULTS, type AlternatingLineOptions } from "../experiments/alternatingLine.ts";
import { beta, type Granularity, PAIRINGS, type Pairing } from "../mixing/mixing.ts";

/** Experiments that can be named. */
export const EXPERIMENTS = ["alternating-line"] as const;
type ExperimentName = (typeof EXPERIMENTS)[number];

/** What to do. */
export interface ReproduceArguments {
  readonly help: boolean;
  readonly experiments: readonly ExperimentName[];
  readonly backend: "webgpu" | "cpu";
  /** Where the files go; with several experiments, each in a folder of its own in there. */
  readonly out: string;
  readonly options: AlternatingLineOptions;
}

const GRANULARITIES: readonly Granularity[] = ["batch", "sample"];
const BACKENDS = ["webgpu", "cpu"] as const;
const MAX_SEEDS = 10_000;
const MAX_STEPS = 10_000_000;

const { seeds, alphas, steps, granularity, pairing } = ALTERNATING_LINE_DEFAULTS;

/** What `--help` prints. */
export const HELP = `npm run reproduce -- [experiment] [options]

Trains a paper's experiment and shows its published numbers beside ours. Without a name, all experiments.

Experiments
  alternating-line        points on a line with alternating classes: Mixup's failure case

Options
  --backend webgpu|cpu    webgpu: in a headless browser (default). cpu: float64 in Node, without a browser
  --seeds N               number of seeds, 0 to N - 1 (default ${seeds})
  --alphas A,B,...        Mixup with Beta(A, A), Beta(B, B), ... beside ERM (default ${alphas.join(",")})
  --steps N               optimizer steps of every run (default ${steps})
  --granularity G         one lambda per ${GRANULARITIES.join(" or per ")} (default ${granularity})
  --pairing P             ${PAIRINGS.join(", ")} (default ${pairing})
  --out DIR               folder for the results (default results)
  --help                  this text

Exit code: 0; 1 if a published value is missed or the work failed; 2 if the command line is not understood.
`;

/**
 * The checked command line.
 * @throws ConfigError whose path is the option, e.g. `--alphas`.
 */
export function parseArguments(commandLine: readonly string[]): ReproduceArguments {
  const { values, positionals } = parse(commandLine);
  return {
    help: values.help ?? false,
    experiments: positionals.length === 0 ? EXPERIMENTS : [...new Set(positionals.map(experiment))],
    backend: oneOf("--backend", BACKENDS, values.backend ?? "webgpu"),
    out: values.out === "" ? refuse("--out", "empty. Give the name of a folder.") : (values.out ?? "results"),
    options: {
      seeds: values.seeds === undefined ? seeds : count("--seeds", values.seeds, MAX_SEEDS),
      alphas: values.alphas === undefined ? alphas : alphaList(values.alphas),
      steps: values.steps === undefined ? steps : count("--steps", values.steps, MAX_STEPS),
      granularity: oneOf("--granularity", GRANULARITIES, values.granularity ?? granularity),
      pairing: oneOf<Pairing>("--pairing", PAIRINGS, values.pairing ?? pairing),
    },
  };
}

const OPTIONS = {
  backend: { type: "string" },
  seeds: { type: "string" },
  alphas: { type: "string" },
  steps: { type: "string" },
  granularity: { type: "string" },
  pairing: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function parse(commandLine: readonly string[]) {
  try {
    return parseArgs({
      args: joinNegatives(commandLine),
      options: OPTIONS,
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    // Node's message names the option first; the rest of it is advice for programmers.
    const { code, message } = error as Error & { code?: string };
    const path = message.match(/--[\w-]+/)?.[0] ?? "";
    const known = Object.keys(OPTIONS).map((name) => `--${name}`);
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      throw new ConfigError(path, `unknown option. Known: ${known.join(", ")}.`);
    }
    throw new ConfigError(path, path === "--help" ? "takes no value." : "a value is missing.");
  }
}

/** `--steps -3` as `--steps=-3`, so that the value is refused for what it is and not taken for an option. */
function joinNegatives(commandLine: readonly string[]): string[] {
  const joined: string[] = [];
  for (const argument of commandLine) {
    const before = joined.at(-1);
    if (/^-[\d.]/.test(argument) && before?.startsWith("--") && !before.includes("=")) {
      joined[joined.length - 1] = `${before}=${argument}`;
    } else {
      joined.push(argument);
    }
  }
  return joined;
}

function experiment(name: string): ExperimentName {
  return oneOf("experiment", EXPERIMENTS, name);
}

function oneOf<T extends string>(path: string, known: readonly T[], value: string): T {
  return (
    known.find((one) => one === value) ??
    refuse(path, `unknown value "${value}". Known: ${known.join(", ")}.`)
  );
}

function count(path: string, text: string, largest: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > largest) {
    refuse(path, `"${text}" is not a count. Give an integer from 1 to ${largest}.`);
  }
  return value;
}

/** Distinct alphas in the order given. 0 is ERM, which is always there, so it adds nothing. */
function alphaList(text: string): number[] {
  const alphas = text.split(",").map((item) => {
    const alpha = item.trim() === "" ? Number.NaN : Number(item);
    try {
      beta(alpha);
    } catch {
      refuse(
        "--alphas",
        `"${item}" is not an alpha. Give numbers from 0.001 to 1000000 (or 0 for ERM), such as 1,32.`,
      );
    }
    return alpha;
  });
  return [...new Set(alphas)].filter((alpha) => alpha !== 0);
}

function refuse(path: string, message: string): never {
  throw new ConfigError(path, message);
}
