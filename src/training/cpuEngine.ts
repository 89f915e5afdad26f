// Placeholder until the reference lands.
import type { Population } from "../population/config.ts";
import type { CurveRecorder } from "./curves.ts";
import type { Engine, Snapshot } from "./engine.ts";
export function createCpuEngine(_population: Population, _recorder: CurveRecorder, _budget: number, _snapshot?: Snapshot): Engine { throw new Error("not yet"); }
