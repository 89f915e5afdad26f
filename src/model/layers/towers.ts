/**
 * Layer `towers`: nets side by side, each with a part of the point of its own; their outputs stand one after the other. Two of them are
 * what pairs are trained with.
 */

import { checkInteger, checkOptions, defined, shown } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { MOST_UNITS } from "./dense.ts";
import { type Layer, type LayerKind, type LayerOptions, sizeOf } from "./layer.ts";

export interface Towers extends Layer {
  readonly kind: "towers";
  readonly towers: readonly (readonly Layer[])[];
  /** Of each tower's part of the point; absent where the parts are equal rows of numbers. */
  readonly inputShapes?: readonly (readonly number[])[];
}

/** Layer of a {@link SLICE} operation: numbers of a point from `from` on. */
export interface Slice extends Layer {
  readonly kind: typeof SLICE;
  readonly from: number;
}

/** Kinds of the operations before and behind the towers. */
export const SLICE = "slice";
export const CONCATENATE = "concatenate";

const MOST_TOWERS = 16;

/**
 * Towers, each a list of layers. The net's points are the towers' parts, one after the other: of equal lengths, or of `inputShapes`, such
 * as `[[1, 8, 4], [32]]`. Stands first in its net. Layers are named `<name>.<tower>.<place>`, as PyTorch's `ModuleList` of `Sequential`s
 * has them.
 * @throws ConfigError
 */
export function towers(
  lists: readonly (readonly Layer[])[],
  options: LayerOptions & { inputShapes?: readonly (readonly number[])[] } = {},
): Towers {
  checkOptions("layer", options, ["name", "inputShapes"]);
  return { kind: "towers", towers: lists, ...defined(options) };
}

export const towersKind: LayerKind<Towers> = {
  kind: "towers",
  check(path, layer, checkLayers) {
    checkOptions(path, layer, ["kind", "name", "towers", "inputShapes"]);
    const { towers: lists, inputShapes: shapes } = layer;
    if (!Array.isArray(lists) || lists.length === 0 || lists.length > MOST_TOWERS)
      throw new ConfigError(`${path}.towers`, `give 1 to ${MOST_TOWERS} lists of layers.`);
    if (shapes !== undefined && (!Array.isArray(shapes) || shapes.length !== lists.length))
      throw new ConfigError(`${path}.inputShapes`, `give ${lists.length} shapes, one for each tower.`);
    return {
      ...layer,
      towers: Array.from(lists, (list, t) => checkLayers(`${path}.towers[${t}]`, list)),
      ...(shapes && {
        inputShapes: Array.from(shapes, (shape, t) => checkedShape(`${path}.inputShapes[${t}]`, shape)),
      }),
    };
  },
  trace(tracer, layer, input, name, path) {
    if (input !== 0)
      throw new ConfigError(path, "towers take the net's own points: nothing may stand before them.");
    const size = sizeOf(tracer.shape(input));
    const shapes = layer.inputShapes ?? equalShapes(size, layer.towers.length, path);
    const needed = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
    if (needed !== size)
      throw new ConfigError(`${path}.inputShapes`, `${needed} numbers in all, but points have ${size}.`);
    let from = 0;
    const outputs = layer.towers.map((layers, t) => {
      const slice: Slice = { kind: SLICE, from };
      const own = `${name}.${t}`;
      const part = tracer.operation({
        kind: SLICE,
        name: own,
        layer: slice,
        inputs: [input],
        shape: shapes[t],
      });
      from += sizeOf(shapes[t]);
      const output = tracer.layers(`${path}.towers[${t}]`, `${own}.`, layers, part);
      const shape = tracer.shape(output);
      if (shape.length !== 1)
        throw new ConfigError(
          `${path}.towers[${t}]`,
          `ends in shape [${shape}], but towers end in one dimension: add flatten().`,
        );
      return output;
    });
    const width = outputs.reduce((sum, output) => sum + tracer.shape(output)[0], 0);
    return tracer.operation({ kind: CONCATENATE, name, layer, inputs: outputs, shape: [width] });
  },
};

function equalShapes(size: number, count: number, path: string): number[][] {
  if (size % count !== 0)
    throw new ConfigError(
      path,
      `points of ${size} numbers don't part into ${count} equal rows: give inputShapes.`,
    );
  return Array.from({ length: count }, () => [size / count]);
}

function checkedShape(path: string, shape: unknown): number[] {
  if (!Array.isArray(shape) || (shape.length !== 1 && shape.length !== 3))
    throw new ConfigError(path, `${shown(shape)}: give [dimensions] or [channels, height, width].`);
  return Array.from(shape, (side, i) => checkInteger(`${path}[${i}]`, side, 1, MOST_UNITS, "a size"));
}
