// A convolution's weight and bias gradients over chunks of the batch: dw[o, i, r, c] = sum over b, p, q of dz[b, o, p, q]
// x[b, i, s p + r - d, s q + c - d], dbias[o] = sum of dz. Reads deltas [R, B, O, P, Q] and the incoming images; writes chunks
// [R, chunks, weight and bias], which `sumChunks` adds up in order. How many images a chunk has depends on nothing but the layer.
// A thread is about four outputs, INPUT_TILE channels and TAP_ROWS rows of taps; grid: threads in x (folded into y), R.
import package::parts::convolution::{convolution, Lanes, lanesOf, laneGroups, linearThread, TAPS};
import package::parts::incoming::normalizationOf;
import package::parts::imageInput::{imageInput, imageNumber};
import package::parts::prelude::{KERNEL_HEIGHT, KERNEL_WIDTH, STRIDE, TILE_HEIGHT, TILE_WIDTH, PADDING_TOP, PADDING_LEFT, INPUT_TILE, TAP_ROWS};

override THREADS: u32 = 64u;

const INPUT_ROWS: u32 = TILE_HEIGHT * STRIDE - STRIDE + TAP_ROWS;
const INPUT_COLUMNS: u32 = TILE_WIDTH * STRIDE - STRIDE + KERNEL_WIDTH;
const INPUT_NUMBERS: u32 = INPUT_ROWS * INPUT_COLUMNS;
const TILE: u32 = TILE_HEIGHT * TILE_WIDTH;
const SUMS: u32 = INPUT_TILE * TAP_ROWS * KERNEL_WIDTH;

// The sums once more, for a loop that writes them.
var<private> results: array<vec4f, SUMS>;

@group(0) @binding(4) var<storage, read> deltas: array<f32>;
@group(0) @binding(5) var<storage, read_write> gradients: array<f32>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let r = workgroup.z;
  let each = convolution.channels / convolution.groups;
  let inputTiles = (each + INPUT_TILE - 1u) / INPUT_TILE;
  let tapRows = (KERNEL_HEIGHT + TAP_ROWS - 1u) / TAP_ROWS;
  let thread = linearThread(workgroup, groups, local, THREADS);
  let firstTap = (thread % tapRows) * TAP_ROWS;
  let firstInput = ((thread / tapRows) % inputTiles) * INPUT_TILE;
  let rest = thread / (tapRows * inputTiles);
  let chunk = rest / laneGroups(convolution.outputs);
  let firstImage = chunk * convolution.chunk;
  if (firstImage >= convolution.batchSize) { return; }
  let lanes = lanesOf(rest % laneGroups(convolution.outputs), convolution.outputs);

  let map = convolution.height * convolution.width;
  let area = convolution.rows * convolution.columns;
  let size = convolution.channels * map;
  let planes = min(vec4u(0u, 1u, 2u, 3u), vec4u(lanes.count - 1u)) * area;
  var sums: array<vec4f, SUMS>;
  var biasSum = vec4f(0.0);
  let lastImage = min(firstImage + convolution.chunk, convolution.batchSize);
  for (var b = firstImage; b < lastImage; b++) {
    let row = r * convolution.batchSize + b;
    let image = imageInput(row, size, convolution.inputOffset + r * convolution.inputRunStride + b * size);
    let plane = (row * convolution.outputs + lanes.first) * area + planes;
    for (var top = 0u; top < convolution.rows; top += TILE_HEIGHT) {
      for (var left = 0u; left < convolution.columns; left += TILE_WIDTH) {
        var d: array<vec4f, TILE>;
        for (var ty = 0u; ty < TILE_HEIGHT; ty++) {
          for (var tx = 0u; tx < TILE_WIDTH; tx++) {
            let inside = (top + ty < convolution.rows) & (left + tx < convolution.columns);
            let at = plane + vec4u(select(0u, (top + ty) * convolution.columns + left + tx, inside));
            let delta = vec4f(deltas[at.x], deltas[at.y], deltas[at.z], deltas[at.w]);
            d[ty * TILE_WIDTH + tx] = select(vec4f(0.0), delta, inside);
            biasSum += d[ty * TILE_WIDTH + tx];
          }
        }
        for (var i = 0u; i < INPUT_TILE; i++) {
          let channel = lanes.group * each + min(firstInput + i, each - 1u);
          let normalization = normalizationOf(r * convolution.channels + channel);
          var x: array<f32, INPUT_NUMBERS>;
          for (var row = 0u; row < INPUT_ROWS; row++) {
            let y = top * STRIDE + firstTap + row - PADDING_TOP;
            for (var column = 0u; column < INPUT_COLUMNS; column++) {
              let at = left * STRIDE + column - PADDING_LEFT;
              let inside = (y < convolution.height) & (at < convolution.width);
              let place = channel * map + select(0u, y * convolution.width + at, inside);
              x[row * INPUT_COLUMNS + column] = select(0.0, imageNumber(image, place, y, at, normalization), inside);
            }
          }
          for (var tap = 0u; tap < TAP_ROWS; tap++) {
            for (var kx = 0u; kx < KERNEL_WIDTH; kx++) {
              var sum = sums[(i * TAP_ROWS + tap) * KERNEL_WIDTH + kx];
              for (var ty = 0u; ty < TILE_HEIGHT; ty++) {
                for (var tx = 0u; tx < TILE_WIDTH; tx++) {
                  sum += d[ty * TILE_WIDTH + tx] * x[(ty * STRIDE + tap) * INPUT_COLUMNS + tx * STRIDE + kx];
                }
              }
              sums[(i * TAP_ROWS + tap) * KERNEL_WIDTH + kx] = sum;
            }
          }
        }
      }
    }
  }

  let weights = convolution.outputs * each * TAPS;
  let numbers = weights + convolution.hasBias * convolution.outputs;
  let output = convolution.gradientOffset + r * convolution.gradientRunStride + chunk * numbers;
  for (var n = 0u; n < SUMS; n++) { results[n] = sums[n]; }
  var n = 0u;
  loop {
    let kx = n % KERNEL_WIDTH;
    let tap = (n / KERNEL_WIDTH) % TAP_ROWS;
    let i = n / (KERNEL_WIDTH * TAP_ROWS);
    let exists = (firstInput + i < each) & (firstTap + tap < KERNEL_HEIGHT);
    for (var k = 0u; k < 4u; k++) {
      if (exists & (k < lanes.count)) {
        let w = ((lanes.first + k) * each + firstInput + i) * TAPS + (firstTap + tap) * KERNEL_WIDTH + kx;
        gradients[output + w] = results[n][k];
      }
    }
    n++;
    continuing { break if n >= SUMS; }
  }
  if (convolution.hasBias == 1u && firstInput == 0u && firstTap == 0u) {
    for (var k = 0u; k < 4u; k++) {
      if (k < lanes.count) { gradients[output + weights + lanes.first + k] = biasSum[k]; }
    }
  }
}
