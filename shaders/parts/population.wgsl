// What every kernel that knows about runs shares: the population's sizes, its runs, data, tables and clocks.
// Bind group 0, made once a population. Layouts are written by src/training/gpu/pack.ts.

struct Population {
  runs: u32,                  // R
  size: u32,                  // N
  batchSize: u32,             // B: rows of a batch
  dimensions: u32,            // D
  outputs: u32,               // C
  parameterStride: u32,       // parameters of a run, rounded up to a multiple of 4
  drawn: u32,                 // points that this step draws: B, or B / 2 where they come unmixed, too
  stride: u32,                // positions in the row of epochs that a step moves on
  epochSize: u32,             // positions of an epoch; 0: every point once a step, in order
  sizeRows: u32,              // grid rows of the permutation of N ...
  batchRows: u32,             // ... and of the points drawn
  imageHeight: u32,           // of images that are cut
  imageWidth: u32,
  steps: u32,                 // S
  evaluateEvery: u32,
  evaluationSize: u32,        // E
  probeSize: u32,             // M
  targetsOffset: u32,         // in `data`: training points are at 0, targets here ...
  evaluationPointsOffset: u32,
  evaluationTargetsOffset: u32,
  probePointsOffset: u32,
  classStartOffset: u32,      // in `indices`: points by class are at 0, starts of classes here ...
  labelsOffset: u32,
  evaluationLabelsOffset: u32,
  metricsStride: u32,         // words of one evaluation of all runs
}

struct Run {
  seed: u32,
  quantilesOffset: u32,       // in `tables`
  pairing: u32,               // index in PAIRINGS of src/mixing/mixing.ts
  lambdaPerSample: u32,       // 0: one lambda a batch
  scheduleOffset: u32,        // in `tables`
  scheduleStride: u32,        // 1, or 0 for a learning rate that stays: one factor serves all steps
  nesterov: u32,
  accumulates: u32,           // 1: gradients are never cleared
  learningRate: f32,
  momentum: f32,              // of SGD
  weightDecay: f32,
  epsilon: f32,
  beta1: f32,
  beta2: f32,
  oneMinusBeta1: f32,
  oneMinusBeta2: f32,
  labelSmoothing: f32,
  mixProbability: f32,        // of a sample's being mixed at all
  boxProbability: f32,        // of a mixed one's being cut ...
  boxQuantilesOffset: u32,    // ... with lambda of this law, in `tables`
  hiddenPlaces: u32,          // mixing points within the net; 0: points are mixed
  trainOffset: u32,           // in `indices`: the run's points, where runs are trained on subsets ...
  size: u32,                  // ... how many they are; of a whole data set N
  sizeRows: u32,              // grid rows of their permutation
  epochSize: u32,             // positions of the run's epoch; 0: every point once a step, in order
  classOrderOffset: u32,      // in `indices`: the run's points by class, counted from 0 ...
  classStartOffset: u32,      // ... and starts of its classes
  labelQuantilesOffset: u32,  // in `tables`: of the law of the labels' lambda; NOTHING: it is that of the points
  labelKernelOffset: u32,     // in `indices`: what a label kernel draws by
  includesSelf: u32,          // whether a label kernel may draw the point itself
  weightsOffset: u32,         // in `tables`: weights of all points [N]; NOTHING: all are 1
  frozenOffset: u32,          // in `tables`: 1 for each parameter that is frozen, 0 for others [P]; NOTHING: none is
  selfDistillation: f32,      // share of the net's own predictions in the labels
  rowWeight: f32,             // weight of a row of the batch; of the first half, where that is unmixed ...
  mixedWeight: f32,           // ... and of the second
  domainsOffset: u32,         // in `indices`: what domains are drawn by, where some run draws by domains ...
  domains: u32,               // ... how many they are; 1 for a run that knows none
  partnerDomain: u32,         // 1: partners are of the first point's domain
  banditReward: u32,          // 0: no bandit; else the place of its reward in BANDIT_REWARDS of src/mixing/bandit.ts, from 1
  banditSmoothing: f32,
  banditWarm: u32,            // steps that draw by the proportions
  banditStart: u32,           // step at which it began
}

const NOTHING: u32 = 0xffffffffu;

struct RunState {
  step: u32,                  // steps done
  nonFiniteStep: atomic<u32>, // first step that was not finite; FINITE while all were
  correction1: f32,           // 1 - beta1^step, as the moving average of ones that it is
  correction2: f32,
  lossSum: f32,               // of the training losses since the last evaluation, and how many
  lossCount: f32,
  domain: u32,                // of a run with a bandit: the domain of the next batch
}

const FINITE: u32 = 0xffffffffu;

@group(0) @binding(0) var<uniform> population: Population;
@group(0) @binding(1) var<storage, read> runs: array<Run>;
// Training points [N, D], targets [N, C], evaluation points [E, D] and targets [E, C], probe points [M, D].
@group(0) @binding(2) var<storage, read> data: array<f32>;
// Quantile tables of the laws, then learning-rate factors [S] (or [1]) of the schedules.
@group(0) @binding(3) var<storage, read> tables: array<f32>;
// Points by class [N], starts of classes, labels [N], evaluation labels [E].
@group(0) @binding(4) var<storage, read> indices: array<u32>;
@group(0) @binding(5) var<storage, read_write> states: array<RunState>;

// Whether the step's clock has moved on already: in what `head` leaves of a step to others.
override IS_CLOSED: u32 = 0u;

// Whether step `step` of run `r` may still change anything.
fn isFrozen(r: u32, step: u32) -> bool {
  return atomicLoad(&states[r].nonFiniteStep) <= step;
}

// The evaluation that follows when `step` steps are done: 0 is the first of the training.
fn evaluationIndex(step: u32) -> u32 {
  return (step - 1u) / population.evaluateEvery;
}
