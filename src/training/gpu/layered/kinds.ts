/** The dispatches of every kind of stage: the one list of them. */

import { concatenateLayer, sliceLayer } from "./columns.ts";
import { conv2dLayer } from "./conv2d.ts";
import { denseLayer } from "./dense.ts";
import type { GpuLayer } from "./dispatch.ts";
import { addLayer, copyLayer, dropoutLayer, hiddenMixLayer } from "./elementwise.ts";
import { averagePool2dLayer, globalAveragePoolLayer, maxPool2dLayer } from "./pool2d.ts";

/** What computes nothing: inputs. */
const nothing: GpuLayer = { work: () => 0, forward: () => [], backward: () => [] };

export const GPU_LAYERS: Readonly<Record<string, GpuLayer>> = {
  input: nothing,
  partnerInput: nothing,
  slice: sliceLayer,
  concatenate: concatenateLayer,
  copy: copyLayer,
  dense: denseLayer,
  conv2d: conv2dLayer,
  maxPool2d: maxPool2dLayer,
  averagePool2d: averagePool2dLayer,
  globalAveragePool: globalAveragePoolLayer,
  add: addLayer,
  dropout: dropoutLayer,
  hiddenMix: hiddenMixLayer,
};
