// What a layer reads: numbers that the stage before has stored, brought through that stage's BatchNorm and activation on the
// way, so that neither is ever stored. Normalizations [R, C] are mean, scale, shift and 1 / deviation of each channel.
import package::parts::activation::{activateNumber, throughActivationNumber};

override NORMALIZED: u32 = 0u;
// The activation, where it is linear on both sides of 0: its slope below. 1 for none, 0 for ReLU.
override SLOPE_BELOW: f32 = 1.0;

@group(0) @binding(1) var<storage, read> incoming: array<f32>;
@group(0) @binding(2) var<storage, read> normalizations: array<vec4f>;

// Of a channel, by its place in [R, C]. Where there is none, one that changes no bits.
fn normalizationOf(channel: u32) -> vec4f {
  var normalization = vec4f(0.0, 1.0, 0.0, 1.0);
  if (NORMALIZED == 1u) { normalization = normalizations[channel]; }
  return normalization;
}

fn normalized(stored: f32, normalization: vec4f) -> f32 {
  return (stored - normalization.x) * normalization.y + normalization.z;
}

// What comes in of a stored number.
fn passed(stored: f32, normalization: vec4f) -> f32 {
  return activateNumber(normalized(stored, normalization));
}

// A derivative by what came in as one by what the activation was taken of.
fn passedBack(derivative: f32, stored: f32, normalization: vec4f) -> f32 {
  return throughActivationNumber(derivative, normalized(stored, normalization));
}

// The same two where the activation is linear on both sides of 0: without a branch, for code that is repeated often.
fn bent(stored: f32, normalization: vec4f) -> f32 {
  let y = normalized(stored, normalization);
  return select(SLOPE_BELOW * y, y, y > 0.0);
}

fn bentBack(derivative: f32, stored: f32, normalization: vec4f) -> f32 {
  return select(SLOPE_BELOW * derivative, derivative, normalized(stored, normalization) > 0.0);
}
