/**
 * The command line of `reproduce`, checked strictly: what is not understood is refused before anything is
 * started.
 */

import { parseArgs } from "node:util";
import { ConfigError } from "../../errors.ts";
import type { Experiment, ExperimentOptions, Size } from "../../experiments/experiment.ts";
import { EXPERIMENTS, findExperiment } from "../../experiments/registry.ts";
import { beta } from "../../mixing/laws.ts";
import { type Granularity, PAIRINGS, type Pairing } from "../../mixing/mixing.ts";
import { BACKENDS, type BackendName } from "../backends/backend.ts";

/** What to do. */
export interface ReproduceArguments {
  readonly help: boolean;
  /** Names, in the order in which they run. */
  readonly experiments: readonly string[];
  readonly size: Size;
  readonly backend: BackendName;
  /** Whether what a command before has kept is thrown away. */
  readonly fresh: boolean;
  /** Where the files go; with several experiments, each in a folder of its own in there. */
  readonly out: string;
  /** What was asked for; the rest is the experiments' own defaults. */
  readonly requested: Partial<ExperimentOptions>;
}

const GRANULARITIES: readonly Granularity[] = ["batch", "sample"];
const MAX_SEEDS = 10_000;
const MAX_STEPS = 10_000_000;
const MAX_EPOCHS = 100_000;

/** What `--help` prints. */
export const HELP = `mixup-webgpu reproduce [experiment ...] [options]; in a checkout npm run reproduce -- [experiment ...] [options]

Computes a paper's experiments and shows its published numbers beside ours. Without a name all of them, the
long ones with fewer seeds.

Experiments
${EXPERIMENTS.map(({ name, summary }) => `  ${name.padEnd(24)}${summary}`).join("\n")}

Options
  --brief                 a minute or two of each on two cores, as when none is named: fewer seeds, fewer arms
  --full                  the paper's own size, or as near as two cores come to it, for every experiment
  --paper                 its own nets on your data (--data), for a real GPU and hours: says first what they cost, and
                          goes on where it was stopped
  --backend B             native: WebGPU in Node, by npm's webgpu; browser: in a headless browser; cpu: float64 in Node;
                          auto (default): a real GPU before software, Node before a browser
  --seeds N               number of seeds, 0 to N - 1
  --alphas A,B,...        Mixup with Beta(A, A), Beta(B, B), ... beside ERM
  --steps N               optimizer steps of every run
  --epochs N              times that every training image is seen
  --granularity G         one lambda per ${GRANULARITIES.join(" or per ")}
  --pairing P             ${PAIRINGS.join(", ")}
  --data DIR              folder with the four IDX files of MNIST or Fashion-MNIST, plain or .gz, or with CIFAR-10
                          or CIFAR-100, binary version, .bin or .tar.gz
  --fraction P            part of the images, drawn at random (default 1; with --data 0.05, with --full 0.2)
  --out DIR               folder for the results (default results)
  --fresh                 begins anew: what was kept when the command was stopped or killed is thrown away. Without it, the
                          same command goes on there
  --help                  this text

Defaults
${EXPERIMENTS.map((experiment) => `  ${experiment.name.padEnd(24)}${defaults(experiment)}`).join("\n")}

Exit code: 0; 1 if a published value is missed or the work failed; 2 if the command line is not understood.
`;

/** `--seeds 10 --alphas 1,32`. */
function defaults({ takes, settle }: Experiment): string {
  const settled = settle("default");
  const given = takes.filter((name) => settled[name] !== undefined);
  return given.map((name) => `--${name} ${settled[name]}`).join(" ") || "no options";
}

/**
 * The checked command line.
 * @throws ConfigError whose path is the option, e.g. `--alphas`.
 */
export function parseArguments(commandLine: readonly string[]): ReproduceArguments {
  const { values, positionals } = parse(commandLine);
  const named = positionals.length > 0;
  const all = EXPERIMENTS.map(({ name }) => name);
  const experiments = named ? [...new Set(positionals.map((name) => oneOf("experiment", all, name)))] : all;
  const requested = requestedOptions(values, experiments);
  for (const option of Object.keys(requested)) refuseUnused(option as keyof ExperimentOptions, experiments);
  return {
    help: values.help ?? false,
    fresh: values.fresh ?? false,
    experiments,
    size: sizeOf(values, named, experiments),
    backend: oneOf("--backend", BACKENDS, values.backend ?? "auto"),
    out: values.out === "" ? refuse("--out", "empty. Give the name of a folder.") : (values.out ?? "results"),
    requested,
  };
}

function sizeOf({ brief, full, paper, data }: Values, named: boolean, experiments: readonly string[]): Size {
  const sizes = ["--brief", "--full", "--paper"].filter((_, i) => [brief, full, paper][i]);
  if (sizes.length > 1) refuse(sizes[1], `is another size than ${sizes[0]}. Give one of them.`);
  if (!paper) return full ? "full" : named && !brief ? "default" : "brief";
  const without = experiments.filter((name) => !findExperiment(name)?.hasPaper);
  if (without.length > 0) {
    const known = EXPERIMENTS.filter(({ hasPaper }) => hasPaper).map(({ name }) => name);
    refuse(
      "--paper",
      `is no size of ${without.join(", ")}: --full is the paper's. It is one of ${known.join(", ")}.`,
    );
  }
  if (data === undefined)
    refuse("--paper", "needs the paper's images, which don't come with this. Give --data DIR.");
  return "paper";
}

type Values = ReturnType<typeof parse>["values"];

function requestedOptions(values: Values, experiments: readonly string[]): Partial<ExperimentOptions> {
  const { seeds, alphas, steps, epochs, granularity, pairing, data } = values;
  if (data === "") refuse("--data", "empty. Give the name of a folder.");
  // Where a whole data set would take hours.
  const isPart = data !== undefined && experiments.some((name) => takes(name, "fraction"));
  const fraction = values.fraction ?? (isPart ? (values.full ? "0.2" : "0.05") : undefined);
  return {
    ...(seeds !== undefined && { seeds: count("--seeds", seeds, MAX_SEEDS) }),
    ...(alphas !== undefined && { alphas: alphaList(alphas) }),
    ...(steps !== undefined && { steps: count("--steps", steps, MAX_STEPS) }),
    ...(epochs !== undefined && { epochs: count("--epochs", epochs, MAX_EPOCHS) }),
    ...(granularity !== undefined && { granularity: oneOf("--granularity", GRANULARITIES, granularity) }),
    ...(data !== undefined && { data }),
    ...(fraction !== undefined && { fraction: part("--fraction", fraction) }),
    ...(pairing !== undefined && { pairing: oneOf<Pairing>("--pairing", PAIRINGS, pairing) }),
  };
}

function takes(name: string, option: keyof ExperimentOptions): boolean {
  return findExperiment(name)?.takes.includes(option) ?? false;
}

/** An option that no chosen experiment takes would be silently without effect. */
function refuseUnused(option: keyof ExperimentOptions, experiments: readonly string[]): void {
  if (experiments.some((name) => takes(name, option))) return;
  const takers = EXPERIMENTS.filter(({ takes }) => takes.includes(option)).map(({ name }) => name);
  refuse(
    `--${option}`,
    `has no effect on ${experiments.join(", ")}. Experiments that take it: ${takers.join(", ")}.`,
  );
}

const OPTIONS = {
  backend: { type: "string" },
  seeds: { type: "string" },
  alphas: { type: "string" },
  steps: { type: "string" },
  epochs: { type: "string" },
  granularity: { type: "string" },
  pairing: { type: "string" },
  data: { type: "string" },
  fraction: { type: "string" },
  out: { type: "string" },
  brief: { type: "boolean" },
  fresh: { type: "boolean" },
  full: { type: "boolean" },
  paper: { type: "boolean" },
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
    throw new ConfigError(
      path,
      ["--help", "--brief", "--full", "--paper", "--fresh"].includes(path)
        ? "takes no value."
        : "a value is missing.",
    );
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

function part(path: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value > 0 && value <= 1)) refuse(path, `"${text}" is no part. Give a number above 0, at most 1.`);
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
