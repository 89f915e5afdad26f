// A part of the evaluation or probe points: as many as the layers' buffers hold at once.

struct Part {
  first: u32,
  count: u32,
}
