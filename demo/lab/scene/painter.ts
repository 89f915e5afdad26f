/**
 * Paints the 3-D view's vertices from where compute wrote them onto a canvas: the page's, or one for an export.
 *
 * Not here: what the vertices are (`scene.ts`).
 */

import type { Scene } from "../training/protocol.ts";
import { camera } from "./camera.ts";
import paint from "./shaders/scenePaint.wgsl";

const SAMPLES = 4;
/** Bytes of the shader's `Look`. */
export const LOOK_BYTES = 144;

/** A grid of vertices on the device. */
export interface Mesh {
  readonly look: GPUBuffer;
  readonly vertices: GPUBuffer;
  readonly indices: GPUBuffer;
  /** Vertices along each side. */
  readonly side: number;
}

export function paintPipeline(gpu: GPUDevice): Promise<GPURenderPipeline> {
  const module = gpu.createShaderModule({ label: "scenePaint", code: paint.code.join("") });
  return gpu.createRenderPipelineAsync({
    label: "scene",
    layout: "auto",
    vertex: { module },
    fragment: { module, targets: [{ format: navigator.gpu.getPreferredCanvasFormat() }] },
    primitive: { topology: "triangle-list" },
    depthStencil: { format: "depth24plus", depthWriteEnabled: true, depthCompare: "less" },
    multisample: { count: SAMPLES },
  });
}

/** One canvas on one device. */
export class Painter {
  private targets: { depth: GPUTexture; samples: GPUTexture } | undefined;
  private readonly context: GPUCanvasContext;

  constructor(
    private readonly gpu: GPUDevice,
    private readonly canvas: OffscreenCanvas,
  ) {
    this.context = canvas.getContext("webgpu")!;
    this.context.configure({
      device: gpu,
      format: navigator.gpu.getPreferredCanvasFormat(),
      alphaMode: "opaque",
    });
  }

  paint({ look, vertices, indices, side }: Mesh, pipeline: GPURenderPipeline, scene: Scene): void {
    const { gpu } = this;
    const { depth, samples } = this.sized(scene);
    const bytes = new ArrayBuffer(LOOK_BYTES);
    const numbers = new Float32Array(bytes);
    numbers.set(camera(scene));
    scene.colors.forEach((color, i) => {
      numbers.set([...color, 1], 16 + 4 * i);
    });
    new Uint32Array(bytes)[32] = side;
    numbers[33] = scene.view === "surface" ? 10 : 16;
    gpu.queue.writeBuffer(look, 0, bytes);
    const [r, g, b] = scene.colors[0];
    const encoder = gpu.createCommandEncoder({ label: "scene" });
    const pass = encoder.beginRenderPass({
      colorAttachments: [
        {
          view: samples.createView(),
          resolveTarget: this.context.getCurrentTexture().createView(),
          clearValue: { r, g, b, a: 1 },
          loadOp: "clear",
          storeOp: "discard",
        },
      ],
      depthStencilAttachment: {
        view: depth.createView(),
        depthClearValue: 1,
        depthLoadOp: "clear",
        depthStoreOp: "discard",
      },
    });
    pass.setPipeline(pipeline);
    const entries = [look, vertices].map((buffer, binding) => ({ binding, resource: { buffer } }));
    pass.setBindGroup(0, gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.setIndexBuffer(indices, "uint32");
    pass.drawIndexed(6 * (side - 1) ** 2);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
  }

  /** The canvas in the scene's size, and what is drawn into before it. */
  private sized({ width, height }: Scene): { depth: GPUTexture; samples: GPUTexture } {
    const { canvas, gpu } = this;
    if (this.targets === undefined || canvas.width !== width || canvas.height !== height) {
      this.destroy();
      canvas.width = width;
      canvas.height = height;
      const texture = (format: GPUTextureFormat) =>
        gpu.createTexture({
          size: [width, height],
          format,
          usage: GPUTextureUsage.RENDER_ATTACHMENT,
          sampleCount: SAMPLES,
        });
      this.targets = {
        depth: texture("depth24plus"),
        samples: texture(navigator.gpu.getPreferredCanvasFormat()),
      };
    }
    return this.targets;
  }

  destroy(): void {
    this.targets?.depth.destroy();
    this.targets?.samples.destroy();
    this.targets = undefined;
  }
}

/** Two triangles a cell of a square grid. */
export function gridIndices(side: number): Uint32Array {
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
