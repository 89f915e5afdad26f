/**
 * Mixing of hidden values (Manifold Mixup, 1806.05236): h_b = lambda_b h_first + (1 - lambda_b) h_partner, where both are
 * rows of one batch, or row b of the firsts' pass and row b of the partners'. Where a sample is mixed elsewhere, lambda is 1.
 */

import type { HiddenMix } from "../../model/trace.ts";
import type { CreateLayer, Pass } from "./layer.ts";

export const createHiddenMix: CreateLayer = ({ layer }, [firsts, partners], y) => {
  const { place } = layer as HiddenMix;
  const D = y.size;

  /** Calls `use` with each sample's places of the two rows that are mixed, and lambda. */
  function forEachSample(
    { count, training }: Pass,
    use: (first: number, partner: number, lambda: number, to: number) => void,
  ): void {
    const hidden = training?.hidden;
    for (let b = 0; b < count; b++) {
      const isHere = hidden?.places[b] === place;
      const first = isHere && partners === undefined ? hidden.firstRows[b] : b;
      const partner = isHere && partners === undefined ? hidden.partnerRows[b] : b;
      use(first * D, partner * D, isHere ? hidden.lambdas[b] : 1, b * D);
    }
  }

  return {
    forward(pass) {
      const other = partners ?? firsts;
      forEachSample(pass, (first, partner, lambda, to) => {
        for (let i = 0; i < D; i++) {
          const own = firsts.data[first + i];
          // Where nothing is mixed the partner is not looked at: 0 times infinity is no number.
          y.data[to + i] = lambda === 1 ? own : lambda * own + (1 - lambda) * other.data[partner + i];
        }
      });
    },
    backward(pass) {
      const other = partners ?? firsts;
      forEachSample(pass, (first, partner, lambda, to) => {
        for (let i = 0; i < D; i++) {
          firsts.delta[first + i] += lambda * y.delta[to + i];
          if (lambda !== 1) other.delta[partner + i] += (1 - lambda) * y.delta[to + i];
        }
      });
    },
  };
};

/** The partners' input: whoever fills the batch writes it. */
export const createPartnerInput: CreateLayer = () => ({ forward() {}, backward() {} });
