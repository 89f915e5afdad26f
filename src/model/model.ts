/**
 * Nets of layers: how they are made and checked. A model is a description, without parameters, that survives JSON.
 *
 * Not here: ready-made lists (`nets.ts`), what the layers make of shapes (`trace.ts`), first values
 * (`initialization.ts`), the computation (`reference/`, `kernels/`).
 */

import { checkInteger, checkObject, checkOptions, nearest, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { MOST_UNITS } from "./layers/dense.ts";
import { LAYER_KINDS } from "./layers/kinds.ts";
import { type Layer, type Model, sizeOf } from "./layers/layer.ts";
import { traceModel } from "./trace.ts";

/**
 * A net of layers, one after the other, e.g.
 * `sequential([1, 28, 28], [conv2d(8, { kernel: 3, padding: 1 }), relu(), globalAveragePool(), dense(10)])`.
 * Parameters are named as PyTorch's `nn.Sequential` does, by place, or by the layers' own names.
 * @throws ConfigError for a layer that does not fit the shape that it gets.
 */
export function sequential(inputShape: readonly number[], layers: readonly Layer[]): Model {
  return checkModel({ inputShape, layers });
}

/** Most layers of one list, how deep lists may lie in lists, and most numbers of one point. */
const MOST_LAYERS = 1000;
const MOST_DEPTH = 4;

/** Names are keys of files and of objects. */
const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;

/**
 * A copy of a model if it can be run, whoever wrote it.
 * @throws ConfigError naming what is wrong.
 */
export function checkModel(model: Model, path = "model"): Model {
  checkOptions(path, model, ["inputShape", "layers"]);
  const { inputShape, layers } = model;
  if (!Array.isArray(inputShape) || (inputShape.length !== 1 && inputShape.length !== 3))
    throw new ConfigError(`${path}.inputShape`, "give [dimensions] or [channels, height, width].");
  for (const [i, side] of inputShape.entries())
    checkInteger(`${path}.inputShape[${i}]`, side, 1, MOST_UNITS, "a size");
  if (sizeOf(inputShape) > MOST_UNITS)
    throw new ConfigError(`${path}.inputShape`, `[${inputShape}] has more than ${MOST_UNITS} numbers.`);
  const checked = { inputShape: [...inputShape], layers: checkLayers(`${path}.layers`, layers, 0) };
  if (checked.layers.length === 0)
    throw new ConfigError(`${path}.layers`, "a net needs at least one layer, such as dense(2).");
  traceModel(checked, undefined, path);
  return checked;
}

function checkLayers(path: string, layers: readonly Layer[], depth: number): readonly Layer[] {
  if (!Array.isArray(layers) || layers.length > MOST_LAYERS)
    throw new ConfigError(path, `give a list of layers, such as [dense(10)], and at most ${MOST_LAYERS}.`);
  if (depth > MOST_DEPTH) throw new ConfigError(path, `blocks within blocks, more than ${MOST_DEPTH} deep.`);
  return Array.from(layers, (layer: Layer, l) => {
    const at = `${path}[${l}]`;
    checkObject(at, layer, "Give a layer such as dense(10).");
    const kind = LAYER_KINDS.get(layer.kind);
    if (kind === undefined) {
      const near = typeof layer.kind === "string" ? nearest(layer.kind, [...LAYER_KINDS.keys()]) : undefined;
      throw new ConfigError(
        `${at}.kind`,
        `unknown layer ${shown(layer.kind)}. ${near === undefined ? "" : `Did you mean ${near}? `}Known: ${[...LAYER_KINDS.keys()].join(", ")}.`,
      );
    }
    if (layer.name !== undefined && (typeof layer.name !== "string" || !NAME.test(layer.name)))
      throw new ConfigError(
        `${at}.name`,
        `${shown(layer.name)} is no name. Use letters, digits, "_", "-" and ".".`,
      );
    return kind.check(at, layer, (inner, list) => checkLayers(inner, list, depth + 1));
  });
}
