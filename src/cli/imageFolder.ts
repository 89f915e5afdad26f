/** The four files of MNIST or Fashion-MNIST in a folder, plain or packed by gzip, read in Node. */

import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImageSplits, type NamedFile, readDigitSplits, readImageSplits } from "../data/imageSplits.ts";
import { ConfigError } from "../errors.ts";

/** The images that come with the repository: see its README. */
const SHIPPED = fileURLToPath(new URL("../../data/fashion-mnist", import.meta.url));

/**
 * Reads and checks the folder's images; without a folder, those that come with the repository.
 * @throws ConfigError whose path is the file's, or the one it should have.
 */
export async function readImageFolder(folder: string = SHIPPED): Promise<ImageSplits> {
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
    if (!exists) continue;
    try {
      return { path, bytes: new Uint8Array(await readFile(path)) };
    } catch (cause) {
      throw new ConfigError(path, `can't be read: ${(cause as Error).message}`, { cause });
    }
  }
  throw new ConfigError(plain, "there is no such file, plain or with .gz.");
}
