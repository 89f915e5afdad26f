// A convolution forward: z[b, o, p, q] = bias[o] + sum over i, r, c of x[b, i, s p + r - d, s q + c - d] w[o, i, r, c].
// Reads the incoming images [R, B, I, H, W] and parameters [R, P]; writes outputs [R, B, O, P, Q].
// A thread computes four outputs at TILE_HEIGHT x TILE_WIDTH places; grid: threads in x (folded into y), R.
import package::parts::convolution::{convolution, Lanes, lanesOf, laneGroups, linearThread, laneSteps, TAPS};
import package::parts::incoming::normalizationOf;
import package::parts::imageInput::{imageInput, imageNumber};
import package::parts::prelude::{KERNEL_HEIGHT, KERNEL_WIDTH, STRIDE, TILE_HEIGHT, TILE_WIDTH, PADDING_TOP, PADDING_LEFT};

override THREADS: u32 = 64u;

const INPUT_ROWS: u32 = TILE_HEIGHT * STRIDE - STRIDE + KERNEL_HEIGHT;
const INPUT_COLUMNS: u32 = TILE_WIDTH * STRIDE - STRIDE + KERNEL_WIDTH;
const INPUT_NUMBERS: u32 = INPUT_ROWS * INPUT_COLUMNS;
const TILE: u32 = TILE_HEIGHT * TILE_WIDTH;

// In memory: gone through by a loop in the end, and few loads and stores beside their sums.
var<private> sums: array<vec4f, TILE>;

@group(0) @binding(4) var<storage, read> parameters: array<f32>;
@group(0) @binding(5) var<storage, read_write> outputs: array<f32>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let r = workgroup.z;
  let across = (convolution.columns + TILE_WIDTH - 1u) / TILE_WIDTH;
  let down = (convolution.rows + TILE_HEIGHT - 1u) / TILE_HEIGHT;
  let thread = linearThread(workgroup, groups, local, THREADS);
  let left = (thread % across) * TILE_WIDTH;
  let top = ((thread / across) % down) * TILE_HEIGHT;
  let rest = thread / (across * down);
  let b = rest / laneGroups(convolution.outputs);
  if (b >= convolution.batchSize) { return; }
  let lanes = lanesOf(rest % laneGroups(convolution.outputs), convolution.outputs);

  let each = convolution.channels / convolution.groups;
  let map = convolution.height * convolution.width;
  let run = r * convolution.parameterStride;
  let size = convolution.channels * map;
  let image = imageInput(
    r * convolution.batchSize + b, size, convolution.inputOffset + r * convolution.inputRunStride + b * size,
  );
  let steps = laneSteps(lanes, each * TAPS);
  var bias = vec4f(0.0);
  if (convolution.hasBias == 1u) {
    let at = run + convolution.biasOffset + lanes.first + laneSteps(lanes, 1u);
    bias = vec4f(parameters[at.x], parameters[at.y], parameters[at.z], parameters[at.w]);
  }
  for (var t = 0u; t < TILE; t++) { sums[t] = bias; }
  for (var i = 0u; i < each; i++) {
    let channel = lanes.group * each + i;
    let normalization = normalizationOf(r * convolution.channels + channel);
    var x: array<f32, INPUT_NUMBERS>;
    for (var row = 0u; row < INPUT_ROWS; row++) {
      let y = top * STRIDE + row - PADDING_TOP;
      for (var column = 0u; column < INPUT_COLUMNS; column++) {
        let at = left * STRIDE + column - PADDING_LEFT;
        // Before the first is beyond the last: places are unsigned. Not &&, which branches: so many branches in a row take
        // the software adapter minutes to compile.
        let inside = (y < convolution.height) & (at < convolution.width);
        let place = channel * map + select(0u, y * convolution.width + at, inside);
        x[row * INPUT_COLUMNS + column] = select(0.0, imageNumber(image, place, y, at, normalization), inside);
      }
    }
    let first = run + convolution.weightOffset + (lanes.first * each + i) * TAPS;
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
            sum += weights[ky * KERNEL_WIDTH + kx] * x[(ty * STRIDE + ky) * INPUT_COLUMNS + tx * STRIDE + kx];
          }
        }
        sums[ty * TILE_WIDTH + tx] = sum;
      }
    }
  }

  let area = convolution.rows * convolution.columns;
  let output = ((r * convolution.batchSize + b) * convolution.outputs + lanes.first) * area;
  var t = 0u;
  loop {
    let row = top + t / TILE_WIDTH;
    let column = left + t % TILE_WIDTH;
    let exists = (row < convolution.rows) & (column < convolution.columns);
    for (var k = 0u; k < 4u; k++) {
      if (exists & (k < lanes.count)) {
        outputs[output + k * area + row * convolution.columns + column] = sums[t][k];
      }
    }
    t++;
    continuing { break if t >= TILE; }
  }
}
