/**
 * Folders of images in which each subfolder is a class. The browser, or a decoder that is given, decodes; we resize, so that
 * an image becomes the same bytes everywhere. What can't be used is named.
 *
 * Not here: which files there are (`folderFiles.ts`; in Node the caller's own list), decoding (`decodeImage.ts`).
 */

import { checkOptions, checkWord, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { areaAverage } from "./areaAverage.ts";
import { browserDecoder, type DecodedImage } from "./decodeImage.ts";
import type { FolderFile } from "./folderFiles.ts";
import { checkedSize, type ImageBytes } from "./imageDataset.ts";

export interface ImageFolderOptions {
  /** Of all images, whatever theirs: `[height, width]`. Left out: they must be of one size. */
  size?: readonly [height: number, width: number];
  /** Default "rgb"; "grey" is 0.299 red + 0.587 green + 0.114 blue. */
  color?: "rgb" | "grey";
  /** Left out: `createImageBitmap`, which browsers have. */
  decode?: (file: Blob) => DecodedImage | Promise<DecodedImage>;
}

export interface ImageFolder {
  /** Bytes, `[N, 3 or 1, height, width]`, by classes, then by paths; what is transparent is black. */
  readonly images: ImageBytes;
  /** Names of the subfolders, in the order of their code points. */
  readonly classNames: readonly string[];
  /** Files that are no image of a class, and why. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
}

/** Most bytes of all images together. */
const MOST_BYTES = 2 ** 31;

/**
 * Reads a folder of images. A class is the first folder of a file's path; files whose names begin with a point are left out.
 * @throws ConfigError for a bad option, where no decoder is there, for fewer than two classes with an image.
 */
export async function readImageFolder(
  files: readonly FolderFile[],
  options: ImageFolderOptions = {},
): Promise<ImageFolder> {
  checkOptions("options", options, ["size", "color", "decode"]);
  const { color = "rgb", decode = browserDecoder() } = options;
  checkWord("options.color", color, ["rgb", "grey"]);
  if (typeof decode !== "function") {
    throw new ConfigError(
      "options.decode",
      decode === undefined
        ? "missing: there is no createImageBitmap here. Give a function from a Blob to { width, height, data }."
        : `${shown(decode)} is not possible here. Give a function from a Blob to { width, height, data }.`,
    );
  }
  let size: readonly [number, number] | undefined =
    options.size === undefined ? undefined : checkedSize("options.size", options.size);
  const channels = color === "rgb" ? 3 : 1;

  const refused: { path: string; reason: string }[] = [];
  const kept: { name: string; bytes: Uint8Array }[] = [];
  let bytesKept = 0;
  for (const { path, file } of inOrder(files)) {
    const [name, ...rest] = path.split("/");
    const refuse = (reason: string) => refused.push({ path, reason });
    if (rest.length === 0) {
      refuse("is in no subfolder, and so of no class.");
      continue;
    }
    let image: DecodedImage;
    try {
      image = checkedImage(await decode(file));
    } catch (error) {
      refuse(`is no image that can be decoded: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    const own = [image.height, image.width] as const;
    // The first image says the size of those after it.
    size ??= own;
    if (options.size === undefined && (own[0] !== size[0] || own[1] !== size[1])) {
      refuse(`${own.join(" x ")} pixels; the first image has ${size.join(" x ")}. Give a size for all.`);
      continue;
    }
    const bytes = toBytes(image, channels, size);
    bytesKept += bytes.length;
    if (bytesKept > MOST_BYTES)
      throw new ConfigError("files", `images of more than ${MOST_BYTES} bytes. Give a smaller size.`);
    kept.push({ name, bytes });
  }

  const classNames = [...new Set(kept.map(({ name }) => name))];
  if (size === undefined || classNames.length < 2) throw tooFewClasses(classNames, refused);
  const length = channels * size[0] * size[1];
  const values = new Uint8Array(kept.length * length);
  kept.forEach(({ bytes }, n) => {
    values.set(bytes, n * length);
  });
  const index = new Map(classNames.map((name, c) => [name, c]));
  return {
    images: {
      images: { shape: [kept.length, channels, ...size], values },
      labels: { shape: [kept.length], values: Int32Array.from(kept, ({ name }) => index.get(name)!) },
      classes: classNames.length,
    },
    classNames,
    refused,
  };
}

function tooFewClasses(classNames: readonly string[], refused: ImageFolder["refused"]): ConfigError {
  const found = classNames.length === 0 ? "no images" : `images of one class, ${shown(classNames[0])}`;
  const [first] = refused;
  const why =
    first === undefined
      ? ""
      : ` ${refused.length} refused, first ${shown(first.path)}: ${first.reason.slice(0, 80)}`;
  return new ConfigError("files", `${found} in subfolders. Give at least 2 classes, a subfolder each.${why}`);
}

/** The files, checked, by classes and paths; hidden ones left out. */
function inOrder(files: readonly FolderFile[]): FolderFile[] {
  if (!Array.isArray(files))
    throw new ConfigError(
      "files",
      `${shown(files)} is no list. Give what folderFiles gives, or [{ path, file }].`,
    );
  const checked = Array.from(files as readonly FolderFile[], (entry, i) => {
    const { path, file } = checkOptions(`files[${i}]`, entry, ["path", "file"]);
    if (typeof path !== "string" || path === "")
      throw new ConfigError(`files[${i}].path`, `${shown(path)} is no path. Give class/name.`);
    if (!(file instanceof Blob))
      throw new ConfigError(`files[${i}].file`, `${shown(file)} is no Blob or File.`);
    return { path, file };
  });
  const visible = checked.filter(({ path }) => !path.split("/").some((name) => name.startsWith(".")));
  const keys = new Map(
    visible.map((entry) => [
      entry,
      entry.path.split("/").map((name) => [...name].map((c) => c.codePointAt(0)!)),
    ]),
  );
  return visible.sort((a, b) => compare(keys.get(a)!, keys.get(b)!));
}

/** Lists of lists of numbers, the shorter first where one begins the other: code points of a path's names. */
function compare(a: readonly number[][], b: readonly number[][]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    for (let k = 0; k < Math.max(a[i].length, b[i].length); k++) {
      const difference = (a[i][k] ?? -1) - (b[i][k] ?? -1);
      if (difference !== 0) return difference;
    }
  }
  return a.length - b.length;
}

/** @throws Error, which becomes the reason of a refusal. */
function checkedImage(image: DecodedImage): DecodedImage {
  const { width, height, data } = image ?? {};
  const isSize = (side: unknown) => Number.isInteger(side) && (side as number) > 0;
  const isData = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  if (!isSize(width) || !isSize(height) || !isData || data.length !== 4 * width * height)
    throw new Error("the decoder gave no { width, height, data } with four bytes a pixel.");
  return image;
}

/** `[C, height, width]`, over black, averaged before it is rounded. */
function toBytes(
  { width, height, data }: DecodedImage,
  channels: number,
  size: readonly [number, number],
): Uint8Array {
  const area = width * height;
  const planes = new Float32Array(channels * area);
  for (let k = 0; k < area; k++) {
    const opacity = data[4 * k + 3] / 255;
    const [red, green, blue] = [0, 1, 2].map((c) => data[4 * k + c] * opacity);
    if (channels === 1) planes[k] = 0.299 * red + 0.587 * green + 0.114 * blue;
    else {
      planes[k] = red;
      planes[area + k] = green;
      planes[2 * area + k] = blue;
    }
  }
  return Uint8Array.from(areaAverage(planes, channels, [height, width], size), Math.round);
}
