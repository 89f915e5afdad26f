/**
 * The worker of one engine: the only place in a page where an engine's code runs. The page tells it what to do (`protocol.ts`).
 *
 * Not here: what it does (`engineMethods.ts`).
 */

import { DeviceLostError } from "../errors.ts";
import { engineMethods } from "./engineMethods.ts";
import { NotOffered } from "./engines/engine.ts";
import type { Call, Reply } from "./protocol.ts";

const { methods } = engineMethods();

globalThis.addEventListener("message", async ({ data: { id, method, args } }: MessageEvent<Call>) => {
  let reply: Reply;
  try {
    reply = { id, value: await (methods[method] as (...args: readonly unknown[]) => unknown)(...args) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [notOffered, deviceLost] = [error instanceof NotOffered, error instanceof DeviceLostError];
    reply = { id, error: { message: message || "no reason given", notOffered, deviceLost } };
  }
  postMessage(reply);
});
