/** Adam as plain loops over Float32Arrays, for the yardstick's nets (`plainNet.ts`, `plainLayeredNet.ts`). */

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Updates parameters in place by gradients that are there; keeps moments and the number of steps. */
export function plainAdam(
  parameters: Float32Array,
  gradients: Float32Array,
  learningRate: number,
): () => void {
  const firstMoments = new Float32Array(parameters.length);
  const secondMoments = new Float32Array(parameters.length);
  let t = 0;
  return () => {
    t++;
    const stepSize = learningRate / (1 - BETA1 ** t);
    const correction = 1 / Math.sqrt(1 - BETA2 ** t);
    for (let i = 0; i < parameters.length; i++) {
      const g = gradients[i];
      const m = BETA1 * firstMoments[i] + (1 - BETA1) * g;
      const v = BETA2 * secondMoments[i] + (1 - BETA2) * g * g;
      firstMoments[i] = m;
      secondMoments[i] = v;
      parameters[i] -= (stepSize * m) / (Math.sqrt(v) * correction + EPSILON);
    }
  };
}
