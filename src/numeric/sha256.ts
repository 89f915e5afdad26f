/**
 * SHA-256 (FIPS 180-4) of bytes, piece by piece and at once: the platform's is only to be awaited, and not everywhere there. For
 * telling whether bytes are still those that were written, and for names of what is described.
 *
 * Not here: secrets.
 */

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUND = /* @__PURE__ */ fractions(64, 1 / 3);
/** Of the square roots of the first 8. */
const FIRST = /* @__PURE__ */ fractions(8, 1 / 2);

function fractions(count: number, power: number): Int32Array {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) isPrime = false;
    // A double's 53 bits hold an integer part of 3 bits and these 32.
    if (isPrime) found.push((n ** power % 1) * 2 ** 32);
  }
  return Int32Array.from(found, (value) => Math.floor(value) | 0);
}

export class Sha256 {
  private readonly state = FIRST.slice();
  private readonly words = new Int32Array(64);
  private readonly block = new Uint8Array(64);
  private length = 0;

  /** Takes more bytes. */
  update(bytes: Uint8Array): this {
    let filled = this.length % 64;
    this.length += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(64 - filled, bytes.length - at);
      if (taken === 64) this.compress(bytes, at);
      else {
        this.block.set(bytes.subarray(at, at + taken), filled);
        filled += taken;
        if (filled === 64) this.compress(this.block, 0);
        filled %= 64;
      }
      at += taken;
    }
    return this;
  }

  /** The digest, 64 hexadecimal digits. Nothing may be taken afterwards. */
  digest(): string {
    const bits = this.length * 8;
    const end = new Uint8Array(72);
    end[0] = 0x80;
    // A one, zeros, and the length in bits at the end of a block.
    const padding = 1 + ((119 - (this.length % 64)) % 64);
    const view = new DataView(end.buffer);
    view.setUint32(padding, Math.floor(bits / 2 ** 32));
    view.setUint32(padding + 4, bits >>> 0);
    this.update(end.subarray(0, padding + 8));
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  private compress(bytes: Uint8Array, at: number): void {
    const { words, state } = this;
    for (let i = 0, from = at; i < 16; i++, from += 4)
      words[i] = (bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3];
    for (let i = 16; i < 64; i++) {
      const early = words[i - 15];
      const late = words[i - 2];
      const s0 = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3);
      const s1 = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10);
      words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
    }
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

/** SHA-256 of bytes or of a text's UTF-8, 64 hexadecimal digits. */
export function sha256(data: Uint8Array | string): string {
  return new Sha256().update(typeof data === "string" ? new TextEncoder().encode(data) : data).digest();
}
