/** The reference against PyTorch's float64: 21 convolutional nets, to the last digits. */

import { describe, expect, it } from "vitest";
import { createStepper, gradients, openDevice } from "../../src/index.ts";
import { flattenParameters } from "../../src/model/layout.ts";
import { traceModel } from "../../src/model/trace.ts";
import { Network } from "../../src/reference/network.ts";
import {
  oracleBatch,
  oracleCases,
  oracleModel,
  oracleOptimizer,
  oracleParameters,
  tensorError,
  tensors,
  tensorsError,
} from "../convOracle.ts";

/** Both sides round at 1e-16, some of these sums have thousands of terms, and the file keeps 13 digits. */
const LIMIT = 1e-10;

const cases = await oracleCases();
const device = await openDevice({ backend: "cpu" });

describe("PyTorch's convolutional nets", () => {
  it("are 21", () => {
    expect(cases).toHaveLength(21);
  });

  it.each(cases.map((oracle) => [oracle.name, oracle] as const))("%s", async (_, oracle) => {
    const model = oracleModel(oracle);
    const parameters = oracleParameters(oracle);
    const batch = oracleBatch(oracle);
    const { expected } = oracle;
    const once = await gradients(device, { model, parameters, batch });
    expect(once.loss).toBeCloseTo(expected.loss, 11);
    expect(tensorError(once.sampleLosses, expected.per_example_loss.data)).toBeLessThan(LIMIT);
    expect(tensorsError(once.gradients, tensors(expected.grads))).toBeLessThan(LIMIT);
    for (const [name, optimizer] of Object.entries(oracle.optimizers)) {
      const after = expected.optimizers[name];
      const stepper = await createStepper(device, {
        model,
        parameters,
        optimizer: oracleOptimizer(optimizer),
      });
      for (const [step, loss] of after.losses_before_each_step.entries()) {
        expect(Math.abs((await stepper.step(batch)).loss - loss), `${name}, step ${step}`).toBeLessThan(
          LIMIT,
        );
        if (step === 0 && expected.buffers_after_1_forward !== undefined) {
          const buffers = tensors(expected.buffers_after_1_forward);
          expect(tensorsError(await stepper.parameters(), buffers), name).toBeLessThan(LIMIT);
        }
      }
      const trained = await stepper.parameters();
      expect(tensorsError(trained, tensors(after.params_after)), name).toBeLessThan(LIMIT);
      expect(tensorsError(trained, tensors(after.buffers_after)), name).toBeLessThan(LIMIT);
      const count = oracle.x.shape[0];
      const network = new Network(traceModel(model), count);
      network.inputs.set(oracle.x.data);
      network.forward({ ...flattenParameters(model, trained), count });
      expect(tensorError(network.logits, after.eval_logits_on_x.data), name).toBeLessThan(LIMIT);
    }
  });
});
