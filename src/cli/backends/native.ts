/**
 * WebGPU without a browser: npm's `webgpu`, the implementation inside Chrome for Node, where it is installed and finds a driver.
 *
 * Not here: the choice between it and a browser (`backend.ts`).
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { findBrowser } from "./browser.ts";

/** A `GPU` in Node that has an adapter. */
export interface NativeGpu {
  /** What `openDevice({ gpu })` takes. */
  readonly gpu: object;
  /** The classes and constants of WebGPU that a page has as globals; the library needs none of them. */
  readonly globals: object;
  readonly isFallback: boolean;
  /** `Node 20.19.0, webgpu 0.6.2`. */
  readonly computedBy: string;
}

/** What npm's `webgpu` exports of what is needed here. */
interface WebGpuModule {
  create(flags: string[]): GPU;
  readonly globals: object;
}

/** Where there is none, and what would help, as a sentence. */
export interface NoNative {
  readonly reason: string;
}

/** Looks for an adapter in Node: of a real GPU, else of the software driver that a Chromium brings along. */
export async function findNative(): Promise<NativeGpu | NoNative> {
  const module = await loadModule();
  if (module === undefined) return { reason: "npm install webgpu brings WebGPU to Node." };
  if (!hasLoader()) return { reason: "There is no Vulkan loader: install libvulkan1 and your GPU's driver." };
  const found = hasDriver() ? await adapterOf(module) : undefined;
  if (found !== undefined) return found;
  const driver = softwareDriver();
  if (driver === undefined || process.env.VK_DRIVER_FILES !== undefined) return { reason: NO_ADAPTER };
  process.env.VK_DRIVER_FILES = driver;
  return (await adapterOf(module)) ?? { reason: NO_ADAPTER };
}

const NO_ADAPTER = "Node found no adapter: install your GPU's driver for Vulkan, Metal or D3D12.";

/** Where Vulkan's loader looks for drivers on Linux. */
const DRIVERS = ["/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"];

/** Whether there may be a driver. Where there is none, asking for one makes Dawn complain on stderr. */
function hasDriver(): boolean {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (process.platform !== "linux" || named !== undefined) return true;
  const folders = [...DRIVERS, join(homedir(), ".local/share/vulkan/icd.d")];
  return folders.some(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(".json")),
  );
}

async function loadModule(): Promise<WebGpuModule | undefined> {
  try {
    // By a variable: bundlers leave it alone, and it need not be there.
    const name = "webgpu";
    return (await import(/* @vite-ignore */ name)) as WebGpuModule;
  } catch {
    return undefined;
  }
}

async function adapterOf({ create, globals }: WebGpuModule): Promise<NativeGpu | undefined> {
  const gpu = create([]);
  // Implementations answer null, or an error, where there is none.
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter === null) return undefined;
  return {
    gpu,
    globals,
    isFallback: adapter.info.isFallbackAdapter,
    computedBy: `Node ${process.versions.node}, webgpu ${moduleVersion()}`,
  };
}

function moduleVersion(): string {
  try {
    const main = createRequire(import.meta.url).resolve("webgpu");
    return (JSON.parse(readFileSync(join(dirname(main), "package.json"), "utf8")) as { version: string })
      .version;
  } catch {
    return "of an unknown version";
  }
}

/** Whether Linux can load a Vulkan driver at all; without a loader, Dawn complains on stderr. Other systems bring their own. */
function hasLoader(): boolean {
  if (process.platform !== "linux") return true;
  const own = (process.env.LD_LIBRARY_PATH ?? "").split(":").filter((folder) => folder !== "");
  if (own.some((folder) => existsSync(join(folder, "libvulkan.so.1")))) return true;
  try {
    return readFileSync("/etc/ld.so.cache").includes("libvulkan.so.1");
  } catch {
    // Who has no such list may still have a loader.
    return true;
  }
}

/** The description of SwiftShader's driver beside a browser. */
function softwareDriver(): string | undefined {
  const places = ["/usr/lib/chromium"];
  try {
    const browser = findBrowser();
    if (browser !== undefined) places.unshift(dirname(browser));
  } catch {
    // Without a browser's package, or with the name of one that is none: it is not a browser that is asked for.
  }
  return places.map((folder) => join(folder, "vk_swiftshader_icd.json")).find((path) => existsSync(path));
}
