/**
 * The 3-D view, in the worker: compute kernels write vertices into a buffer, a render pass draws them from there onto the
 * page's canvas; vertices are never read back. The nets' parameters come from the training's latest checkpoint.
 *
 * Not here: turning it (`sceneView.ts`), training (`trainer.ts`).
 */

import { mat4 } from "wgpu-matrix";
import type { WebGpuDevice } from "../../../src/gpu/device.ts";
import { bind, compileKernel, type Kernel } from "../../../src/gpu/kernel.ts";
import type { BufferSet } from "../../../src/gpu/memory.ts";
import { readBuffer } from "../../../src/gpu/readback.ts";
import { DeviceLostError, MixupError } from "../../../src/index.ts";
import { ACTIVATIONS } from "../../../src/model/layers/activation.ts";
import { flattenParameters, parameterLayout } from "../../../src/model/layout.ts";
import { perceptronOf } from "../../../src/model/perceptron.ts";
import type { Landscape, News, Scene } from "../training/protocol.ts";
import { ready } from "../training/ready.ts";
import type { LabTrainer } from "../training/trainer.ts";
import { filterDirections } from "./directions.ts";
import landscape from "./shaders/landscape.wgsl";
import landscapeVertices from "./shaders/landscapeVertices.wgsl";
import paint from "./shaders/scenePaint.wgsl";
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
const SAMPLES = 4;

/** What lives as long as a device and a training. */
interface Stage {
  readonly generation: number;
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
  readonly side: number;
}

export class LabScene {
  private trainer: LabTrainer | undefined;
  private scene: Scene | undefined;
  private stage: Promise<Stage> | undefined;
  private stageKey = "";
  private timer: ReturnType<typeof setInterval> | undefined;
  private computedAt = "";
  private depth: GPUTexture | undefined;
  private samples: GPUTexture | undefined;
  private drawing = false;
  private again = false;

  constructor(
    private readonly device: WebGpuDevice,
    private readonly canvas: OffscreenCanvas,
    private readonly post: (news: News) => void,
  ) {}

  follow(trainer: LabTrainer): void {
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
  async landscape(run: number): Promise<Landscape> {
    const started = performance.now();
    const stage = await this.prepare(LANDSCAPE_SIDE);
    await this.computeLandscape(stage, run);
    const losses = new Float32Array(await readBuffer(this.device, stage.buffers.buffers.losses));
    return {
      side: LANDSCAPE_SIDE,
      reach: REACH,
      losses: losses.slice(0, LANDSCAPE_SIDE ** 2),
      milliseconds: performance.now() - started,
    };
  }

  private async draw(): Promise<void> {
    if (this.drawing) {
      this.again = true;
      return;
    }
    this.drawing = true;
    try {
      do {
        this.again = false;
        await this.drawOnce();
      } while (this.again);
    } catch (error) {
      // Lost on the way: the next turn of the timer finds it mended, or says that it is not.
      if (error instanceof DeviceLostError && this.stageKey !== "") {
        this.stageKey = "";
        return;
      }
      this.post({ type: "scene-note", message: error instanceof MixupError ? error.message : String(error) });
      clearInterval(this.timer);
    } finally {
      this.drawing = false;
    }
  }

  private async drawOnce(): Promise<void> {
    const { scene, trainer } = this;
    if (scene === undefined || scene.view === "none" || trainer === undefined) return;
    await ready(this.device);
    const stage = await this.prepare(scene.view === "surface" ? SURFACE_SIDE : LANDSCAPE_SIDE);
    const key = `${this.stageKey} ${scene.view} ${scene.run} ${trainer.version}`;
    if (key !== this.computedAt) {
      if (scene.view === "surface") await this.computeSurface(stage, scene.run);
      else await this.computeLandscape(stage, scene.run);
      this.computedAt = key;
    }
    this.paint(stage, this.scene!);
  }

  private async computeSurface(stage: Stage, run: number): Promise<void> {
    const { buffers } = stage.buffers;
    await this.loadNet(stage, run);
    const pipeline = await compileKernel(this.device, SURFACE);
    const encoder = this.device.gpu.createCommandEncoder({ label: "surface" });
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bind(this.device, pipeline, 0, [buffers.net, buffers.parameters]));
    pass.setBindGroup(1, bind(this.device, pipeline, 1, [buffers.plane, buffers.vertices]));
    pass.dispatchWorkgroups(Math.ceil(stage.side ** 2 / 64));
    pass.end();
    this.device.gpu.queue.submit([encoder.finish()]);
  }

  private async computeLandscape(stage: Stage, run: number): Promise<void> {
    const { buffers } = stage.buffers;
    await this.loadNet(stage, run);
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
    pass.dispatchWorkgroups(stage.side ** 2);
    pass.setPipeline(vertices);
    pass.setBindGroup(0, bind(this.device, vertices, 0, [buffers.range, buffers.losses, buffers.vertices]));
    pass.dispatchWorkgroups(Math.ceil(stage.side ** 2 / 64));
    pass.end();
    this.device.gpu.queue.submit([encoder.finish()]);
  }

  /** Puts a run's parameters, and two directions around them, on the device. */
  private async loadNet({ buffers }: Stage, run: number): Promise<void> {
    const trainer = this.trainer!;
    const { model, runs } = trainer.experiment.train;
    const all = await trainer.parameters();
    const { parameters: flat } = flattenParameters(model, all[run] ?? all[0]);
    const [first, second] = filterDirections(model, flat, runs[run]?.seed ?? 0);
    const packed = new Float32Array(3 * flat.length);
    packed.set(flat);
    packed.set(first, flat.length);
    packed.set(second, 2 * flat.length);
    this.device.gpu.queue.writeBuffer(buffers.buffers.parameters, 0, packed);
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
      void before?.then(
        ({ buffers, generation }) => generation === this.device.generation && buffers.destroy(),
      );
      this.depth = undefined;
    }
    return this.stage;
  }

  private async build(trainer: LabTrainer, side: number): Promise<Stage> {
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
      look: { size: 144, usage: UNIFORM | COPY_DST },
      indices: { size: 24 * (side - 1) ** 2, usage: INDEX | COPY_DST, data: gridIndices(side) },
    });
    const context = this.canvas.getContext("webgpu")!;
    const format = navigator.gpu.getPreferredCanvasFormat();
    context.configure({ device: gpu, format, alphaMode: "opaque" });
    const module = gpu.createShaderModule({ label: "scenePaint", code: paint.code.join("") });
    const render = await gpu
      .createRenderPipelineAsync({
        label: "scene",
        layout: "auto",
        vertex: { module },
        fragment: { module, targets: [{ format }] },
        primitive: { topology: "triangle-list" },
        depthStencil: { format: "depth24plus", depthWriteEnabled: true, depthCompare: "less" },
        multisample: { count: SAMPLES },
      })
      .catch((error) => device.explain(error));
    return { generation, buffers, render, side };
  }

  private paint({ buffers: { buffers }, render, side }: Stage, scene: Scene): void {
    const { gpu } = this.device;
    const { canvas } = this;
    if (this.depth === undefined || canvas.width !== scene.width || canvas.height !== scene.height) {
      canvas.width = scene.width;
      canvas.height = scene.height;
      const size = [canvas.width, canvas.height];
      const usage = GPUTextureUsage.RENDER_ATTACHMENT;
      this.depth = gpu.createTexture({ size, format: "depth24plus", usage, sampleCount: SAMPLES });
      this.samples = gpu.createTexture({
        size,
        format: navigator.gpu.getPreferredCanvasFormat(),
        usage,
        sampleCount: SAMPLES,
      });
    }
    const look = new ArrayBuffer(144);
    const numbers = new Float32Array(look);
    numbers.set(camera(scene));
    scene.colors.forEach((color, i) => {
      numbers.set([...color, 1], 16 + 4 * i);
    });
    new Uint32Array(look)[32] = side;
    numbers[33] = scene.view === "surface" ? 10 : 16;
    gpu.queue.writeBuffer(buffers.look, 0, look);
    const [r, g, b] = scene.colors[0];
    const encoder = gpu.createCommandEncoder({ label: "scene" });
    const pass = encoder.beginRenderPass({
      colorAttachments: [
        {
          view: this.samples!.createView(),
          resolveTarget: canvas.getContext("webgpu")!.getCurrentTexture().createView(),
          clearValue: { r, g, b, a: 1 },
          loadOp: "clear",
          storeOp: "discard",
        },
      ],
      depthStencilAttachment: {
        view: this.depth.createView(),
        depthClearValue: 1,
        depthLoadOp: "clear",
        depthStoreOp: "discard",
      },
    });
    pass.setPipeline(render);
    const entries = [buffers.look, buffers.vertices].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    }));
    pass.setBindGroup(0, gpu.createBindGroup({ layout: render.getBindGroupLayout(0), entries }));
    pass.setIndexBuffer(buffers.indices, "uint32");
    pass.drawIndexed(6 * (side - 1) ** 2);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  }
}

/** From the scene, 2 wide around the origin, to the screen. */
function camera({ azimuth, elevation, distance, width, height }: Scene): Float32Array {
  const eye = [
    distance * Math.cos(elevation) * Math.sin(azimuth),
    distance * Math.sin(elevation),
    distance * Math.cos(elevation) * Math.cos(azimuth),
  ];
  const view = mat4.lookAt(eye, [0, -0.05, 0], [0, 1, 0]);
  return mat4.multiply(mat4.perspective(0.7, width / height, 0.1, 20), view) as Float32Array;
}

/** Two triangles a cell of a square grid. */
function gridIndices(side: number): Uint32Array {
  const indices = new Uint32Array(6 * (side - 1) ** 2);
  let at = 0;
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const corner = row * side + column;
      indices.set([corner, corner + 1, corner + side, corner + 1, corner + side + 1, corner + side], at);
      at += 6;
    }
  }
  return indices;
}
