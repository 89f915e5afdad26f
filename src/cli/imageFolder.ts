/** MNIST, Fashion-MNIST or CIFAR in a folder, as their authors give them, plain or packed, read in Node. */

import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ImageSplits,
  type NamedFile,
  readCifarSplits,
  readDigitSplits,
  readImageSplits,
} from "../data/imageSplits.ts";
import { ConfigError } from "../errors.ts";

/** The images that come with the repository: see its README. */
const SHIPPED = fileURLToPath(new URL("../../data/fashion-mnist", import.meta.url));

/** Files of CIFAR: records, names, or the archive of both. */
const CIFAR = /\.bin$|\.tar\.gz$|\.meta\.txt$|_label_names\.txt$/;

/**
 * Reads and checks the folder's images; without a folder, those that come with the repository.
 * @throws ConfigError whose path is the file's, or the one it should have.
 */
export async function readImageFolder(folder: string = SHIPPED): Promise<ImageSplits> {
  const names = await readdir(folder).catch(() => []);
  const records = names.filter((name) => CIFAR.test(name)).sort();
  if (records.length > 0)
    return readCifarSplits(await Promise.all(records.map((name) => readBytes(join(folder, name)))), folder);
  const file = (name: string) => readEither(join(folder, name));
  return readImageSplits({
    trainImages: await file("train-images-idx3-ubyte"),
    trainLabels: await file("train-labels-idx1-ubyte"),
    testImages: await file("t10k-images-idx3-ubyte"),
    testLabels: await file("t10k-labels-idx1-ubyte"),
  });
}

/** The digits that come with the repository. */
const DIGITS = fileURLToPath(new URL("../../data/digits", import.meta.url));

/**
 * The 8 x 8 digits that come with the repository, pixels 0 to 16.
 * @throws ConfigError whose path is the file's, or the one it should have.
 */
export async function readDigits(): Promise<ImageSplits> {
  return readDigitSplits(
    await readEither(join(DIGITS, "images-idx3-ubyte")),
    await readEither(join(DIGITS, "labels-idx1-ubyte")),
  );
}

async function readEither(plain: string): Promise<NamedFile> {
  for (const path of [plain, `${plain}.gz`]) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return readBytes(path);
  }
  throw new ConfigError(plain, "there is no such file, plain or with .gz.");
}

async function readBytes(path: string): Promise<NamedFile> {
  try {
    return { path, bytes: new Uint8Array(await readFile(path)) };
  } catch (cause) {
    throw new ConfigError(path, `can't be read: ${(cause as Error).message}`, { cause });
  }
}
