/**
 * The 3-D view's side of the page: a canvas given away to the worker, the camera turned by pointer and keys, and the
 * choice of the net.
 */

import { perceptron } from "../../../src/model/perceptron.ts";
import { html, setText } from "../page/dom.ts";
import { type Palette, palette, type Rgb } from "../page/palette.ts";
import type { LabClient } from "../training/client.ts";
import type { Experiment } from "../training/experiment.ts";
import type { Scene } from "../training/protocol.ts";

const TURN = 0.08;

/** Why an experiment has no such view, or undefined if it has. */
function whyNot(view: "surface" | "landscape", { picture, train }: Experiment): string | undefined {
  if (train.data.labels === undefined)
    return `The ${view} is computed from probabilities of classes, and these labels are numbers. Open another experiment.`;
  if (view === "landscape")
    return perceptron(train.model) === undefined
      ? "The landscape's kernel computes nets of dense layers, and this one has others. Open another experiment."
      : undefined;
  if (picture === "plane") return undefined;
  const where = picture === "line" ? "these data lie on a line" : "images have a dimension for every pixel";
  return `The surface stands over the plane, and ${where}. Open Two moons, Linear or your own data.`;
}

export class SceneView {
  private canvas: HTMLCanvasElement | undefined;
  private readonly net = html("select", { id: "scene-run" });
  private readonly message = html("p", { class: "notice", role: "status", hidden: true });
  private readonly frame = html(
    "section",
    { class: "scene" },
    html("div", { class: "row" }, html("label", { for: "scene-run" }, "Net"), this.net),
    this.message,
  );
  private view: "surface" | "landscape" | "none" = "none";
  private azimuth = 0.6;
  private elevation = 0.65;
  private distance = 4.1;
  private waiting = false;

  constructor(
    private readonly parent: HTMLElement,
    private readonly client: LabClient,
  ) {
    this.net.addEventListener("change", () => this.send());
    new ResizeObserver(() => this.send()).observe(this.frame);
  }

  show(experiment: Experiment, view: "surface" | "landscape"): void {
    const { groups, train } = experiment;
    const chosen = this.net.value;
    this.net.replaceChildren(
      ...groups.flatMap(({ name, firstRun, runs }) =>
        Array.from({ length: runs }, (_, i) =>
          html("option", { value: firstRun + i }, `${name}, seed ${train.runs[firstRun + i].seed}`),
        ),
      ),
    );
    this.net.value = chosen;
    if (this.net.value === "") this.net.value = String(groups[groups.length - 1].firstRun);
    this.parent.replaceChildren(this.frame);
    this.note("");
    const missing = whyNot(view, experiment);
    if (missing !== undefined) {
      this.hide();
      this.note(missing);
      return;
    }
    this.view = view;
    if (this.canvas === undefined) this.open();
    this.canvas!.hidden = false;
    this.canvas!.setAttribute("aria-label", view === "surface" ? "Probability surface" : "Loss landscape");
    this.send();
  }

  hide(): void {
    if (this.canvas !== undefined) this.canvas.hidden = true;
    if (this.view === "none") return;
    this.view = "none";
    this.send();
  }

  get shows(): boolean {
    return this.view !== "none";
  }

  note(message: string): void {
    setText(this.message, message);
    this.message.hidden = message === "";
  }

  /** A new worker needs a new canvas. */
  restart(): void {
    this.canvas?.remove();
    this.canvas = undefined;
    if (this.view === "none") return;
    this.open();
    this.send();
  }

  repaint(): void {
    this.send();
  }

  private open(): void {
    const canvas = html("canvas", { tabindex: 0, role: "img" });
    this.canvas = canvas;
    this.frame.append(canvas);
    const offscreen = canvas.transferControlToOffscreen();
    this.client.send({ type: "canvas", canvas: offscreen }, [offscreen]);
    // Fingers, or the mouse, where they were last.
    const pointers = new Map<number, { x: number; y: number }>();
    const spread = () => {
      const [a, b] = pointers.values();
      return Math.hypot(a.x - b.x, a.y - b.y);
    };
    canvas.addEventListener("pointerdown", ({ pointerId, clientX, clientY }) => {
      pointers.set(pointerId, { x: clientX, y: clientY });
      canvas.setPointerCapture(pointerId);
    });
    canvas.addEventListener("pointermove", ({ pointerId, clientX, clientY }) => {
      const last = pointers.get(pointerId);
      if (last === undefined) return;
      const before = pointers.size === 2 ? spread() : 0;
      pointers.set(pointerId, { x: clientX, y: clientY });
      // Two fingers pinch, one turns.
      if (pointers.size === 2) this.zoom(before / Math.max(1, spread()));
      else if (pointers.size === 1) this.turn(-(clientX - last.x) / 150, (clientY - last.y) / 150);
    });
    for (const end of ["pointerup", "pointercancel"] as const)
      canvas.addEventListener(end, ({ pointerId }) => pointers.delete(pointerId));
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && document.activeElement !== canvas) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.08 : 1 / 1.08);
    });
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") this.turn(-TURN, 0);
      else if (event.key === "ArrowRight") this.turn(TURN, 0);
      else if (event.key === "ArrowUp") this.turn(0, TURN);
      else if (event.key === "ArrowDown") this.turn(0, -TURN);
      else if (event.key === "+") this.zoom(1 / 1.08);
      else if (event.key === "-") this.zoom(1.08);
      else return;
      event.preventDefault();
    });
  }

  private turn(azimuth: number, elevation: number): void {
    this.azimuth += azimuth;
    this.elevation = Math.min(1.5, Math.max(0.05, this.elevation + elevation));
    this.send();
  }

  private zoom(factor: number): void {
    this.distance = Math.min(8, Math.max(1.5, this.distance * factor));
    this.send();
  }

  /** The scene as it is turned now, in a size and colours; its view is "none" where nothing is shown. */
  scene(width: number, { paper, classes, ink, accent }: Palette): Scene {
    const { view, azimuth, elevation, distance } = this;
    const [low, high] = view === "landscape" ? [accent, classes[1]] : [classes[0], classes[1]];
    const colors = [paper, low, high, ink].map(([r, g, b]: Rgb) => [r / 255, g / 255, b / 255] as const);
    const height = Math.round((width * 10) / 16);
    return { view, run: Number(this.net.value), width, height, azimuth, elevation, distance, colors };
  }

  /** Sends the scene, at most once a frame. */
  private send(): void {
    if (this.waiting || this.canvas === undefined) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const ratio = Math.min(2, devicePixelRatio);
      const width = Math.max(2, Math.round((this.canvas?.clientWidth ?? 0) * ratio)) || 2;
      this.client.send({ type: "scene", scene: this.scene(width, palette()) });
    });
  }
}
