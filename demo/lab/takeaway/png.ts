/** PNG at a resolution that the file itself says, so that programs place it in its size on paper. */

const INCH = 0.0254;

/** An SVG file as PNG, at dots per inch; lengths without a unit are pixels, 96 to an inch. */
export async function svgToPng(svg: string, dotsPerInch: number): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    const { width, height } = sizeOf(svg);
    canvas.width = Math.round((width * dotsPerInch) / 96);
    canvas.height = Math.round((height * dotsPerInch) / 96);
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob>((resolve, reject) => {
      canvas.toBlob(
        (made) => (made ? resolve(made) : reject(new Error("The browser made no PNG."))),
        "image/png",
      );
    });
    const bytes = withResolution(new Uint8Array(await blob.arrayBuffer()), dotsPerInch);
    return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "image/png" });
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Width and height of an SVG file in CSS pixels; not rounded, as an image's are. */
export function sizeOf(svg: string): { width: number; height: number } {
  const length = (name: string) => {
    const [, number, unit] = svg.match(new RegExp(`<svg[^>]* ${name}="([\\d.]+)(mm)?"`))!;
    return Number(number) * (unit === "mm" ? 96 / 25.4 : 1);
  };
  return { width: length("width"), height: length("height") };
}

/** A PNG with the chunk `pHYs` after its header. */
export function withResolution(png: Uint8Array, dotsPerInch: number): Uint8Array {
  // Signature of 8 bytes, then the header: length, name, 13 bytes, checksum.
  const after = 8 + 4 + 4 + 13 + 4;
  const chunk = new Uint8Array(4 + 4 + 9 + 4);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, 9);
  chunk.set(new TextEncoder().encode("pHYs"), 4);
  const perMetre = Math.round(dotsPerInch / INCH);
  view.setUint32(8, perMetre);
  view.setUint32(12, perMetre);
  // The unit is the metre.
  view.setUint8(16, 1);
  view.setUint32(17, crc32(chunk.subarray(4, 17)));
  const all = new Uint8Array(png.length + chunk.length);
  all.set(png.subarray(0, after));
  all.set(chunk, after);
  all.set(png.subarray(after), after + chunk.length);
  return all;
}

/** The checksum of PNG and gzip. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
