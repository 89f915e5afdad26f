// For each query the nearest mixture of a chunk whose two classes are not the query's, and how near the runner-up is.
// Reads queries and mixtures [., width] (rows of vec4f, filled up with zeros) and their classes; writes nearest
// [strips, queryRows]: strip s has the tiles s, s + strips, ... of the mixtures, and the host brings the strips
// together. Squared distances are sums of squared differences, over the dimensions in order.
// A thread holds QUERY_TILE x MIXTURE_TILE distances and walks along a strip. Grid (queries / (8 QUERY_TILE), strips / 8).
import package::parts::numeric::limits::{larger, smaller};
import package::parts::prelude::{QUERY_TILE, MIXTURE_TILE, MIXTURE_RESULTS};

struct Search {
  // vec4f of a row.
  width: u32,
  // Tiles of mixtures.
  tiles: u32,
  // The dispatch's first query, and the rows of `nearest`.
  firstQuery: u32,
  queryRows: u32,
}

struct Nearest {
  square: f32,
  runnerUp: f32,
  // Index in the chunk; NONE where no mixture counts.
  mixture: u32,
}

const NONE: u32 = 0xffffffffu;
// Stands for infinity, which WGSL need not have. Larger than any square: rows are scaled.
const FAR: f32 = 3e38;
// Threads of a workgroup along the queries and the strips.
const COLUMNS: u32 = 8u;
const STRIPS: u32 = 8u;
const MIXTURE_BLOCKS: u32 = MIXTURE_TILE / 4u;

@group(0) @binding(0) var<uniform> search: Search;
@group(0) @binding(1) var<storage, read> queries: array<vec4f>;
@group(0) @binding(2) var<storage, read> queryClasses: array<u32>;
@group(0) @binding(3) var<storage, read> mixtures: array<vec4f>;
// Classes of the two mixed points; NONE and NONE for a row that does not count.
@group(0) @binding(4) var<storage, read> mixtureClasses: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> nearest: array<Nearest>;

var<private> squares: array<array<f32, QUERY_TILE>, MIXTURE_TILE>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @if(!subgroups) @builtin(local_invocation_index) thread: u32,
  @if(subgroups) @builtin(subgroup_id) subgroup: u32, @if(subgroups) @builtin(subgroup_size) lanes: u32,
  @if(subgroups) @builtin(subgroup_invocation_id) lane: u32,
) {
  // Numbered so that four lanes side by side are four queries' side by side, whatever order the adapter has threads in.
  @if(subgroups) let thread = subgroup * lanes + lane;
  let local = vec2u(thread % COLUMNS, thread / COLUMNS);
  let ownQuery = search.firstQuery + (group.x * COLUMNS + local.x) * QUERY_TILE;
  var ownClass = array<u32, QUERY_TILE>();
  var least = array<f32, QUERY_TILE>();
  var runnerUp = array<f32, QUERY_TILE>();
  var mixture = array<u32, QUERY_TILE>();
  for (var i = 0u; i < QUERY_TILE; i++) {
    ownClass[i] = queryClasses[ownQuery + i];
    least[i] = FAR;
    runnerUp[i] = FAR;
    mixture[i] = NONE;
  }
  // All threads of a workgroup take as many tiles; those past the last are that one again, and don't count.
  var firstTile = group.y * STRIPS;
  loop {
    let exists = firstTile + local.y < search.tiles;
    let firstMixture = min(firstTile + local.y, search.tiles - 1u) * MIXTURE_TILE;
    // Registers, where the loop below is unrolled, too: a GPU has no memory as near. The software adapter carries numbers in
    // registers from round to round at twice the price; there it stays a loop, and they are in memory.
    squares = array<array<f32, QUERY_TILE>, MIXTURE_TILE>();
    var k = 0u;
    loop {
      var x = array<vec4f, QUERY_TILE>();
      for (var i = 0u; i < QUERY_TILE; i++) { x[i] = queries[(ownQuery + i) * search.width + k]; }
      for (var block = 0u; block < MIXTURE_BLOCKS; block++) {
        // Four neighbours all want the same: with subgroups each reads one row and hands it on.
        @if(subgroups) let own = mixtures[(firstMixture + 4u * block + local.x % 4u) * search.width + k];
        for (var j = 0u; j < 4u; j++) {
          @if(subgroups) let z = quadBroadcast(own, j);
          @else let z = mixtures[(firstMixture + 4u * block + j) * search.width + k];
          for (var i = 0u; i < QUERY_TILE; i++) {
            // Number by number: the software adapter keeps a chain of operations on one number in a register.
            squares[4u * block + j][i] +=
              square(x[i].x - z.x) + square(x[i].y - z.y) + square(x[i].z - z.z) + square(x[i].w - z.w);
          }
        }
      }
      k++;
      continuing { break if k >= search.width; }
    }
    for (var j = 0u; j < MIXTURE_RESULTS; j++) {
      let classes = mixtureClasses[firstMixture + j];
      for (var i = 0u; i < QUERY_TILE; i++) {
        // Not &&: that would be branches, which the software adapter takes minutes to compile in such numbers.
        let counts = exists & (classes.x != NONE) & (classes.x != ownClass[i]) & (classes.y != ownClass[i]);
        let square = select(FAR, squares[j][i], counts);
        runnerUp[i] = smaller(runnerUp[i], larger(least[i], square));
        // Strictly: of equals the first stays.
        mixture[i] = select(mixture[i], firstMixture + j, square < least[i]);
        least[i] = smaller(least[i], square);
      }
    }
    firstTile += groups.y * STRIPS;
    continuing { break if firstTile >= search.tiles; }
  }
  let row = (group.y * STRIPS + local.y) * search.queryRows + ownQuery;
  for (var i = 0u; i < QUERY_TILE; i++) { nearest[row + i] = Nearest(least[i], runnerUp[i], mixture[i]); }
}

fn square(x: f32) -> f32 {
  return x * x;
}
