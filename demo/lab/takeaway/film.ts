/**
 * A film of a recording: its picture at one recorded alpha after another, as WebM by the browser's own encoder. The encoder rests
 * while a picture is drawn: each is shown for as long, however long it took.
 *
 * Not here: what is in the pictures (`figures.ts`), showing another alpha (`preview.ts`).
 */

import { MixupError } from "../../../src/index.ts";
import { sizeOf } from "./png.ts";

/** Pixels of the film. */
const SIZE = { width: 1280, height: 720 } as const;
/** Milliseconds of a picture; the first and the last one stand longer. */
const HOLD = 350;
const HOLD_ENDS = 900;
const TYPES = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];

export interface FilmPlan {
  /** Names of the pictures, in their order. */
  readonly names: readonly string[];
  /** The picture of a number as an SVG file. */
  draw(picture: number): Promise<string>;
  progress(picture: number): void;
}

/** @throws MixupError where the browser writes no WebM; what `draw` throws. */
export async function film({ names, draw, progress }: FilmPlan): Promise<Blob> {
  const type = TYPES.find((own) => globalThis.MediaRecorder?.isTypeSupported(own));
  if (type === undefined) throw new MixupError("This browser writes no WebM. Chrome, Edge and Firefox do.");
  const canvas = document.createElement("canvas");
  Object.assign(canvas, SIZE);
  const context = canvas.getContext("2d")!;
  const stream = canvas.captureStream(0);
  const [track] = stream.getVideoTracks() as CanvasCaptureMediaStreamTrack[];
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 6e6 });
  const parts: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const ended = new Promise<void>((resolve, reject) => {
    recorder.addEventListener("stop", () => resolve());
    recorder.addEventListener("error", () => reject(new MixupError("The browser’s encoder failed.")));
  });
  ended.catch(() => {});
  try {
    for (const [picture, name] of names.entries()) {
      progress(picture);
      const svg = await draw(picture);
      await paint(context, svg, name);
      if (picture === 0) recorder.start();
      else recorder.resume();
      const isEnd = picture === 0 || picture === names.length - 1;
      await shownFor(track, isEnd ? HOLD_ENDS : HOLD);
      if (picture < names.length - 1) recorder.pause();
    }
  } finally {
    if (recorder.state !== "inactive") recorder.stop();
    track.stop();
  }
  await ended;
  return new Blob(parts, { type: "video/webm" });
}

/** The same picture again and again: encoders take what changes in time, and players seek to it. */
async function shownFor(track: CanvasCaptureMediaStreamTrack, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  do {
    track.requestFrame();
    await new Promise((resolve) => setTimeout(resolve, 40));
  } while (performance.now() < end);
}

/** An SVG file as large as fits, on white. */
async function paint(context: CanvasRenderingContext2D, svg: string, name: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const { width, height } = sizeOf(svg);
    const scale = Math.min(SIZE.width / width, SIZE.height / height);
    context.fillStyle = "white";
    context.fillRect(0, 0, SIZE.width, SIZE.height);
    const [x, y] = [(SIZE.width - scale * width) / 2, (SIZE.height - scale * height) / 2];
    context.drawImage(image, x, y, scale * width, scale * height);
    context.fillStyle = "black";
    context.font = "600 28px system-ui, sans-serif";
    context.fillText(name, 24, 44);
  } finally {
    URL.revokeObjectURL(url);
  }
}
