/** What an experiment keeps, as files of a folder. */

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "../experiments/store.ts";

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
      // Under another name first: whoever stops in between leaves the old file whole.
      const unfinished = path(`${name}.unfinished`);
      await writeFile(unfinished, bytes);
      await rename(unfinished, path(name));
    },
  };
}
