/**
 * Which losses there are, and what each asks of the targets. The computation is in `reference/loss.ts` and
 * `shaders/step/loss.wgsl`.
 */

/**
 * - `softmax-cross-entropy`: soft targets `[C]`, from logits by log-sum-exp; sum over classes (PyTorch `CrossEntropyLoss`).
 * - `logistic`: targets in [0, 1] for each output; mean over outputs (PyTorch `BCEWithLogitsLoss`). With one output and
 *   two classes the target is the class.
 * - `squared-error`: mean over outputs (PyTorch `MSELoss`).
 *
 * Each is averaged over the batch.
 */
export type Loss = "softmax-cross-entropy" | "logistic" | "squared-error";

/** All losses; a kernel's loss code is the index in this list. */
export const LOSSES: readonly Loss[] = ["softmax-cross-entropy", "logistic", "squared-error"];
