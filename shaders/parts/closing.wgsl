// The end of a step of a run: the mean loss of its batch goes into its account, its clock and bias corrections move on. A part, not a
// kernel.
import package::parts::population::{population, runs, states};
import package::parts::update::nextCorrections;

// `sum` is that of weights times losses. A run that is frozen only has its clock.
fn close(r: u32, sum: f32, isFrozen: bool) {
  if (!isFrozen) {
    states[r].lossSum += sum / f32(population.batchSize);
    states[r].lossCount += 1.0;
    let corrections = nextCorrections(runs[r], vec2f(states[r].correction1, states[r].correction2));
    states[r].correction1 = corrections.x;
    states[r].correction2 = corrections.y;
  }
  states[r].step += 1u;
}
