/**
 * The files of a folder that was picked or dropped in a browser, with their paths in it: by the File System Access API, by
 * drag and drop, by an `<input webkitdirectory>`.
 *
 * Not here: what is in the files (`imageFolder.ts`).
 */

import { shown } from "../check.ts";
import { ConfigError } from "../errors.ts";

/** A file and its place: `cats/3.png` is of class "cats". */
export interface FolderFile {
  path: string;
  file: Blob;
}

/**
 * All files below a folder. Of a drop: below the dropped folder, or below all that is dropped if that is more than one
 * thing. Call it in the `drop` event itself: what was dropped is gone after the first await.
 * @throws ConfigError for what is no folder, or can't be read.
 */
export async function folderFiles(
  source: FileSystemDirectoryHandle | DataTransferItemList | FileList | readonly File[],
): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  try {
    if (isA("DataTransferItemList", source)) {
      const entries = Array.from(source as DataTransferItemList, (item) => item.webkitGetAsEntry());
      const dropped = entries.filter((entry) => entry !== null);
      const top = dropped.length === 1 && dropped[0].isDirectory ? await childrenOf(dropped[0]) : dropped;
      for (const entry of top) await collectEntry(entry, "", files);
    } else if (isA("FileSystemDirectoryHandle", source)) {
      await collectHandle(source as FileSystemDirectoryHandle, "", files);
    } else if (isA("FileList", source) || Array.isArray(source)) {
      for (const [i, file] of Array.from(source as ArrayLike<File>).entries()) {
        if (!(file instanceof File)) throw new ConfigError(`source[${i}]`, `${shown(file)} is no File.`);
        // Relative to the folder that the picked one stands in.
        const path = file.webkitRelativePath?.split("/").slice(1).join("/");
        files.push({ path: path || file.name, file });
      }
    } else {
      throw new ConfigError(
        "source",
        `${shown(source)} is no folder. Give a FileSystemDirectoryHandle, event.dataTransfer.items or input.files.`,
      );
    }
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError("source", `can't be read: ${String((cause as Error)?.message ?? cause)}`, {
      cause,
    });
  }
  return files;
}

async function collectHandle(folder: FileSystemDirectoryHandle, place: string, files: FolderFile[]) {
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind === "directory")
      await collectHandle(handle as FileSystemDirectoryHandle, `${place}${name}/`, files);
    else files.push({ path: `${place}${name}`, file: await (handle as FileSystemFileHandle).getFile() });
  }
}

async function collectEntry(entry: FileSystemEntry, place: string, files: FolderFile[]) {
  const path = `${place}${entry.name}`;
  if (entry.isDirectory) {
    for (const child of await childrenOf(entry)) await collectEntry(child, `${path}/`, files);
  } else {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    files.push({ path, file });
  }
}

/** All of them: a reader gives a hundred or so at a time, and none in the end. */
async function childrenOf(folder: FileSystemEntry): Promise<FileSystemEntry[]> {
  const reader = (folder as FileSystemDirectoryEntry).createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function isA(name: string, value: unknown): boolean {
  return Object.prototype.toString.call(value) === `[object ${name}]`;
}
