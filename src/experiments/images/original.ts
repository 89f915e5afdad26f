/**
 * The paper's own image runs (section 2.4): ResNet-18 on all images for 50 epochs, one net after the other. Hours on a GPU, so
 * it says first what it will cost, keeps what is done, and goes on with it.
 *
 * Not here: the net and its data (`settings.ts`).
 */

import { beta } from "../../mixing/laws.ts";
import { erm, mixup } from "../../mixing/mixing.ts";
import { adam } from "../../model/optimizer.ts";
import { range } from "../../population/grid.ts";
import type { TrainConfig, Training } from "../../training/training.ts";
import { VERSION } from "../../version.ts";
import type { OnProgress } from "../experiment.ts";
import { keep, readKept, type Store } from "../store.ts";
import { follow, type Trainer } from "../trainer.ts";
import { costInWords, costOf } from "./cost.ts";
import { groupOf, recordsOf, testErrors } from "./groups.ts";
import type { ImageGroup, ImageRun } from "./results.ts";
import type { Setting } from "./settings.ts";

/** What is trained, and how long. */
export interface OriginalRuns {
  readonly seeds: number;
  /** Null for ERM. */
  readonly laws: readonly (number | null)[];
  readonly epochs: number;
  readonly learningRate: number;
  /** Of the training under way at most so much is lost, in ms; default ten minutes. */
  readonly checkpointEvery?: number;
}

const TEN_MINUTES = 10 * 60 * 1000;

/** Keeps nothing. */
const NOWHERE: Store = { read: async () => undefined, write: async () => {} };

/** One run as the authors train it, but that Adam begins anew with each: theirs carries its moments over. */
export function originalRun(
  { model, data, batch }: Setting,
  { epochs, learningRate }: OriginalRuns,
  seed: number,
  alpha: number | null,
): TrainConfig {
  const perEpoch = Math.ceil(data.size / batch);
  return {
    data,
    model,
    optimizer: adam({ learningRate }),
    steps: epochs * perEpoch,
    batch,
    lastBatch: "keep",
    evaluateEvery: perEpoch,
    runs: [{ seed, mixing: alpha === null ? erm() : mixup(beta(alpha)) }],
  };
}

/**
 * Trains all runs of a setting that are not yet kept.
 * @throws AbortError (the signal's reason) when stopped; the trainer's errors as they are.
 */
export async function trainOriginal(
  trainer: Trainer,
  setting: Setting,
  asked: OriginalRuns,
  onProgress: OnProgress,
  signal?: AbortSignal,
  store: Store = NOWHERE,
): Promise<ImageGroup[]> {
  const { seeds, laws, epochs } = asked;
  const data = fingerprint(setting.data);
  const wanted = range(seeds).flatMap((seed) => laws.map((alpha) => ({ seed, alpha })));
  const kept = new Map<string, ImageRun>();
  for (const { seed, alpha } of wanted) {
    const name = nameOf(seed, alpha);
    const record = await readKept<ImageRun>(store, `${name}.json`, keyOf(asked, data, seed, alpha));
    if (record !== undefined) kept.set(name, record);
  }
  const left = wanted.filter(({ seed, alpha }) => !kept.has(nameOf(seed, alpha)));
  if (left.length > 0) {
    const notice = costInWords(
      await costOf(trainer, setting, signal),
      setting,
      epochs,
      left.length,
      kept.size,
    );
    onProgress({ label: "ResNet-18", step: 0, steps: 0, fraction: 0, notice });
  }
  for (const [i, { seed, alpha }] of left.entries()) {
    const name = nameOf(seed, alpha);
    const config = originalRun(setting, asked, seed, alpha);
    const key = keyOf(asked, data, seed, alpha);
    const training = await begun(trainer, config, key, signal, store);
    const keeper = checkpoints(training, key, store, asked.checkpointEvery ?? TEN_MINUTES);
    try {
      const report = (step: number) => {
        keeper.look();
        const fraction = (0.97 * (i + step / config.steps)) / left.length;
        onProgress({ label: `${name}, run ${i + 1} of ${left.length}`, step, steps: config.steps, fraction });
      };
      const result = await follow(training, report, signal);
      const [record] = recordsOf(config, result, await testErrors(trainer, setting, result, signal));
      // Before anything that a full disk may spoil: the record is small.
      kept.set(name, record);
      await keep(store, `${name}.json`, key, record);
      await keeper.done();
    } finally {
      training.destroy();
    }
  }
  return laws.map((alpha) =>
    groupOf(
      setting,
      alpha,
      range(epochs).map((epoch) => epoch + 1),
      range(seeds).map((seed) => kept.get(nameOf(seed, alpha))!),
    ),
  );
}

const CHECKPOINT = "training.safetensors";
const CHECKPOINT_OF = "training.json";

/** The training of a run: from its checkpoint, if that is of this run. */
async function begun(
  trainer: Trainer,
  config: TrainConfig,
  key: string,
  signal: AbortSignal | undefined,
  store: Store,
): Promise<Training> {
  const isKept = (await readKept<boolean>(store, CHECKPOINT_OF, key)) ?? false;
  const checkpoint = isKept ? await store.read(CHECKPOINT) : undefined;
  return checkpoint === undefined
    ? trainer.train(config, { signal })
    : trainer.resume(checkpoint, { signal });
}

/** Keeps a checkpoint now and then, one after the other, beside the training. */
function checkpoints(training: Training, key: string, store: Store, every: number) {
  let last = performance.now();
  let writing: Promise<void> | undefined;
  const write = async () => {
    const bytes = await training.checkpoint();
    // Which run it is of is written last: until then it is of none.
    await keep(store, CHECKPOINT_OF, "", false);
    await store.write(CHECKPOINT, bytes);
    await keep(store, CHECKPOINT_OF, key, true);
  };
  return {
    look() {
      if (writing !== undefined || performance.now() - last < every) return;
      writing = write().finally(() => {
        writing = undefined;
        last = performance.now();
      });
      // It is awaited in the end; until then a rejection must not count as unhandled.
      writing.catch(() => {});
    },
    done: async () => writing,
  };
}

function nameOf(seed: number, alpha: number | null): string {
  return `${alpha === null ? "erm" : `alpha-${alpha}`}-seed-${seed}`;
}

/** What a run's outcome depends on. */
function keyOf(
  { epochs, learningRate }: OriginalRuns,
  data: string,
  seed: number,
  alpha: number | null,
): string {
  return JSON.stringify({ version: VERSION, data, epochs, learningRate, seed, alpha });
}

/** Images and labels in short: FNV-1a of their bits. */
function fingerprint({ size, shape, points, labels }: Setting["data"]): string {
  let hash = 0x811c9dc5;
  for (const words of [new Uint32Array(points.buffer, points.byteOffset, points.length), labels!])
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i], 0x01000193);
  return `${size} x ${shape} ${(hash >>> 0).toString(16)}`;
}
