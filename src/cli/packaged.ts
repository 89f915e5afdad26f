#!/usr/bin/env node
/**
 * The command of the installed package: `mixup-webgpu reproduce ...`, `sweep` and `work`. Its pages were built with it. From a checkout the
 * same commands start with `main.mjs`.
 */

import { join } from "node:path";
import type { PageHost } from "./backends/openedPage.ts";
import { serveFolder } from "./backends/siteServer.ts";
import { main } from "./reproduce/reproduce.ts";
import { main as sweep } from "./sweep/sweep.ts";
import { main as workThread } from "./work/thread.ts";
import { main as work } from "./work/work.ts";

const [name, ...commandLine] = process.argv.slice(2);

const USAGE = `Usage: mixup-webgpu reproduce [experiment ...] [options]
       mixup-webgpu sweep sweep.json [options]
       mixup-webgpu work --queue URL --out DIR [options]

  reproduce   computes a paper's experiments and shows its published numbers beside ours (reproduce --help)
  sweep       trains all runs of a description, on one machine or many (sweep --help)
  work        trains the shards of sweeps that a queue hands out (work --help)
  bench       compares with other engines; it needs them, and so runs from a checkout only: npm run bench
`;

const host: PageHost = async (page) => {
  const { server, url } = await serveFolder(join(import.meta.dirname, "page"));
  return { server, url: `${url}${page}.html` };
};

if (name === "reproduce") {
  process.exitCode = await main(commandLine, host);
} else if (name === "sweep") {
  process.exitCode = await sweep(commandLine, host);
} else if (name === "work") {
  process.exitCode = await work(commandLine);
} else if (name === "work-thread") {
  process.exitCode = await workThread(commandLine, host);
} else {
  const asked = name === undefined || name === "--help" || name === "-h";
  (asked ? process.stdout : process.stderr).write(asked ? USAGE : `Unknown command "${name}".\n\n${USAGE}`);
  process.exitCode = asked ? 0 : 2;
}
