/**
 * The GPU against PyTorch's float64: 21 convolutional nets, loss, gradients, running statistics and three steps of every
 * optimizer, to 20 times what PyTorch's own 32-bit floats are off.
 */

import { describe, expect, it } from "vitest";
import { createStepper, gradients, type NamedTensors } from "../../src/index.ts";
import {
  type OracleCase,
  oracleBatch,
  oracleCases,
  oracleModel,
  oracleOptimizer,
  oracleParameters,
  tensorError,
  tensors,
  tensorsError,
} from "../convOracle.ts";
import { testDevice } from "../kernels/harness.ts";
import { selected } from "../selected.ts";

const cases = await oracleCases();

/** Never tighter than this share of a tensor's largest value: sums in another order. */
const LEAST = 2e-5;

function limitOf({ float32_torch_deviation }: OracleCase, name: string): number {
  return Math.max(LEAST, 20 * (float32_torch_deviation[name]?.max_rel_to_tensor_max ?? 0));
}

function expectClose(oracle: OracleCase, what: string, actual: NamedTensors, expected: NamedTensors): void {
  expect(tensorsError(actual, expected), what).toBeLessThan(limitOf(oracle, what));
}

describe("PyTorch's convolutional nets", () => {
  it.each(selected(cases).map((oracle) => [oracle.name, oracle] as const))("%s", async (_, oracle) => {
    const device = await testDevice();
    const model = oracleModel(oracle);
    const parameters = oracleParameters(oracle);
    const batch = oracleBatch(oracle);
    const { expected } = oracle;
    const once = await gradients(device, { model, parameters, batch });
    expect(Math.abs(once.loss / expected.loss - 1)).toBeLessThan(limitOf(oracle, "loss"));
    expect(tensorError(once.sampleLosses, expected.per_example_loss.data)).toBeLessThan(
      limitOf(oracle, "per_example_loss"),
    );
    expectClose(oracle, "grads", once.gradients, tensors(expected.grads));
    for (const [name, optimizer] of Object.entries(oracle.optimizers)) {
      const after = expected.optimizers[name];
      const stepper = await createStepper(device, {
        model,
        parameters,
        optimizer: oracleOptimizer(optimizer),
      });
      for (const [step, loss] of after.losses_before_each_step.entries()) {
        // A look at the gradients between two steps moves nothing.
        if (step === 1) await stepper.gradients(batch);
        const error = Math.abs((await stepper.step(batch)).loss / loss - 1);
        expect(error, `${name}, step ${step}`).toBeLessThan(
          limitOf(oracle, `optimizers/${name}/losses_before_each_step`),
        );
        if (step === 0 && expected.buffers_after_1_forward !== undefined) {
          const buffers = tensors(expected.buffers_after_1_forward);
          expectClose(oracle, "buffers_after_1_forward", await stepper.parameters(), buffers);
        }
      }
      const trained = await stepper.parameters();
      expectClose(oracle, `optimizers/${name}/params_after`, trained, tensors(after.params_after));
      expectClose(oracle, `optimizers/${name}/buffers_after`, trained, tensors(after.buffers_after));
      stepper.destroy();
    }
  });
});
