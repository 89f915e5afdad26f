// The un-reduced loss of one sample of the batch, and its weight in the batch's mean: mean_b weight[b] loss[b].

struct SampleLoss {
  weight: f32,
  loss: f32,
}
