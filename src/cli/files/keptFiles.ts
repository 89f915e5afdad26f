/** What an experiment keeps, as files of a folder. */

import { mkdir, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { KEPT_TRAINING } from "../../experiments/keeping.ts";
import type { Store } from "../../experiments/store.ts";
import { UNFINISHED, writeWhole } from "./wholeFiles.ts";

/** Names that stay in their folder. */
const NAME = /^[\w-]+(?:\.[\w-]+)*$/;

/** A store in a folder, which is made when something is kept. */
export function folderStore(folder: string): Store {
  const path = (name: string) => {
    if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a file.`);
    return join(folder, name);
  };
  return {
    async read(name) {
      try {
        return new Uint8Array(await readFile(path(name)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(name, bytes) {
      await mkdir(folder, { recursive: true });
      await writeWhole(path(name), bytes);
    },
  };
}

/** The record of an experiment that is done, while the command that it is part of is not. */
export const FINISHED = "finished.json";

/** How much a folder keeps that a command may go on with: trainings, and whether the experiment is done. */
export async function countKept(folder: string): Promise<number> {
  return (await namesIn(folder)).filter(isOfCommand).length;
}

/** Takes away what a command that is done does not need any more; what experiments keep for later commands stays. */
export async function forget(folder: string): Promise<void> {
  for (const name of await namesIn(folder))
    if (isOfCommand(name) || name.endsWith(UNFINISHED)) await rm(join(folder, name), { force: true });
  // Where something else is left, it stays.
  await rmdir(folder).catch(() => {});
}

function isOfCommand(name: string): boolean {
  return (name.startsWith(KEPT_TRAINING) && !name.endsWith(UNFINISHED)) || name === FINISHED;
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
