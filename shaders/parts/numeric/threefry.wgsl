// Threefry-2x32-20 (Random123): the twin of src/numeric/threefry.ts, bit for bit.
// Convention: key = (seed, purpose), counter = (step, index).

const PURPOSE_INITIALIZATION: u32 = 0u;
const PURPOSE_PAIR: u32 = 1u;
const PURPOSE_LAMBDA: u32 = 2u;
const PURPOSE_BATCH_ORDER: u32 = 3u;
const PURPOSE_PERMUTATION: u32 = 4u;
const PURPOSE_DROPOUT: u32 = 6u;
const PURPOSE_BOX: u32 = 7u;
const PURPOSE_HIDDEN_LAYER: u32 = 8u;
const PURPOSE_AUGMENTATION: u32 = 9u;
const PURPOSE_CHOICE: u32 = 10u;
const PURPOSE_LABEL_LAMBDA: u32 = 11u;
const PURPOSE_PARTNER_TRY: u32 = 12u;
const PURPOSE_DOMAIN: u32 = 13u;

fn threefry(key: vec2u, counter: vec2u) -> vec2u {
  // Two groups of four rounds at a time: written out, it would be a good part of what there is to compile. Twenty rounds
  // are five groups; the sixth does not count.
  var keys = vec3u(key, 0x1bd11bdau ^ key.x ^ key.y);
  var x = counter + key;
  var group = 1u;
  loop {
    x = fourRounds(x, 13u, 15u, 26u, 6u) + vec2u(keys.y, keys.z + group);
    let next = fourRounds(x, 17u, 29u, 16u, 24u) + vec2u(keys.z, keys.x + group + 1u);
    x = select(next, x, group == 5u);
    keys = keys.zxy;
    group += 2u;
    continuing { break if group > 5u; }
  }
  return x;
}

fn fourRounds(x: vec2u, a: u32, b: u32, c: u32, d: u32) -> vec2u {
  return oneRound(oneRound(oneRound(oneRound(x, a), b), c), d);
}

fn oneRound(x: vec2u, rotation: u32) -> vec2u {
  let sum = x.x + x.y;
  return vec2u(sum, ((x.y << rotation) | (x.y >> (32u - rotation))) ^ sum);
}

// An integer in [0, bound): the high half of word * bound, from 16-bit halves.
fn boundedInteger(word: u32, bound: u32) -> u32 {
  let low = (word & 0xffffu) * (bound & 0xffffu);
  let middle1 = (word >> 16u) * (bound & 0xffffu) + (low >> 16u);
  let middle2 = (word & 0xffffu) * (bound >> 16u) + (middle1 & 0xffffu);
  return (word >> 16u) * (bound >> 16u) + (middle1 >> 16u) + (middle2 >> 16u);
}

// A number in [-1, 1) on the grid of 2^-23.
fn symmetricUnit(word: u32) -> f32 {
  return f32(word >> 8u) * 0x1p-23f - 1.0;
}
