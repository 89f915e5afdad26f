/** The reference of every kind of operation: the one list of them. */

import { createBatchNorm2d } from "./batchNorm2d.ts";
import { createConcatenate, createSlice } from "./columns.ts";
import { createConv2d } from "./conv2d.ts";
import { createDense } from "./dense.ts";
import { createActivation, createAdd, createDropout, createFlatten } from "./elementwise.ts";
import { createHiddenMix, createPartnerInput } from "./hiddenMix.ts";
import type { CreateLayer } from "./layer.ts";
import { createAveragePool2d, createGlobalAveragePool, createMaxPool2d } from "./pool2d.ts";

export const REFERENCE_LAYERS: Readonly<Record<string, CreateLayer>> = {
  dense: createDense,
  conv2d: createConv2d,
  batchNorm2d: createBatchNorm2d,
  activation: createActivation,
  maxPool2d: createMaxPool2d,
  averagePool2d: createAveragePool2d,
  globalAveragePool: createGlobalAveragePool,
  flatten: createFlatten,
  add: createAdd,
  slice: createSlice,
  concatenate: createConcatenate,
  dropout: createDropout,
  hiddenMix: createHiddenMix,
  partnerInput: createPartnerInput,
};
