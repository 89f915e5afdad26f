/** Image files as pixels, decoded by the browser, without a change of colours. Not here: sizes and planes (`imageFolder.ts`). */

/** An image as canvases and most decoders give it: red, green, blue and opacity of each pixel, rows from the top. */
export interface DecodedImage {
  width: number;
  height: number;
  /** `[height, width, 4]` */
  data: Uint8Array | Uint8ClampedArray;
}

/** A decoder, where there is one: pages and workers have it, Node does not. */
export function browserDecoder(): ((file: Blob) => Promise<DecodedImage>) | undefined {
  if (typeof createImageBitmap !== "function" || typeof OffscreenCanvas !== "function") return undefined;
  return async (file) => {
    const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    try {
      const { width, height } = bitmap;
      // Read often, so that the canvas is no texture, whose bytes some drivers change.
      const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      if (context === null) throw new Error(`no canvas of ${width} x ${height} pixels.`);
      context.drawImage(bitmap, 0, 0);
      return { width, height, data: context.getImageData(0, 0, width, height).data };
    } finally {
      bitmap.close();
    }
  };
}
