/**
 * Images of two channels (arXiv 2210.13512), of full size only: nothing is expected of their order, since the spread over seeds is
 * larger than the gap between laws. A population a seed: its laws share pairs of classes, images and weights.
 *
 * Every access should draw the other image and the weight anew; here an epoch does, of as many versions of the images as fit a
 * device's buffer, in turns.
 */

import type { ImageSplits } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import { relu } from "../../model/layers/activation.ts";
import { conv2d } from "../../model/layers/conv2d.ts";
import { dense } from "../../model/layers/dense.ts";
import { flatten } from "../../model/layers/flatten.ts";
import type { Model } from "../../model/layers/layer.ts";
import { maxPool2d } from "../../model/layers/pool2d.ts";
import { sequential } from "../../model/model.ts";
import { adam } from "../../model/optimizer.ts";
import { spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { RunConfig } from "../../population/population.ts";
import type { TrainConfig } from "../../training/training.ts";
import { selectRows, stacked } from "../splits.ts";
import { mixingOf } from "./laws.ts";
import { type ChannelGroup, LAWS } from "./results.ts";
import { twoChannelData } from "./twoChannels.ts";

const IMAGES = 2000;
const BATCH = 128;
const VERSIONS = 8;

/** A small net of two convolutions, as LeNet. */
function channelNet(shape: readonly number[], classes: number): Model {
  const block = (channels: number) => [
    conv2d(channels, { kernel: 3, padding: 1 }),
    relu(),
    maxPool2d({ kernel: 2 }),
  ];
  return sequential(shape, [...block(8), ...block(16), flatten(), dense(classes)]);
}

/**
 * All laws of one seed.
 * @throws ConfigError without images, or too few.
 */
export function channelPopulation(
  images: ImageSplits | undefined,
  seed: number,
  epochs: number,
): TrainConfig {
  if (images === undefined)
    throw new ConfigError("images", "missing: the full size trains on grey images, too.");
  const training = Math.min(IMAGES, images.train.labels.length);
  const test = Math.min(IMAGES, images.test.labels.length);
  const versions = range(VERSIONS).map((step) => {
    // Test images are the same at every step.
    const { data, splits } = twoChannelData({ images, seed, training, test: step === 0 ? test : 1, step });
    return { whole: data, splits, data: selectRows(data, splits.training) };
  });
  const { data, splits } = stacked(
    versions.map((version) => ({ data: version.data, splits: { training: version.splits.training } })),
  );
  const [{ whole, splits: first }] = versions;
  const perEpoch = Math.ceil(training / BATCH);
  const phases = range(epochs - 1, 1).map((epoch) => ({
    from: epoch * perEpoch,
    train: splits[epoch % VERSIONS].training,
  }));
  return {
    data,
    model: channelNet(data.shape!, data.targetSize),
    optimizer: adam({ learningRate: 1e-3 }),
    steps: epochs * perEpoch,
    batch: Math.min(BATCH, training),
    evaluationData: selectRows(whole, first.test),
    runs: LAWS.map((law): RunConfig => ({ seed, mixing: mixingOf(law), train: splits[0].training, phases })),
  };
}

/** Errors `[seeds][laws]` by law; none without seeds. */
export function channelGroups(errors: readonly (readonly (number | null)[])[]): ChannelGroup[] {
  if (errors.length === 0) return [];
  return LAWS.map((law, l) => {
    const own = errors.map((row) => row[l]);
    return { law, errors: own, error: spread(own) };
  });
}
