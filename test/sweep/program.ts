/** The commands `sweep` and `work` as a program that is built once, for tests that start, stop and kill it. */

import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { shaderPlugin } from "../../tools/shaderPlugin.ts";
import { folderIn, newFolder } from "./sweeps.ts";

/** Builds it; returns its path. */
export async function buildProgram(): Promise<string> {
  const outDir = await newFolder();
  await build({
    configFile: false,
    logLevel: "error",
    plugins: [shaderPlugin()],
    ssr: { noExternal: true, external: ["playwright"] },
    build: {
      target: "node20",
      outDir,
      ssr: join(import.meta.dirname, "command.ts"),
      rolldownOptions: { output: { entryFileNames: "sweep.mjs" } },
    },
  });
  return join(outDir, "sweep.mjs");
}

/** Builds the page in which it computes on a browser. */
export async function buildPages(program: string): Promise<void> {
  const root = join(import.meta.dirname, "../../src/cli");
  await build({
    root,
    base: "./",
    configFile: false,
    logLevel: "error",
    plugins: [
      shaderPlugin(),
      {
        name: "beside",
        transformIndexHtml: { order: "pre", handler: (html: string) => html.replace("/src/cli/", "./") },
      },
    ],
    build: {
      target: "es2022",
      outDir: join(program, "../page"),
      rolldownOptions: { input: join(root, "sweepPage.html") },
    },
  });
}

/** Lets it find what is loaded on demand. */
export async function givePackages(program: string): Promise<void> {
  await symlink(join(import.meta.dirname, "../../node_modules"), join(program, "../node_modules"));
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface Started {
  readonly child: ChildProcess;
  /** What it has said on stderr up to now. */
  said(): string;
  readonly ended: Promise<Ended>;
}

/** Starts it. */
export function startProgram(
  program: string,
  commandLine: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(process.execPath, [program, ...commandLine], { env: { ...process.env, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const began = performance.now();
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code) =>
      resolve({ code, stdout, stderr, seconds: (performance.now() - began) / 1000 }),
    ),
  );
  return { child, said: () => stderr, ended };
}

export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Names of the files of shards that are done. */
export async function shardsIn(out: string): Promise<string[]> {
  try {
    return (await readdir(join(await folderIn(out), "shards"))).filter((name) =>
      name.endsWith(".safetensors"),
    );
  } catch {
    return [];
  }
}

/** Ids of the processes that a program has started. */
export async function childrenOf({ child }: Started): Promise<number[]> {
  const path = `/proc/${child.pid}/task/${child.pid}/children`;
  return (await readFile(path, "utf8").catch(() => ""))
    .split(" ")
    .filter((pid) => pid !== "")
    .map(Number);
}

/** All processes below one, with their command lines, parts separated by zeros. */
export async function processesBelow(pid: number): Promise<{ pid: number; command: string }[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = threads.map((thread) =>
    readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => ""),
  );
  const children = (await Promise.all(lists)).flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  const below = children.map(async (child) => {
    const command = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
    return [{ pid: child, command }, ...(await processesBelow(child))];
  });
  return (await Promise.all(below)).flat();
}
