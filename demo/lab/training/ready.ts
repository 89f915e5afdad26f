/** A device that can be worked with: opened again if it was lost while nobody trained. */

import { type Device, DeviceLostError } from "../../../src/index.ts";

/** @throws what has befallen the device, if that can't be mended. */
export async function ready(device: Device): Promise<void> {
  if (device.backend === "cpu") return;
  try {
    device.check();
  } catch (error) {
    if (!(error instanceof DeviceLostError)) throw error;
    await device.recover();
  }
}
