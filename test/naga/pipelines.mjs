/**
 * For Deno: makes every pipeline that was recorded in a folder (`test/native.setup.ts`), one after another. Prints a line of
 * JSON before and after each, so that a compiler that takes the process down is known by what it was given.
 */

import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

const [folder] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const adapter = await navigator.gpu.requestAdapter();
const { maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage } = adapter.limits;
const device = await adapter.requestDevice({
  requiredLimits: { maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage },
});
say({ adapter: adapter.info.description });
for (const file of readdirSync(folder).sort()) {
  const { label, code, constants, groups } = JSON.parse(readFileSync(`${folder}/${file}`, "utf8"));
  // Deno has no subgroups; where there are none, the library asks for the other text.
  if (/enable subgroups;/.test(code)) continue;
  say({ file });
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label, code });
  const bindGroupLayouts = groups.map((entries) => device.createBindGroupLayout({ entries }));
  const layout = device.createPipelineLayout({ bindGroupLayouts });
  device.createComputePipeline({ label, layout, compute: { module, constants } });
  const error = await device.popErrorScope();
  say({ file, error: error?.message ?? "" });
}
process.exit(0);
