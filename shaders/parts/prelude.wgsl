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
// Draws of samples a step, chunks between two of them, and steps whose samples are drawn at once.
const BLOCKS: u32 = 1u;
const BLOCK_CHUNKS: u32 = 1u;
const STEPS_PER_DRAW: u32 = 1u;
// Queries that one thread works on, and pairs of dimensions: those that it keeps at hand, and the rest.
const QUERIES: u32 = 1u;
const KEPT: u32 = 1u;
const REST: u32 = 0u;
// Products of matrices that one thread computes.
const TILE_ROWS: u32 = 4u;
const TILE_COLUMNS: u32 = 4u;
// Queries and mixtures whose distances one thread keeps in registers.
const QUERY_TILE: u32 = 1u;
const MIXTURE_TILE: u32 = 1u;
