/**
 * The 3-D view, in the worker: compute kernels write vertices into a buffer, a render pass draws them from there onto the
 * page's canvas; vertices are never read back. The nets' parameters come from the training's latest checkpoint.
 *
 * Not here: turning it (`sceneView.ts`), the render pass (`painter.ts`), training (`trainer.ts`).
 */

import type { WebGpuDevice } from "../../../src/gpu/device.ts";
import { bind, compileKernel, type Kernel } from "../../../src/gpu/kernel.ts";
import type { BufferSet } from "../../../src/gpu/memory.ts";
import { readBuffer } from "../../../src/gpu/readback.ts";
import { DeviceLostError, MixupError } from "../../../src/index.ts";
import { ACTIVATIONS } from "../../../src/model/layers/activation.ts";
import { flattenParameters, parameterLayout } from "../../../src/model/layout.ts";
import { perceptronOf } from "../../../src/model/perceptron.ts";
import type { Landscape, News, Scene, ScenePicture } from "../training/protocol.ts";
import { ready } from "../training/ready.ts";
import type { NetSource } from "../training/training.ts";
import { filterDirections } from "./directions.ts";
import { gridIndices, LOOK_BYTES, type Mesh, Painter, paintPipeline } from "./painter.ts";
import landscape from "./shaders/landscape.wgsl";
import landscapeVertices from "./shaders/landscapeVertices.wgsl";
import surface from "./shaders/surface.wgsl";

const NET = ["uniform", "read"] as const;
const SURFACE: Kernel = { shader: surface, groups: [NET, ["uniform", "write"]] };
const LANDSCAPE: Kernel = { shader: landscape, groups: [NET, ["uniform", "read", "read", "write"]] };
const VERTICES: Kernel = { shader: landscapeVertices, groups: [["uniform", "read", "write"]] };

/** Grid points along each side. */
const SURFACE_SIDE = 81;
const LANDSCAPE_SIDE = 41;
/** How far the landscape goes, in norms of each filter. */
const REACH = 1;
/** Milliseconds between looks at a training that goes on. */
const REFRESH = { hardware: 250, software: 1500 } as const;

/** What lives as long as a device and a training. */
interface Stage {
  readonly generation: number;
  /** Of the page's canvas. */
  readonly painter: Painter;
  readonly buffers: BufferSet<
    | "net"
    | "parameters"
    | "plane"
    | "range"
    | "points"
    | "labels"
    | "losses"
    | "vertices"
    | "look"
    | "indices"
  >;
  readonly render: GPURenderPipeline;
  readonly mesh: Mesh;
}

export class LabScene {
  private trainer: NetSource | undefined;
  private scene: Scene | undefined;
  private stage: Promise<Stage> | undefined;
  private stageKey = "";
  private timer: ReturnType<typeof setInterval> | undefined;
  private computedAt = "";
  private last: Promise<unknown> = Promise.resolve();
  private drawWaits = false;

  constructor(
    private readonly device: WebGpuDevice,
    private readonly canvas: OffscreenCanvas,
    private readonly post: (news: News) => void,
  ) {}

  follow(trainer: NetSource): void {
    this.trainer = trainer;
    this.computedAt = "";
  }

  async show(scene: Scene): Promise<void> {
    this.scene = scene;
    clearInterval(this.timer);
    if (scene.view === "none") return;
    const interval = this.device.adapter.isFallback ? REFRESH.software : REFRESH.hardware;
    this.timer = setInterval(() => void this.draw(), interval);
    await this.draw();
  }

  /** Losses around the net of a run, all nets in one dispatch. */
  landscape(run: number): Promise<Landscape> {
    return this.inTurn(async () => {
      const started = performance.now();
      const stage = await this.prepare(LANDSCAPE_SIDE);
      await this.computeLandscape(stage, run);
      const losses = await this.losses(stage);
      return { side: LANDSCAPE_SIDE, reach: REACH, losses, milliseconds: performance.now() - started };
    });
  }

  /** A picture of its own of what a scene shows now; the page's canvas keeps its own. */
  picture(scene: Scene): Promise<ScenePicture> {
    return this.inTurn(async () => {
      await ready(this.device);
      const stage = await this.stageOf(scene);
      const step = await this.compute(stage, scene);
      const losses = scene.view === "landscape" ? await this.losses(stage) : undefined;
      const canvas = new OffscreenCanvas(scene.width, scene.height);
      const painter = new Painter(this.device.gpu, canvas);
      painter.paint(stage.mesh, stage.render, scene);
      // At once: after this turn the canvas is empty.
      const png = await canvas.convertToBlob({ type: "image/png" });
      painter.destroy();
      return {
        png: new Uint8Array(await png.arrayBuffer()),
        step,
        largestLoss: losses && Math.max(...losses),
      };
    });
  }

  /** One after another, so that nothing comes between computing and painting. */
  private inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.last.then(act);
    this.last = turn.catch(() => {});
    return turn;
  }

  private async draw(): Promise<void> {
    if (this.drawWaits) return;
    this.drawWaits = true;
    try {
      await this.inTurn(() => {
        this.drawWaits = false;
        return this.drawOnce();
      });
    } catch (error) {
      // Lost on the way: the next turn of the timer finds it mended, or says that it is not.
      if (error instanceof DeviceLostError && this.stageKey !== "") {
        this.stageKey = "";
        return;
      }
      this.post({ type: "scene-note", message: error instanceof MixupError ? error.message : String(error) });
      clearInterval(this.timer);
    }
  }

  private async drawOnce(): Promise<void> {
    const { scene, trainer } = this;
    if (scene === undefined || scene.view === "none" || trainer === undefined) return;
    await ready(this.device);
    const stage = await this.stageOf(scene);
    const key = `${this.stageKey} ${scene.view} ${scene.run} ${trainer.version}`;
    if (key !== this.computedAt) {
      await this.compute(stage, scene);
      this.computedAt = key;
    }
    stage.painter.paint(stage.mesh, stage.render, this.scene!);
  }

  private stageOf({ view }: Scene): Promise<Stage> {
    return this.prepare(view === "surface" ? SURFACE_SIDE : LANDSCAPE_SIDE);
  }

  /** Fills a stage's vertices; at which step of the training. */
  private compute(stage: Stage, { view, run }: Scene): Promise<number> {
    this.computedAt = "";
    return view === "surface" ? this.computeSurface(stage, run) : this.computeLandscape(stage, run);
  }

  private async losses({ buffers, mesh }: Stage): Promise<Float32Array> {
    const read = await readBuffer(this.device, buffers.buffers.losses);
    return new Float32Array(read).slice(0, mesh.side ** 2);
  }

  private async computeSurface(stage: Stage, run: number): Promise<number> {
    const { buffers } = stage.buffers;
    const step = await this.loadNet(stage, run);
    const pipeline = await compileKernel(this.device, SURFACE);
    const encoder = this.device.gpu.createCommandEncoder({ label: "surface" });
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bind(this.device, pipeline, 0, [buffers.net, buffers.parameters]));
    pass.setBindGroup(1, bind(this.device, pipeline, 1, [buffers.plane, buffers.vertices]));
    pass.dispatchWorkgroups(Math.ceil(stage.mesh.side ** 2 / 64));
    pass.end();
    this.device.gpu.queue.submit([encoder.finish()]);
    return step;
  }

  private async computeLandscape(stage: Stage, run: number): Promise<number> {
    const { buffers } = stage.buffers;
    const step = await this.loadNet(stage, run);
    const losses = await compileKernel(this.device, LANDSCAPE);
    const vertices = await compileKernel(this.device, VERTICES);
    const encoder = this.device.gpu.createCommandEncoder({ label: "landscape" });
    const pass = encoder.beginComputePass();
    pass.setPipeline(losses);
    pass.setBindGroup(0, bind(this.device, losses, 0, [buffers.net, buffers.parameters]));
    pass.setBindGroup(
      1,
      bind(this.device, losses, 1, [buffers.range, buffers.points, buffers.labels, buffers.losses]),
    );
    pass.dispatchWorkgroups(stage.mesh.side ** 2);
    pass.setPipeline(vertices);
    pass.setBindGroup(0, bind(this.device, vertices, 0, [buffers.range, buffers.losses, buffers.vertices]));
    pass.dispatchWorkgroups(Math.ceil(stage.mesh.side ** 2 / 64));
    pass.end();
    this.device.gpu.queue.submit([encoder.finish()]);
    return step;
  }

  /** Puts a run's parameters now, and two directions around them, on the device; at which step they are. */
  private async loadNet({ buffers }: Stage, run: number): Promise<number> {
    const trainer = this.trainer!;
    const { model, runs } = trainer.experiment.train;
    const { step, nets } = await trainer.parameters();
    const { parameters: flat } = flattenParameters(model, nets[run] ?? nets[0]);
    const [first, second] = filterDirections(model, flat, runs[run]?.seed ?? 0);
    const packed = new Float32Array(3 * flat.length);
    packed.set(flat);
    packed.set(first, flat.length);
    packed.set(second, 2 * flat.length);
    this.device.gpu.queue.writeBuffer(buffers.buffers.parameters, 0, packed);
    return step;
  }

  /** Buffers and pipelines for this training, this grid and this device. */
  private prepare(side: number): Promise<Stage> {
    const trainer = this.trainer;
    if (trainer === undefined) throw new MixupError("Nothing is being trained.");
    const key = `${trainer.session} ${side} ${this.device.generation}`;
    if (this.stageKey !== key || this.stage === undefined) {
      this.stageKey = key;
      const before = this.stage;
      this.stage = this.build(trainer, side);
      void before?.then(({ buffers, generation, painter }) => {
        if (generation !== this.device.generation) return;
        buffers.destroy();
        painter.destroy();
      });
    }
    return this.stage;
  }

  private async build(trainer: NetSource, side: number): Promise<Stage> {
    const { device } = this;
    const { gpu, generation } = device;
    const { train, probe } = trainer.experiment;
    const { model, data } = train;
    const { UNIFORM, STORAGE, COPY_DST, COPY_SRC, INDEX } = GPUBufferUsage;
    const P = parameterLayout(model).size;
    const { sizes: units, activation, bias } = perceptronOf(model, "the scene");
    const sizes = [...units, ...Array<number>(8).fill(0)].slice(0, 8);
    const net = Uint32Array.of(units.length - 1, ACTIVATIONS.indexOf(activation), Number(bias), P, ...sizes);
    const plane = new ArrayBuffer(32);
    new Float32Array(plane).set([probe.low[0], probe.low[1] ?? 0, probe.high[0], probe.high[1] ?? 0]);
    new Uint32Array(plane)[4] = side;
    const range = new ArrayBuffer(16);
    new Uint32Array(range).set([side, data.size, data.dimensions]);
    new Float32Array(range)[3] = REACH;
    const buffers = await device.memory.allocate("scene", {
      net: { size: net.byteLength, usage: UNIFORM | COPY_DST, data: net },
      parameters: { size: 12 * P, usage: STORAGE | COPY_DST },
      plane: { size: 32, usage: UNIFORM | COPY_DST, data: new Uint8Array(plane) },
      range: { size: 16, usage: UNIFORM | COPY_DST, data: new Uint8Array(range) },
      points: { size: data.points.byteLength, usage: STORAGE | COPY_DST, data: data.points },
      labels: { size: data.labels!.byteLength, usage: STORAGE | COPY_DST, data: data.labels! },
      losses: { size: 4 * side * side, usage: STORAGE | COPY_SRC },
      vertices: { size: 16 * side * side, usage: STORAGE },
      look: { size: LOOK_BYTES, usage: UNIFORM | COPY_DST },
      indices: { size: 24 * (side - 1) ** 2, usage: INDEX | COPY_DST, data: gridIndices(side) },
    });
    const painter = new Painter(gpu, this.canvas);
    const render = await paintPipeline(gpu).catch((error) => device.explain(error));
    const { look, vertices, indices } = buffers.buffers;
    return { generation, buffers, painter, render, mesh: { look, vertices, indices, side } };
  }
}
