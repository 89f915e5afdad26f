// Smoothing of labels: (1 - e) y + e / C, of a run whose e is above 0.
import package::parts::population::{population, runs};

// Whether some run smooths its labels; where none does nothing is computed.
override SMOOTHS: u32 = 0u;

fn smoothed(y: f32, r: u32) -> f32 {
  if (SMOOTHS == 0u) { return y; }
  return (1.0 - runs[r].labelSmoothing) * y + runs[r].labelSmoothing / f32(population.outputs);
}
