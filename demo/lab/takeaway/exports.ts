/** What leaves the page: files of metrics. Nothing is sent anywhere. Not here: figures (`figures.ts`) and their PNG (`png.ts`). */

import type { LabConfig } from "../state/fields.ts";
import type { Experiment } from "../training/experiment.ts";
import type { History } from "../training/measured/history.ts";
import { gridSize } from "../training/probes.ts";
import type { DeviceReport, Frame } from "../training/protocol.ts";

/** Hands a file to the user. */
export function download(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** One row a run and evaluation. */
export function metricsCsv(experiment: Experiment, history: History): string {
  const { quantities } = experiment;
  const rows = [["run,seed,group,step", ...quantities.map(({ column }) => column)].join(",")];
  for (const { name, firstRun, runs } of experiment.groups) {
    for (let run = firstRun; run < firstRun + runs; run++) {
      const { seed } = experiment.train.runs[run];
      history.steps.forEach((step, e) => {
        const values = quantities.map((_, q) => {
          const value = history.value(e, run, q);
          // A run that has diverged measures nothing.
          return Number.isNaN(value) ? "" : value;
        });
        rows.push([run, seed, `"${name}"`, step, ...values].join(","));
      });
    }
  }
  return `${rows.join("\n")}\n`;
}

/** Everything that is shown, as plain numbers. */
export function resultsJson(
  config: LabConfig,
  { groups, train, picture, probe, classNames, quantities, fairWeights }: Experiment,
  device: DeviceReport | undefined,
  history: History,
  frame: Frame,
) {
  const { data } = train;
  const R = train.runs.length;
  const isClasses = data.labels !== undefined;
  const classes = data.targetSize;
  const K = isClasses && classes === 2 ? 1 : classes;
  const M = probe.points.length / data.dimensions;
  const grid = gridSize(probe);
  const theta = (run: number) =>
    frame.fairWeights!.thetas.subarray(run * data.dimensions, (run + 1) * data.dimensions);
  const at = (run: number, from: number, to: number) =>
    Array.from(frame.probabilities.subarray((run * M + from) * K, (run * M + to) * K));
  return {
    format: "mixup-webgpu lab 1",
    config,
    backend: device?.backend,
    adapter: device?.adapter,
    step: frame.step,
    steps: frame.steps,
    measured: Object.fromEntries(quantities.map(({ key, what }) => [key, what])),
    data: {
      dimensions: data.dimensions,
      ...(picture === "images" ? { shape: data.shape } : {}),
      ...(isClasses ? { classes, classNames } : {}),
      points: Array.from(data.points),
      ...(data.labels === undefined
        ? { targets: Array.from(data.targets) }
        : { labels: Array.from(data.labels) }),
    },
    probe: { low: probe.low, high: probe.high, columns: probe.columns, rows: probe.rows },
    channels: !isClasses ? "outputs" : K === 1 ? "probability of class 1" : "probabilities of all classes",
    evaluations: history.steps,
    ...(fairWeights !== undefined && {
      draws: fairWeights.draws.map(({ draw, parts: { training } }, d) => {
        const size = training.labels.length;
        const weights = frame.fairWeights?.weights.subarray(d * size, (d + 1) * size);
        return {
          seed: train.runs[d].seed,
          groups: Array.from(training.groups),
          isWrong: Array.from(draw.splits.training, (row) => draw.flipped[row] === 1),
          weights: weights === undefined ? new Array(size).fill(1) : Array.from(weights),
        };
      }),
    }),
    runs: Array.from({ length: R }, (_, run) => {
      const group = groups.find(({ firstRun, runs }) => run >= firstRun && run < firstRun + runs)!;
      const curves = quantities.map(
        ({ key }, q) => [key, history.steps.map((_, e) => history.value(e, run, q))] as const,
      );
      return {
        run,
        seed: train.runs[run].seed,
        group: group.name,
        mixing: group.mixing,
        failed: frame.failed.includes(run),
        ...Object.fromEntries(curves),
        ...(frame.fairWeights && { parameters: Array.from(theta(run)) }),
        atTrainingPoints: at(run, grid, M),
        onGrid: at(run, 0, grid),
      };
    }),
  };
}
