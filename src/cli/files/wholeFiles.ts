/**
 * Files that are there as a whole or not at all: written under another name beside, brought to the disk, and renamed. What was there
 * before is there until then, whatever happens: a full disk, a kill, a power cut.
 */

import { mkdir, open, rename, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MixupError } from "../../errors.ts";

/** What a file system without hard links answers. */
export const NO_LINKS: readonly (string | undefined)[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP"];

/** What is appended to names of files that are being written. */
export const UNFINISHED = ".unfinished";

/**
 * Writes a file.
 * @throws MixupError that says in a sentence which file, why, and how much room there is.
 */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const beside = `${path}${UNFINISHED}`;
  try {
    await writeSynced(beside, data);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => {});
    throw await writeFailure(path, cause);
  }
}

/**
 * Writes several files of a folder: all of them beside first, so that none is replaced where not all can be written.
 * @throws MixupError as {@link writeWhole}
 */
export async function writeFolder(
  folder: string,
  files: readonly { readonly name: string; readonly data: string | Uint8Array }[],
): Promise<void> {
  const beside = join(folder, UNFINISHED);
  let path = beside;
  try {
    await rm(beside, { recursive: true, force: true });
    await mkdir(beside, { recursive: true });
    for (const { name, data } of files) {
      path = join(folder, name);
      await writeSynced(join(beside, name), data);
    }
    for (const { name } of files) await rename(join(beside, name), join(folder, name));
  } catch (cause) {
    throw await writeFailure(path, cause);
  } finally {
    await rm(beside, { recursive: true, force: true }).catch(() => {});
  }
}

/** Bytes on the disk. */
export async function writeSynced(path: string, data: string | Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What went wrong, as a person can use it. */
export async function writeFailure(path: string, cause: unknown): Promise<MixupError> {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why =
    code === "ENOSPC" || code === "EDQUOT"
      ? `no room is left on its disk${await roomAt(dirname(path))}`
      : code === "EROFS" || code === "EACCES" || code === "EPERM"
        ? "it may not be written there"
        : code === "ENOENT"
          ? "its folder is gone"
          : message;
  return new MixupError(`Can't write ${path}: ${why}. What was there before is as it was.`, { cause });
}

async function roomAt(folder: string): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return ` (${((bavail * bsize) / 1e6).toFixed(1)} MB free)`;
  } catch {
    return "";
  }
}
