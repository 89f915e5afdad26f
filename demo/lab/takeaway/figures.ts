/**
 * The lab's plots as figures for a paper: title, axes, legend, caption, on white, by the reports' own means. Loaded only when
 * one is exported, for it brings the plotting library.
 *
 * Mixed points that rain on the page are left out: which of them a file would hold is chance.
 */

import { drawFigure, type Figure, type FigureSpec, type FigureStyle } from "../../../src/report/figure.ts";
import { lightPalette, type Palette } from "../page/palette.ts";
import type { PictureKind } from "../training/experiment.ts";
import type { Scene, ScenePicture } from "../training/protocol.ts";
import { curveFigure, sweepFigure } from "./chartFigures.ts";
import { mixtureFigure, policyFigure } from "./domains/domainFigures.ts";
import { mergingFigure } from "./domains/mergingFigure.ts";
import { fairFigure } from "./fair/fairFigure.ts";
import { imageFigure } from "./imageFigure.ts";
import { lineFigure } from "./lineFigure.ts";
import { overTrainingFigure, tailFigure } from "./methodFigures.ts";
import { planeFigure } from "./planeFigure.ts";
import { fieldFigure, fitFigure } from "./regressionFigures.ts";
import { SCENE_PIXELS, sceneFigure } from "./sceneFigure.ts";
import type { PlotName, Trained } from "./shown.ts";

/** A figure for each kind of picture. */
const PICTURES: Readonly<Record<PictureKind, (trained: Trained, palette: Palette) => FigureSpec>> = {
  line: lineFigure,
  plane: planeFigure,
  images: imageFigure,
  fit: fitFigure,
  field: fieldFigure,
  "over-training": overTrainingFigure,
  "long-tail": tailFigure,
  mixing: mixtureFigure,
  policies: policyFigure,
  "fair-weights": fairFigure,
  merging: mergingFigure,
};

/** Where a figure of the 3-D view comes from. */
export interface Space {
  /** The view as it is turned now. */
  scene(width: number, palette: ReturnType<typeof lightPalette>): Scene;
  /** Draws it. */
  picture(scene: Scene): Promise<ScenePicture>;
}

export async function exportFigure(
  name: PlotName,
  trained: Trained,
  space: Space,
  style?: FigureStyle,
): Promise<Figure> {
  const palette = lightPalette();
  const spec = async () => {
    switch (name) {
      case "picture":
        return PICTURES[trained.experiment.picture](trained, palette);
      case "scene": {
        const scene = space.scene(SCENE_PIXELS, palette);
        return sceneFigure(trained, scene, await space.picture(scene), palette);
      }
      case "sweep":
        return sweepFigure(trained, palette);
      default:
        return curveFigure(name, trained, palette);
    }
  };
  return drawFigure(document, await spec(), style);
}
