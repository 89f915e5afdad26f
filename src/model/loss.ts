/**
 * Which losses there are, and what each asks of the targets. The computation is in `reference/loss.ts`, `reference/contrastive.ts`
 * and `shaders/step/` (`loss`, `pairSums`, `pairDeltas`).
 */

import { checkNumber, checkOptions, checkWord } from "../check.ts";

/**
 * - `softmax-cross-entropy`: soft targets `[C]`, from logits by log-sum-exp; sum over classes (PyTorch `CrossEntropyLoss`).
 * - `logistic`: targets in [0, 1] for each output; mean over outputs (PyTorch `BCEWithLogitsLoss`). With one output and
 *   two classes the target is the class.
 * - `squared-error`: mean over outputs (PyTorch `MSELoss`).
 *
 * Each is averaged over the batch.
 */
export type Loss = "softmax-cross-entropy" | "logistic" | "squared-error";

/** All losses of single samples; a kernel's loss code is the index in this list. */
export const LOSSES: readonly Loss[] = ["softmax-cross-entropy", "logistic", "squared-error"];

/** A loss of a batch of pairs, made by {@link contrastive}. */
export interface ContrastiveLoss {
  readonly kind: "contrastive";
  /** tau. */
  readonly temperature: number;
  /** gamma, share of the complementary loss. */
  readonly complementary: number;
}

/**
 * The symmetric InfoNCE of two towers (CLIP, arXiv 2103.00020): the first half of a net's outputs is a pair's first embedding u, the
 * second half its second embedding v. Both are divided by their length (at least 1e-12), S_ij = u_i . v_j / temperature within the batch,
 * p = softmax of S over rows, q = softmax over columns, and the loss of pair b is -(log p_bb + log q_bb) / 2. With a share of the
 * complementary loss each pair also learns from what it does not match (SREM, arXiv 2312.16478, rebuilt from its abstract):
 * minus the sum over j != b of c_bj log(1 - p_bj), where c_b = softmax of S_bj over j != b is a constant, and p counts as at most 0.999.
 *
 * Targets are not looked at. A pair alone in its batch has loss 0. The weight of a pair counts for both of its losses.
 * @throws ConfigError for a temperature that is not above 0, a share that is negative.
 */
export function contrastive(options: { temperature: number; complementary?: number }): ContrastiveLoss {
  const { temperature, complementary = 0 } = checkOptions("loss", options, ["temperature", "complementary"]);
  return checkContrastive("loss", { kind: "contrastive", temperature, complementary });
}

/**
 * A copy of a loss of pairs if it can be computed, whoever wrote it.
 * @throws ConfigError
 */
export function checkContrastive(path: string, loss: ContrastiveLoss): ContrastiveLoss {
  checkOptions(path, loss, ["kind", "temperature", "complementary"]);
  const { kind, temperature, complementary } = loss;
  checkWord(`${path}.kind`, kind, ["contrastive"], "loss");
  checkNumber(`${path}.temperature`, temperature, { above: 0, float32: true, what: "a temperature" });
  checkNumber(`${path}.temperature`, 1 / temperature, {
    float32: true,
    what: "the inverse of a temperature",
  });
  checkNumber(`${path}.complementary`, complementary, { from: 0, float32: true, what: "a share" });
  return { kind, temperature, complementary };
}

/** Whether a loss is one of pairs. */
export function isContrastive(loss: Loss | ContrastiveLoss): loss is ContrastiveLoss {
  return typeof loss === "object" && loss !== null;
}
