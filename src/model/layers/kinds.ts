/** All kinds of layers there are: the one list of them. */

import { activationKind } from "./activation.ts";
import { batchNorm2dKind } from "./batchNorm2d.ts";
import { conv2dKind } from "./conv2d.ts";
import { denseKind } from "./dense.ts";
import { dropoutKind } from "./dropout.ts";
import { flattenKind } from "./flatten.ts";
import type { LayerKind } from "./layer.ts";
import { averagePool2dKind, globalAveragePoolKind, maxPool2dKind } from "./pool2d.ts";
import { residualKind } from "./residual.ts";
import { towersKind } from "./towers.ts";

/** Each kind by its name. A description's own type is its kind's business. */
export const LAYER_KINDS: ReadonlyMap<string, LayerKind> = byName(
  denseKind,
  conv2dKind,
  batchNorm2dKind,
  activationKind,
  maxPool2dKind,
  averagePool2dKind,
  globalAveragePoolKind,
  flattenKind,
  residualKind,
  towersKind,
  dropoutKind,
);

function byName(...kinds: { readonly kind: string }[]): ReadonlyMap<string, LayerKind> {
  return new Map(kinds.map((kind) => [kind.kind, kind as LayerKind]));
}
