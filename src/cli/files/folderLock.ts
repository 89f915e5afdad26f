/**
 * A folder that one command at a time writes into. The lock is a file that says who holds it; one whose holder is not running any
 * more, since it was killed, is taken over.
 */

import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import { NO_LINKS, writeFailure } from "./wholeFiles.ts";

const NAME = ".lock";

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** What tells a process from a later one of the same number, where the system tells. */
  readonly birth: string;
  readonly since: string;
}

/**
 * Takes a folder, which must be there.
 * @returns what gives it back
 * @throws ConfigError with path `--out` where another command has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, NAME);
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    birth: await birthOf(process.pid),
    since: new Date().toISOString(),
  };
  const text = JSON.stringify(own);
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await createNew(path, text)) {
      return async () => {
        if ((await readText(path)) === text) await rm(path, { force: true });
      };
    }
    const found = await readText(path);
    if (found === undefined) continue;
    const holder = parse(found);
    if (holder !== undefined && (await isRunning(holder))) refuse(folder, holder);
    await removeStale(path, found);
  }
  throw new ConfigError("--out", `the lock of "${folder}" changes hands all the time. Try again.`);
}

function refuse(folder: string, { pid, host, since }: Holder): never {
  const where = host === hostname() ? "" : ` on ${host}`;
  const elsewhere = host === hostname() ? "" : ` If it is none any more, remove ${join(folder, NAME)}.`;
  throw new ConfigError(
    "--out",
    `another command, process ${pid}${where}, writes into "${folder}" since ${since}. Wait for it, or give another folder.${elsewhere}`,
  );
}

/** Makes the file with its text at once; false where there is one. */
async function createNew(path: string, text: string): Promise<boolean> {
  const beside = `${path}.${process.pid}.${Date.now()}`;
  try {
    await writeFile(beside, text, { flag: "wx" });
    await link(beside, path).catch((error) => {
      if (!NO_LINKS.includes(error.code)) throw error;
      return writeFile(path, text, { flag: "wx" });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw await writeFailure(path, error);
  } finally {
    await rm(beside, { force: true });
  }
}

/** Takes away a lock that was found to be stale, and no other: somebody may have been faster. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readText(aside)) === stale) await rm(aside, { force: true });
  else await rename(aside, path);
}

async function isRunning({ pid, host, birth }: Holder): Promise<boolean> {
  // Of another machine nothing is known.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return birth === (await birthOf(pid));
}

/** When a process began, in the system's own words; empty where it has none. */
async function birthOf(pid: number): Promise<string> {
  const [stat, boot] = await Promise.all([
    readText(`/proc/${pid}/stat`),
    readText("/proc/sys/kernel/random/boot_id"),
  ]);
  // After the name in parentheses, which may hold anything, field 22 of all is the twentieth.
  const started = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return started === undefined ? "" : `${boot?.trim()} ${started}`;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

function parse(text: string): Holder | undefined {
  try {
    const { pid, host, birth, since } = JSON.parse(text) as Holder;
    return Number.isInteger(pid)
      ? { pid, host: String(host), birth: String(birth), since: String(since) }
      : undefined;
  } catch {
    return undefined;
  }
}
