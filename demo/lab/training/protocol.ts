/**
 * What page and worker say to each other. Every message names the session it belongs to: a session is one description
 * being trained, and news of an older one is dropped. Big arrays are transferred, never copied, and at most one frame is
 * under way: the worker waits for `shown`.
 */

import type { AdapterInfo, WebGpuUnavailableReason } from "../../../src/index.ts";
import type { LabConfig } from "../state/fields.ts";
import type { EngineName, Race } from "./engines.ts";
import type { FairState } from "./training.ts";

export interface DeviceReport {
  readonly backend: "webgpu" | "cpu";
  readonly adapter: AdapterInfo;
  /** Net-steps a second of both engines, where they have raced for a training. */
  readonly race?: Race;
  /** Why it is the CPU, if WebGPU was wanted. */
  readonly unavailable?: { readonly reason: WebGpuUnavailableReason; readonly message: string };
}

/** Orders to the worker. */
export type Order =
  | { readonly type: "open"; readonly engine?: EngineName }
  | {
      readonly type: "start";
      readonly session: number;
      readonly config: LabConfig;
      /** Goes on from here; a library checkpoint. */
      readonly checkpoint?: Uint8Array;
      readonly paused: boolean;
    }
  | { readonly type: "play" | "pause" | "step" | "shown" }
  /** What of a recording to show: alpha, step and view of a state that is otherwise the session's. */
  | { readonly type: "look"; readonly config: LabConfig }
  | { readonly type: "theory"; readonly epsilon: number | null; readonly point: number }
  | { readonly type: "canvas"; readonly canvas: OffscreenCanvas }
  | { readonly type: "scene"; readonly scene: Scene }
  /** Answered by a `reply` of the same number. */
  | { readonly type: "request"; readonly request: number; readonly what: Request };

export type Request =
  | { readonly kind: "checkpoint" }
  /** Parameters of one run, as safetensors. */
  | { readonly kind: "weights"; readonly run: number }
  /** Loss around the net of one run. */
  | { readonly kind: "landscape"; readonly run: number }
  /** The 3-D view as a picture file. */
  | { readonly kind: "scene"; readonly scene: Scene };

/** How the 3-D view looks. */
export interface Scene {
  readonly view: "surface" | "landscape" | "none";
  readonly run: number;
  readonly width: number;
  readonly height: number;
  /** Radians: around the vertical, and above the horizon. */
  readonly azimuth: number;
  readonly elevation: number;
  /** In units of the scene, which is 2 wide. */
  readonly distance: number;
  /** sRGB, 0 to 1: background, low end, high end, lines. */
  readonly colors: readonly (readonly [number, number, number])[];
}

/** One picture's worth of news. */
export interface Frame {
  readonly step: number;
  readonly steps: number;
  /** Evaluations are sent as they come: these follow the first `firstEntry` that were sent before. */
  readonly firstEntry: number;
  readonly entrySteps: readonly number[];
  /** `[entries, R, Q]`: the experiment's quantities, such as error, loss, training loss. */
  readonly entries: Float32Array;
  /** `[R, M, K]`: probabilities at the probe grid; K is 1 (class 1) for two classes, else C. Of regression the outputs. */
  readonly probabilities: Float32Array;
  /** Samples of the latest batch of the last group's first run, `[B, 9]`, as `packSample` writes them. */
  readonly mixed: Float32Array;
  /** `[groups, size]`: filters over the input of each group's first net, a moment old; empty for nets without. */
  readonly filters: Float32Array;
  /** Steps of all runs a second; 0 while it stands. */
  readonly rate: number;
  /** Indices of runs that diverged. */
  readonly failed: readonly number[];
  /** Of learnt weights: where they stand; all are 1 without. */
  readonly fairWeights?: FairState;
  /** Of a recording: what of it this is. */
  readonly recorded?: RecordedFrame;
}

/** What of a recording a frame shows, and how far it has come. */
export interface RecordedFrame {
  /** Index of the alpha; -1 for all of them, in a sweep. */
  readonly alpha: number;
  /** Index of the step among those that are recorded, and how many there are by now. */
  readonly moment: number;
  readonly count: number;
  /** `[A, Q]`: means over the nets of each alpha at that step. */
  readonly relief: Float32Array;
  /** Of each alpha `[A]` at that step, NaN where it is not measured yet: a cosine to the max-margin direction, or a margin. */
  readonly geometry?: { readonly kind: "cosine" | "margin"; readonly values: Float32Array };
  /** While it is recorded, once it can be told. */
  readonly secondsLeft?: number;
}

export interface TheoryReport {
  /** Of the Beta law that it is about; null for another law. */
  readonly alpha: number | null;
  /** The radius that was asked for; null if none was. */
  readonly epsilon: number | null;
  /** J* in nats; null where it is not computed. */
  readonly optimalLoss: number | null;
  /** h_eps at the probe grid, `[M, K]` as in a frame; NaN where no mixture comes. Empty if not asked for. */
  readonly optimal: Float32Array;
  /** Of the point asked for: h_eps of its own class, and the effective eps of Mixup's mean probability there. */
  readonly pointProbability: number | null;
  readonly effectiveEpsilon: number | null;
  /** The smallest alpha, with these eps, at which h_eps misclassifies a training point; Infinity if none does, null where it is not computed. */
  readonly flipAlpha: number | null;
  /** Unit vector of the largest margin, for linear models of two classes in the plane. */
  readonly maxMargin: readonly [number, number] | null;
  readonly message?: string;
}

export interface Landscape {
  /** `[side, side]`, loss over both directions, x fastest; from -reach to reach. */
  readonly side: number;
  readonly reach: number;
  readonly losses: Float32Array;
  readonly milliseconds: number;
}

export interface ScenePicture {
  readonly png: Uint8Array;
  /** Of the training that it shows. */
  readonly step: number;
  /** Of a landscape: where its height is 1. */
  readonly largestLoss: number | undefined;
}

/** What a request is answered with. */
export type Answer = Uint8Array | Landscape | ScenePicture;

/** News from the worker. */
export type News =
  | { readonly type: "device"; readonly device: DeviceReport }
  | { readonly type: "frame"; readonly session: number; readonly frame: Frame }
  | {
      readonly type: "status";
      readonly session: number;
      readonly status: "preparing" | "running" | "paused" | "finished";
      readonly step: number;
      readonly executor?: string;
    }
  | { readonly type: "theory"; readonly session: number; readonly theory: TheoryReport }
  /** For safe keeping: what a new worker can go on from. */
  | {
      readonly type: "keep";
      readonly session: number;
      readonly checkpoint: Uint8Array;
      readonly step: number;
    }
  /** The GPU was lost and is back. */
  | { readonly type: "recovered"; readonly session: number }
  | { readonly type: "failed"; readonly session: number; readonly message: string; readonly path?: string }
  | { readonly type: "scene-note"; readonly message: string }
  | {
      readonly type: "reply";
      readonly request: number;
      readonly value?: Answer;
      readonly error?: string;
    };

/** Channels of probabilities that travel: class 1 says all about two classes. Of regression there is one output. */
export function channels(classes: number): number {
  return classes === 2 ? 1 : classes;
}
