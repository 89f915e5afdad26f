/**
 * Mixing of hidden values (Manifold Mixup, 1806.05236): h_b = lambda_b h_b + (1 - lambda_b) h_partner, where the partner is
 * another row of the batch, or row b of the partners' own pass. Where a sample is mixed elsewhere, lambda is 1.
 */

import type { HiddenMix } from "../../model/trace.ts";
import type { CreateLayer, Pass } from "./layer.ts";

export const createHiddenMix: CreateLayer = ({ layer }, [firsts, partners], y) => {
  const { place } = layer as HiddenMix;
  const D = y.size;

  /** Calls `use` with each sample's place, that of its partner, and lambda. */
  function forEachSample(
    { count, training }: Pass,
    use: (own: number, partner: number, lambda: number) => void,
  ): void {
    const hidden = training?.hidden;
    for (let b = 0; b < count; b++) {
      const isHere = hidden?.places[b] === place;
      const partner = isHere && partners === undefined ? hidden.partnerRows[b] : b;
      use(b * D, partner * D, isHere ? hidden.lambdas[b] : 1);
    }
  }

  return {
    forward(pass) {
      const other = partners ?? firsts;
      forEachSample(pass, (own, partner, lambda) => {
        for (let i = 0; i < D; i++) {
          const first = firsts.data[own + i];
          // Where nothing is mixed the partner is not looked at: 0 times infinity is no number.
          y.data[own + i] = lambda === 1 ? first : lambda * first + (1 - lambda) * other.data[partner + i];
        }
      });
    },
    backward(pass) {
      const other = partners ?? firsts;
      forEachSample(pass, (own, partner, lambda) => {
        for (let i = 0; i < D; i++) {
          firsts.delta[own + i] += lambda * y.delta[own + i];
          if (lambda !== 1) other.delta[partner + i] += (1 - lambda) * y.delta[own + i];
        }
      });
    },
  };
};

/** The partners' input: whoever fills the batch writes it. */
export const createPartnerInput: CreateLayer = () => ({ forward() {}, backward() {} });
