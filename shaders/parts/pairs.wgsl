// What kernels of pairs share: the loss's constants, and what a softmax over rows and columns of similarities needs.
import package::parts::numeric::elementary::{exponentialScalar, log1p};

override INVERSE_TEMPERATURE: f32 = 1.0;
// Share of the complementary loss.
override COMPLEMENTARY: f32 = 0.0;

// Probabilities of what does not match count as no more.
const MOST_PROBABILITY: f32 = 0.999;
// Shortest length that an embedding is divided by.
const SHORTEST: f32 = 1e-12;

// Of pair b, with S the cosines over the temperature: logarithms of sums of exp(S) over j.
struct PairSums {
  otherRow: f32,     // of S_bj, j != b; LOWEST for a pair alone ...
  row: f32,          // ... and all j
  rowLeft: f32,      // 1 - p_bb
  column: f32,       // of S_jb
  columnLeft: f32,   // 1 - q_bb
  slopes: f32,       // sum over j != b of mismatchSlope
}

// log(1 + exp(x)).
fn softplus(x: f32) -> f32 {
  return select(0.0, x, x > 0.0) + log1p(exponentialScalar(-abs(x)));
}

// Minus the derivative of c_bj log(1 - p_bj) by log p_bj, where c_bj is a constant.
fn mismatchSlope(share: vec4f, probability: vec4f) -> vec4f {
  let slope = share * probability / (1.0 - probability);
  return select(vec4f(0.0), slope, probability < vec4f(MOST_PROBABILITY));
}
