/** Which backend a command takes: of what there is, and of what was asked for. */

import { expect, test } from "vitest";
import { chooseBackend } from "../../src/cli/backends/backend.ts";

const native = (isFallback: boolean) => async () => ({
  gpu: {},
  globals: {},
  isFallback,
  computedBy: "Node",
});
const none = async () => ({ reason: "There is no driver." });

test.each([
  ["a GPU in Node before anything else", native(false), true, "native"],
  ["a browser's GPU before a software adapter in Node", native(true), true, "browser"],
  ["software in Node before software in a browser", native(true), false, "native"],
  ["a browser where Node has nothing", none, true, "browser"],
  ["a browser's software where there is nothing else", none, false, "browser"],
])("auto takes %s", async (_, find, browserHasGpu, expected) => {
  const chosen = await chooseBackend("auto", find, () => browserHasGpu);
  expect(typeof chosen === "string" ? chosen : "native").toBe(expected);
});

test("what is asked for is taken, or refused with what would help", async () => {
  const never = async () => expect.unreachable();
  expect(await chooseBackend("cpu", never)).toBe("cpu");
  expect(await chooseBackend("browser", never)).toBe("browser");
  expect(await chooseBackend("native", native(true), () => true)).toMatchObject({ isFallback: true });
  await expect(chooseBackend("native", none)).rejects.toMatchObject({
    name: "WebGpuUnavailableError",
    message: expect.stringContaining("There is no driver. --backend browser"),
  });
});
