// From a convolution's deltas to those of the stage it reads: dx[b, i, y, x] = sum over o, r, c of dz[b, o, p, q] w[o, i, r, c]
// where s p = y + d - r and s q = x + d - c, times the slope of that stage's activation. Reads deltas [R, B, O, P, Q], the
// incoming numbers and parameters [R, P]; writes previous [R, B, I, H, W], or adds to it.
// A thread computes four channels at TILE_HEIGHT x TILE_WIDTH places, a multiple of the stride; grid: threads in x (folded
// into y), R.
import package::parts::convolution::{convolution, Lanes, lanesOf, laneGroups, linearThread, laneSteps, TAPS};
import package::parts::incoming::{incoming, normalizationOf, bentBack};
import package::parts::prelude::{
  KERNEL_HEIGHT, KERNEL_WIDTH, STRIDE, TILE_HEIGHT, TILE_WIDTH, PADDING_TOP, PADDING_LEFT, REACH_TOP, REACH_LEFT, DELTA_ROWS,
  DELTA_COLUMNS,
};

override THREADS: u32 = 64u;
// 1: another reader of the stage has written its deltas already.
override ADDS: u32 = 0u;

const DELTA_NUMBERS: u32 = DELTA_ROWS * DELTA_COLUMNS;
const TILE: u32 = TILE_HEIGHT * TILE_WIDTH;
// From a pixel and a tap to STRIDE times the row or column of deltas in hand.
const DOWN: u32 = PADDING_TOP + STRIDE * REACH_TOP;
const ACROSS: u32 = PADDING_LEFT + STRIDE * REACH_LEFT;

// In memory, as in conv2dForward.
var<private> sums: array<vec4f, TILE>;

@group(0) @binding(3) var<storage, read> deltas: array<f32>;
@group(0) @binding(4) var<storage, read> parameters: array<f32>;
@group(0) @binding(5) var<storage, read_write> previous: array<f32>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let r = workgroup.z;
  let tilesAcross = (convolution.width + TILE_WIDTH - 1u) / TILE_WIDTH;
  let tilesDown = (convolution.height + TILE_HEIGHT - 1u) / TILE_HEIGHT;
  let thread = linearThread(workgroup, groups, local, THREADS);
  let left = (thread % tilesAcross) * TILE_WIDTH;
  let top = ((thread / tilesAcross) % tilesDown) * TILE_HEIGHT;
  let rest = thread / (tilesAcross * tilesDown);
  let b = rest / laneGroups(convolution.channels);
  if (b >= convolution.batchSize) { return; }
  let lanes = lanesOf(rest % laneGroups(convolution.channels), convolution.channels);

  let eachOutput = convolution.outputs / convolution.groups;
  let each = convolution.channels / convolution.groups;
  let area = convolution.rows * convolution.columns;
  let steps = laneSteps(lanes, TAPS);
  for (var n = 0u; n < eachOutput; n++) {
    let o = lanes.group * eachOutput + n;
    let plane = ((r * convolution.batchSize + b) * convolution.outputs + o) * area;
    var d: array<f32, DELTA_NUMBERS>;
    for (var row = 0u; row < DELTA_ROWS; row++) {
      let p = top / STRIDE + row - REACH_TOP;
      for (var column = 0u; column < DELTA_COLUMNS; column++) {
        let q = left / STRIDE + column - REACH_LEFT;
        let inside = (p < convolution.rows) & (q < convolution.columns);
        let delta = deltas[plane + select(0u, p * convolution.columns + q, inside)];
        d[row * DELTA_COLUMNS + column] = select(0.0, delta, inside);
      }
    }
    let first = r * convolution.parameterStride + convolution.weightOffset +
      (o * each + lanes.first - lanes.group * each) * TAPS;
    var weights: array<vec4f, TAPS>;
    for (var tap = 0u; tap < TAPS; tap++) {
      let at = first + steps + vec4u(tap);
      weights[tap] = vec4f(parameters[at.x], parameters[at.y], parameters[at.z], parameters[at.w]);
    }
    for (var ty = 0u; ty < TILE_HEIGHT; ty++) {
      for (var tx = 0u; tx < TILE_WIDTH; tx++) {
        var sum = sums[ty * TILE_WIDTH + tx];
        for (var ky = 0u; ky < KERNEL_HEIGHT; ky++) {
          for (var kx = 0u; kx < KERNEL_WIDTH; kx++) {
            if ((ty + DOWN - ky) % STRIDE == 0u && (tx + ACROSS - kx) % STRIDE == 0u) {
              let source = (ty + DOWN - ky) / STRIDE * DELTA_COLUMNS + (tx + ACROSS - kx) / STRIDE;
              sum += weights[ky * KERNEL_WIDTH + kx] * d[source];
            }
          }
        }
        sums[ty * TILE_WIDTH + tx] = sum;
      }
    }
  }

  let map = convolution.height * convolution.width;
  let plane = ((r * convolution.batchSize + b) * convolution.channels + lanes.first) * map;
  var t = 0u;
  loop {
    let y = top + t / TILE_WIDTH;
    let x = left + t % TILE_WIDTH;
    let exists = (y < convolution.height) & (x < convolution.width);
    for (var k = 0u; k < 4u; k++) {
      if (exists & (k < lanes.count)) {
        let normalization = normalizationOf(r * convolution.channels + lanes.first + k);
        let place = plane + k * map + y * convolution.width + x;
        var delta = bentBack(sums[t][k], incoming[place], normalization);
        if (ADDS == 1u) { delta += previous[place]; }
        previous[place] = delta;
      }
    }
    t++;
    continuing { break if t >= TILE; }
  }
}
