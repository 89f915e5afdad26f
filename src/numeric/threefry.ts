/**
 * Keyed random numbers: Threefry-2x32-20 of Random123 (Salmon et al. 2011). A counter-based generator has no state:
 * a random number is a function of who asks (key) and what for (counter), so a run draws the same numbers whatever else
 * is trained beside it. Twin of `shaders/parts/numeric/threefry.wgsl`, bit for bit.
 *
 * Convention (design: numeric contracts): key = (seed, purpose), counter = (step, index).
 */

/** What a random number is for: the second word of the key. One stream each, never shared. */
export const PURPOSE = {
  initialization: 0,
  pair: 1,
  lambda: 2,
  batchOrder: 3,
  permutation: 4,
  data: 5,
  /** One stream for each layer: + 256 times the layer's place. */
  dropout: 6,
  box: 7,
  hiddenLayer: 8,
  augmentation: 9,
  /** Whether a sample is mixed at all, and which of two ways. */
  choice: 10,
  /** Lambda of the labels, where it has a law of its own. */
  labelLambda: 11,
  /** Tries for a partner; the step times 256, and the try. */
  partnerTry: 12,
  /** Out of which part of the data a sample is drawn, and its partner. */
  domain: 13,
  /** Data that experiments make, from 32 on: one stream for each maker, its parts by the counter's first word. */
  randomFeatures: 32,
  rotatedDigits: 33,
  labelNoise: 34,
  friedman: 35,
  rareFeatures: 36,
  twoFeatures: 37,
  twoChannels: 38,
  /** Which points are for training, and which classes are frequent. */
  split: 39,
  /** Mixtures of domains; starts of fits. */
  mixtures: 40,
  /** Permutations of pixels; noise and labels of domains that can't be learnt. */
  permutedDomains: 41,
  /** Points of two groups, and labels that are wrong. */
  groupedLabels: 42,
} as const;

const PARITY = 0x1bd11bda;
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];

/** The last block's second word: see {@link threefry}. */
let secondWord = 0;

/**
 * The first word of the Threefry-2x32-20 block of `key` and `counter` (unsigned 32-bit numbers). The second word is
 * read with {@link threefrySecond}, right after: two return values would be an allocation in the innermost loop.
 */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): number {
  const key2 = PARITY ^ key0 ^ key1;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let group = 0; group < 5; group++) {
    const first = (group & 1) * 4;
    for (let i = first; i < first + 4; i++) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << ROTATIONS[i]) | (x1 >>> (32 - ROTATIONS[i]))) ^ x0;
    }
    // The key schedule: words 1 2, 2 0, 0 1, 1 2, 2 0 of (key0, key1, key2), and the group's number.
    const injected = (group + 1) % 3;
    x0 = (x0 + (injected === 0 ? key0 : injected === 1 ? key1 : key2)) | 0;
    x1 = (x1 + (injected === 0 ? key1 : injected === 1 ? key2 : key0) + group + 1) | 0;
  }
  secondWord = x1 >>> 0;
  return x0 >>> 0;
}

/** The second word of the block that {@link threefry} computed last. */
export function threefrySecond(): number {
  return secondWord;
}

/**
 * An integer in [0, bound) from a random word: the high half of `word * bound` (Lemire's multiply-shift; bias at most
 * bound / 2^32). Exact in doubles, as the WGSL twin is in 16-bit halves.
 */
export function boundedInteger(word: number, bound: number): number {
  const low = (word & 0xffff) * bound;
  const high = (word >>> 16) * bound;
  // high * 2^16 + low can pass 2^53; its upper half does not.
  return Math.floor((high + Math.floor(low / 0x10000)) / 0x10000);
}

/** A number in (0, 1), in the middle of one of 2^32 equal cells, from a random word; a 64-bit float. */
export function openUnit(word: number): number {
  return (word + 0.5) * 2 ** -32;
}

/** A number in [-1, 1) on the grid of 2^-23 from a random word; exact in 32-bit floats. */
export function symmetricUnit(word: number): number {
  return (word >>> 8) * 2 ** -23 - 1;
}
