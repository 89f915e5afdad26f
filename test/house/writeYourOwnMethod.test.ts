/** The page "Write your own method": its code as shown, on the CPU, prints what the page says it prints. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

test("the code of the page prints what the page says", async () => {
  const page = await readFile(join(ROOT, "docs/write-your-own-method.md"), "utf8");
  const code = page.match(/```ts\n([\s\S]*?)```/)![1];
  const [, printed] = page.match(/It prints\n\n```text\n([\s\S]*?)\n```/)!;
  // A page is read in one sitting.
  expect(code.split("\n").length).toBeLessThan(70);
  // The public API alone.
  expect([...code.matchAll(/from "([^"]*)"/g)].map(([, from]) => from)).toEqual(["mixup-webgpu"]);
  const folder = await mkdtemp(join(tmpdir(), "mixup-method-"));
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    const file = join(folder, "method.ts");
    const here = code
      .replace('"mixup-webgpu"', JSON.stringify(join(ROOT, "src/index.ts")))
      .replace("openDevice()", 'openDevice({ backend: "cpu" })');
    await writeFile(file, here);
    await import(/* @vite-ignore */ file);
    expect(log.mock.calls.map(([line]) => line).join("\n")).toBe(printed);
  } finally {
    log.mockRestore();
    await rm(folder, { recursive: true });
  }
});
