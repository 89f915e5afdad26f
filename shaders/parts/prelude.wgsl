// Sizes of private arrays: what `override` can't set. These values only make the files stand on their own; whoever makes
// a pipeline gives the real ones (src/gpu/kernel.ts).

// Input dimensions, D.
const DIMENSIONS: u32 = 1u;
// Outputs, C.
const OUTPUTS: u32 = 1u;
// Groups of four hidden units that one thread owns.
const UNIT_GROUPS: u32 = 1u;
// Samples that are worked on between two barriers.
const CHUNK: u32 = 1u;
// Samples that one thread works out.
const SAMPLES: u32 = 1u;
// Draws of samples a step, chunks between two of them, and steps whose samples are drawn at once.
const BLOCKS: u32 = 1u;
const BLOCK_CHUNKS: u32 = 1u;
const STEPS_PER_DRAW: u32 = 1u;
// Queries that one thread works on, and pairs of dimensions: those that it keeps at hand, and the rest.
const QUERIES: u32 = 1u;
const KEPT: u32 = 1u;
const REST: u32 = 0u;
// Products of matrices that one thread computes, and rows of them that it ends with; whether a workgroup reads operands
// together, and how many parts of a sum it works on at once.
const TILE_ROWS: u32 = 4u;
const TILE_COLUMNS: u32 = 4u;
const RESULT_ROWS: u32 = 4u;
const WORKGROUP_TILES: u32 = 1u;
const SLICES: u32 = 1u;
// Of four neighbours in a row of products, how many exist or don't exist together: four where rows are of fours.
const STORED_TOGETHER: u32 = 1u;
// Queries and mixtures whose distances one thread keeps in registers; and the latter once more, for the loop that looks at them.
const QUERY_TILE: u32 = 1u;
const MIXTURE_TILE: u32 = 1u;
const MIXTURE_RESULTS: u32 = 1u;
// Whether one thread does a run's work.
const ALONE: u32 = 0u;
// Whether some run cuts boxes, and whether some run mixes values within the net.
const BOXES: u32 = 0u;
const HIDDEN: u32 = 0u;
// How a layer's images come: as a stage has stored them, of the net's own input and mixed, or its partners alone.
const INPUT: u32 = 0u;
// Sides of a convolution's kernel, and its stride.
const KERNEL_HEIGHT: u32 = 3u;
const KERNEL_WIDTH: u32 = 3u;
const STRIDE: u32 = 1u;
// Pixels that one thread computes, down and across.
const TILE_HEIGHT: u32 = 2u;
const TILE_WIDTH: u32 = 4u;
// How far before its tile a thread reads deltas: (kernel - 1 - padding) / stride, rounded up; and what it reads of them.
const REACH_TOP: u32 = 1u;
const REACH_LEFT: u32 = 1u;
const DELTA_ROWS: u32 = 4u;
const DELTA_COLUMNS: u32 = 6u;
// Padding, where loops are unrolled over it.
const PADDING_TOP: u32 = 1u;
const PADDING_LEFT: u32 = 1u;
// Input channels, and rows of a kernel, whose weights one thread is about.
const INPUT_TILE: u32 = 4u;
const TAP_ROWS: u32 = 1u;
// Whether windows of a pool don't meet, and there is no padding.
const DISJOINT: u32 = 0u;
