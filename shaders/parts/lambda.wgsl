// A law of lambda as a table: the twin of lambdaFromWord in src/mixing/quantiles.ts, to 1 ulp.
import package::parts::population::tables;

const HALF_NODES: u32 = 1665u;

fn lambdaFromWord(offset: u32, word: u32) -> f32 {
  let upper = word >> 31u;
  let tail = select(word, ~word, upper == 1u);
  let shift = u32(max(25 - i32(countLeadingZeros(tail)), 0));
  let node = offset + upper * HALF_NODES + shift * 64u + (tail >> shift);
  let fraction = f32(tail & ((1u << shift) - 1u)) / f32(1u << shift);
  return tables[node] + (tables[node + 1u] - tables[node]) * fraction;
}
