/**
 * What a loss of pairs asks of a net and of its runs: two towers, and pairs that are whole.
 *
 * Not here: the loss (`model/loss.ts`).
 */

import { ConfigError } from "../errors.ts";
import { isContrastive } from "../model/loss.ts";
import type { Population, Run } from "./population.ts";

/**
 * Whether a net's outputs are two embeddings.
 * @throws ConfigError for an odd number of outputs.
 */
export function checkTwoEmbeddings(outputs: number): void {
  if (outputs % 2 !== 0) {
    throw new ConfigError(
      "model",
      `the net has ${outputs} outputs: two embeddings of one length make an even number, such as twoTowers gives.`,
    );
  }
}

/**
 * Whether a run asks for nothing that pairs have not: labels, or mixtures that would stand in a batch beside what they are made of.
 * @throws ConfigError
 */
export function checkTrainsPairs(
  {
    mixing,
    labelSmoothing,
    selfDistillation = 0,
  }: Pick<Run, "mixing" | "labelSmoothing" | "selfDistillation">,
  path: string,
): void {
  const refuse = (name: string, why: string): never => {
    throw new ConfigError(`${path}.${name}`, `${why}, and the loss is one of pairs.`);
  };
  if (labelSmoothing > 0) refuse("labelSmoothing", "labels are smoothed");
  if (selfDistillation > 0) refuse("selfDistillation", "predictions are blended into labels");
  if (mixing.labelLambda !== undefined) refuse("mixing.labelLambda", "it is of labels");
  if (mixing.geometry !== undefined) refuse("mixing.geometry", "pairs are blended as wholes");
  if (mixing.eta !== undefined)
    refuse("mixing.eta", "mixed pairs would stand beside those that they are made of");
  const { pairing } = mixing;
  if (typeof pairing === "object" || pairing === "all-pairs")
    refuse("mixing.pairing", "partners by labels and batches of all mixtures are for single samples");
}

/**
 * Whether a population can be evaluated while it trains: pairs are measured all against all, between stretches.
 * @throws ConfigError
 */
export function checkEvaluatesAlong({ loss }: Pick<Population, "loss">): void {
  if (isContrastive(loss)) {
    throw new ConfigError(
      "loss",
      "pairs are measured all against all, and not while they train: open them with openPopulation, and ask for evaluate().",
    );
  }
}
