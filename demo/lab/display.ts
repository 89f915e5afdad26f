/**
 * All that is seen of a session: pictures or the 3-D view, the inspector, the charts. Takes what the worker says and
 * passes it to whoever draws it.
 *
 * Not here: what the lab is set to, and when it trains (`main.ts`).
 */

import { Charts } from "./charts/charts.ts";
import { caption } from "./controls/words.ts";
import type { OwnData } from "./data/ownData.ts";
import { byId, html, setText, svg } from "./page/dom.ts";
import { weightKey } from "./pictures/fair/weightKey.ts";
import { Inspector } from "./pictures/inspector.ts";
import { marker } from "./pictures/points/plotPanel.ts";
import { type Editor, Stage } from "./pictures/stage.ts";
import { SceneView } from "./scene/sceneView.ts";
import type { LabConfig } from "./state/fields.ts";
import { shownView } from "./state/presets.ts";
import type { LabClient } from "./training/client.ts";
import type { Experiment } from "./training/experiment.ts";
import type { Frame, TheoryReport } from "./training/protocol.ts";

export interface DisplayHandlers {
  /** Another point is under the lens. */
  chosen(): void;
  /** A law of the sweep was chosen. */
  open(alpha: number): void;
  /** A setting was changed within a picture. */
  change(change: Partial<LabConfig>): void;
}

export class Display {
  experiment: Experiment | undefined;
  frame: Frame | undefined;
  readonly charts = new Charts();
  theory: TheoryReport | undefined;
  private readonly stage: Stage;
  private readonly inspector: Inspector;
  readonly scene: SceneView;

  /** `editor` lets one's own points be drawn. */
  constructor(
    client: LabClient,
    private readonly editor: Editor,
    private readonly handlers: DisplayHandlers,
  ) {
    const picture = byId("picture");
    this.stage = new Stage(picture, {
      select: (point) => this.choose(point),
      open: handlers.open,
      change: handlers.change,
    });
    this.inspector = new Inspector((point) => this.choose(point));
    this.scene = new SceneView(picture, client);
  }

  /** The training point under the lens. */
  get point(): number {
    return this.inspector.point;
  }

  /** Another session, of which nothing is known yet. */
  begin(experiment: Experiment, config: LabConfig, isRecorded = false): void {
    this.clear();
    this.experiment = experiment;
    this.inspector.show(experiment, config.preset === "line" ? 1 : 0);
    this.charts.show(experiment, isRecorded);
    this.showView(config);
  }

  /** Other nets of the session: of a law by another name, or of all laws instead of one. */
  switch(experiment: Experiment, config: LabConfig): void {
    const isRenamed = experiment.groups.length === this.experiment?.groups.length;
    this.experiment = experiment;
    if (isRenamed) {
      this.stage.rename(experiment);
      return;
    }
    this.frame = undefined;
    this.charts.show(experiment, true);
    this.showView(config);
  }

  /** Forgets what was measured. */
  clear(): void {
    this.charts.restart();
    this.frame = undefined;
    this.theory = undefined;
  }

  /** A worker died, and another begins anew. */
  restart(): void {
    this.charts.restart();
    this.scene.restart();
  }

  /** Points that can't be trained on yet are drawn in the frame of an experiment with none of its points. */
  showUnfinished(experiment: Experiment, { points, labels }: OwnData, problem: string): void {
    this.clear();
    this.experiment = experiment;
    const { train } = experiment;
    const data = {
      ...train.data,
      size: labels.length,
      points: Float32Array.from(points),
      ...(train.data.labels !== undefined && { labels: Uint32Array.from(labels) }),
    };
    this.stage.show({ ...experiment, train: { ...train, data } }, this.editor);
    this.charts.show(experiment);
    setText(byId("caption"), problem);
  }

  showView(config: LabConfig): void {
    if (this.experiment === undefined) return;
    const view = shownView(config);
    if (view === "surface" || view === "landscape") {
      this.stage.panels = [];
      this.scene.show(this.experiment, view);
    } else {
      this.scene.hide();
      this.stage.show(this.experiment, config.preset === "own" ? this.editor : undefined);
      this.stage.look(config);
      this.stage.choose(view === "picture" ? this.inspector.point : -1);
      if (this.frame !== undefined) this.stage.update(this.frame, this.charts.history);
      if (this.theory !== undefined) this.stage.optimal(this.theory.optimal);
    }
    this.showLegend(config);
    // What has no points to look at has none to choose.
    byId("inspector").hidden = view === "sweep" || gridless(this.experiment);
    setText(byId("caption"), caption(config, this.experiment));
  }

  /** Takes what of a state says how to look at it. */
  look(config: LabConfig): void {
    this.stage.look(config);
  }

  showFrame(frame: Frame): void {
    this.frame = frame;
    this.charts.update(frame);
    this.stage.update(frame, this.charts.history);
    this.inspector.update(frame);
  }

  /** `epsilon` is the radius that was asked for. */
  showTheory(theory: TheoryReport, epsilon: number): void {
    this.theory = theory;
    this.stage.optimal(theory.optimal);
    this.charts.optimalLoss(theory.optimalLoss);
    this.inspector.theory(theory, epsilon);
  }

  /** What the pictures show, for those who hear it: each one's name and error. */
  words(): string {
    return this.stage.words();
  }

  /** A word from the 3-D view. */
  note(message: string): void {
    this.scene.note(message);
  }

  repaint(): void {
    this.stage.repaint();
    this.inspector.repaint();
    this.scene.repaint();
  }

  /** Whether the 3-D view shows something. */
  get inSpace(): boolean {
    return this.scene.shows;
  }

  /** Which mark is which class, where classes have names; of learnt weights what all marks are. */
  private showLegend({ names, preset, target, view }: LabConfig): void {
    const legend = byId("legend");
    const isWeighted = this.experiment!.fairWeights !== undefined;
    legend.ariaLabel = isWeighted ? "Marks" : "Classes";
    if (isWeighted) {
      legend.hidden = false;
      legend.replaceChildren(...weightKey());
      return;
    }
    legend.hidden = names === "" || preset !== "own" || target === "numbers" || view === "landscape";
    if (legend.hidden) return;
    legend.replaceChildren(
      ...this.experiment!.classNames.map((name, c) => {
        const mark = svg("svg", { viewBox: "-10 -10 20 20", "aria-hidden": "true" }, marker(c, 0, 0, 7));
        return html("li", {}, mark, name);
      }),
    );
  }

  private choose(point: number): void {
    if (this.experiment === undefined) return;
    this.inspector.show(this.experiment, point);
    this.stage.choose(this.inspector.point);
    if (this.frame !== undefined) this.inspector.update(this.frame);
    this.handlers.chosen();
  }
}

/** Whether an experiment looks at no points. */
function gridless({ probe }: Experiment): boolean {
  return probe.points.length === 0;
}
