/**
 * Images of a batch on their way into the net: tiles that fall, or, where nothing is to move, a grid that is exchanged. A
 * tile says the classes it is mixed of, and how much it has of each.
 *
 * Not here: which samples those are (`blends.ts`).
 */

import { html, painter } from "../../page/dom.ts";
import { palette } from "../../page/palette.ts";
import type { Experiment } from "../../training/experiment.ts";
import { type Blend, mixedPoint } from "../blends.ts";
import { ImageRasters, type Raster } from "./rasters.ts";

/** Tiles beside each other, and rows of them that stand. */
export const COLUMNS = 8;
const ROWS = 3;
/** In units of the canvas. */
const CELL = 52;
const TILE = 40;
const ROW = 64;
const WIDTH = COLUMNS * CELL;
const HEIGHT = ROWS * ROW;
/** Milliseconds of a fall, between waves, and how much later the last tile of a wave starts. */
const FALL = 1700;
const WAVE = 800;
const SPREAD = 700;

interface Tile {
  readonly blend: Blend;
  readonly raster: Raster;
  readonly column: number;
  readonly born: number;
}

/** How many samples of a batch are shown: of one wave, or all that stand. */
export function shownCount(still: boolean): number {
  return still ? COLUMNS * ROWS : COLUMNS;
}

export class TileRain {
  readonly canvas = html("canvas", { class: "tile-rain", "aria-hidden": "true" });
  private readonly rasters: ImageRasters;
  private tiles: Tile[] = [];
  private standing = false;
  private raining = false;
  private waveAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly experiment: Experiment) {
    this.rasters = new ImageRasters(experiment.train.data);
    this.canvas.width = 2 * WIDTH;
    this.canvas.height = 2 * HEIGHT;
    painter(this.canvas).scale(2, 2);
  }

  /** Whether what is there now is to be exchanged for other samples. */
  takes(still: boolean): boolean {
    return still || performance.now() - this.waveAt >= WAVE;
  }

  /** Shows these samples: at once, or as the next wave. */
  show(blends: readonly Blend[], still: boolean): void {
    const now = performance.now();
    this.standing = still;
    if (still) this.tiles = [];
    this.waveAt = now;
    blends.forEach((blend, i) => {
      const raster = this.rasters.blank();
      this.rasters.paint(raster, mixedPoint(this.experiment.train.data, blend), palette());
      // Later columns don't start later: 3 and 8 have no common divisor.
      const born = now + (((3 * i) % COLUMNS) / COLUMNS) * SPREAD;
      this.tiles.push({ blend, raster, column: i % COLUMNS, born });
    });
    if (still) this.draw();
    else if (!this.raining && this.tiles.length > 0) {
      this.raining = true;
      requestAnimationFrame(this.fall);
    }
  }

  repaint(): void {
    const { data } = this.experiment.train;
    for (const { raster, blend } of this.tiles)
      this.rasters.paint(raster, mixedPoint(data, blend), palette());
    if (this.standing) this.draw();
  }

  private readonly fall = (): void => {
    const now = performance.now();
    if (!this.standing) {
      this.tiles = this.tiles.filter(({ born }) => now - born < FALL);
      this.draw();
    }
    this.raining = !this.standing && this.tiles.length > 0 && this.canvas.isConnected;
    if (this.raining) requestAnimationFrame(this.fall);
  };

  private draw(): void {
    const now = performance.now();
    const context = painter(this.canvas);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    this.tiles.forEach((tile, i) => {
      const left = tile.column * CELL + (CELL - TILE) / 2;
      if (this.standing) this.drawTile(context, tile, left, Math.floor(i / COLUMNS) * ROW + 6);
      else if (now >= tile.born) {
        // From above the canvas to below it: what has fallen out of it is in the net.
        const fallen = ((now - tile.born) / FALL) ** 1.5;
        this.drawTile(context, tile, left, -ROW + fallen * (HEIGHT + ROW));
      }
    });
  }

  private drawTile(context: CanvasRenderingContext2D, { blend, raster }: Tile, x: number, y: number): void {
    const { labels } = this.experiment.train.data;
    const { ink, accent, rule } = palette();
    const css = (color: readonly number[]) => `rgb(${color.join(" ")})`;
    context.imageSmoothingEnabled = false;
    context.drawImage(raster.canvas, x, y, TILE, TILE);
    context.strokeStyle = css(rule);
    context.strokeRect(x - 0.5, y - 0.5, TILE + 1, TILE + 1);
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    const middle = y + TILE + 10;
    const { first, partner, lambda } = blend;
    context.fillStyle = css(ink);
    if (first === partner || lambda === 1) {
      context.textAlign = "center";
      context.fillText(String(labels![first]), x + TILE / 2, middle);
      return;
    }
    context.textAlign = "left";
    context.fillText(String(labels![first]), x, middle);
    // Between the two classes, how much there is of each.
    const [from, length] = [x + 10, TILE - 20];
    context.fillRect(from, middle - 1.5, lambda * length, 3);
    context.fillStyle = css(accent);
    context.fillRect(from + lambda * length, middle - 1.5, (1 - lambda) * length, 3);
    context.textAlign = "right";
    context.fillText(String(labels![partner]), x + TILE, middle);
  }
}
