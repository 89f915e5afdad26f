/**
 * Every error this library throws on purpose, in one hierarchy, so that a caller can tell them apart with
 * `instanceof` and show the message as it stands: each message says what was wrong, with the numbers, and what to do.
 *
 * Not here: bugs. A plain `Error` from this library is one.
 */

/** Base of all errors thrown on purpose by this library. */
export class MixupError extends Error {
  /** Literal, so that it survives minifying. */
  override name = "MixupError";
}

/** A description (data, model, mixing, optimizer, options ...) that can't be run. `path` says where in it. */
export class ConfigError extends MixupError {
  override name = "ConfigError";
  /** Where in the description, e.g. `runs[3].mixing.law.a`. */
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    const where = shortened(path, 100);
    super(shortened(where === "" ? message : `${where}: ${message}`, 290), options);
    this.path = where;
  }
}

/** Names and shapes from outside may be of any length; a message is to be read. */
function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Why WebGPU can't be used at all. */
export type WebGpuUnavailableReason = "no-webgpu" | "insecure-context" | "no-adapter" | "device-refused";

/** This browser, page or machine offers no WebGPU device. `backend: "cpu"` still works. */
export class WebGpuUnavailableError extends MixupError {
  override name = "WebGpuUnavailableError";
  readonly reason: WebGpuUnavailableReason;
  constructor(reason: WebGpuUnavailableReason, message: string, options?: ErrorOptions) {
    super(shortened(message, 290), options);
    this.reason = reason;
  }
}

/** The adapter lacks an optional WebGPU feature that was asked for. */
export class MissingFeatureError extends MixupError {
  override name = "MissingFeatureError";
  readonly feature: string;
  constructor(feature: string) {
    super(
      `The WebGPU adapter does not offer the feature "${shortened(feature, 100)}". Leave it out of the request.`,
    );
    this.feature = feature;
  }
}

/** The work needs more than the adapter allows. Raised by planning, before anything is allocated. */
export class LimitError extends MixupError {
  override name = "LimitError";
  /** Name of the limit, as WebGPU spells it. */
  readonly limit: string;
  readonly needed: number;
  readonly available: number;
  constructor(limit: string, needed: number, available: number, advice: string) {
    super(`${limit}: ${needed} needed, ${available} available. ${advice}`);
    this.limit = limit;
    this.needed = needed;
    this.available = available;
  }
}

/** The adapter ran out of memory while buffers were being made. What had been made for this request is freed. */
export class OutOfMemoryError extends MixupError {
  override name = "OutOfMemoryError";
  /** Bytes asked for by the request that failed. */
  readonly bytes: number;
  constructor(bytes: number, label: string, options?: ErrorOptions) {
    super(
      `Out of GPU memory: ${label} needs ${bytes} bytes. Train fewer runs at once or a smaller net.`,
      options,
    );
    this.bytes = bytes;
  }
}

/** A handle was used after its end: a stepper, training or population after `destroy()`. */
export class DestroyedError extends MixupError {
  override name = "DestroyedError";
  /** What it was: "stepper", "training", "population". */
  readonly handle: string;
  constructor(handle: string) {
    super(`This ${handle} was destroyed by destroy(). Make another.`);
    this.handle = handle;
  }
}

/** The GPU device was lost, or destroyed behind our back. State up to the last checkpoint is safe. */
export class DeviceLostError extends MixupError {
  override name = "DeviceLostError";
  /** WebGPU's reason: "destroyed" or "unknown". */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(`The GPU device was lost (${reason}). ${message}`.trim(), options);
    this.reason = reason;
  }
}

/** A shader did not compile. A bug of ours, or of the browser: please report it with this message. */
export class ShaderError extends MixupError {
  override name = "ShaderError";
  readonly kernel: string;
  /** 1-based line and column in the linked WGSL. */
  readonly line: number;
  readonly column: number;
  constructor(kernel: string, line: number, column: number, message: string) {
    super(`Kernel ${kernel}, ${line}:${column}: ${message}`);
    this.kernel = kernel;
    this.line = line;
    this.column = column;
  }
}

/** A run met a NaN or an infinity. It is frozen at its last finite parameters; its neighbours train on. */
export class NonFiniteError extends MixupError {
  override name = "NonFiniteError";
  /** Index of the run in `config.runs`. */
  readonly run: number;
  /** First step (0-based) that could not be computed in finite numbers. */
  readonly step: number;
  constructor(run: number, step: number) {
    super(
      `Run ${run} diverged: step ${step} is not finite. Lower its learning rate. Other runs are not affected.`,
    );
    this.run = run;
    this.step = step;
  }
}
