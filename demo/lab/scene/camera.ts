/** Where the 3-D view is looked at from, and where its points come to lie. No GPU: worker and exports both use it. */

import { mat4, vec3 } from "wgpu-matrix";
import type { Scene } from "../training/protocol.ts";

/** From the scene, 2 wide around the origin, to the screen. */
export function camera({ azimuth, elevation, distance, width, height }: Scene): Float32Array {
  const eye = [
    distance * Math.cos(elevation) * Math.sin(azimuth),
    distance * Math.sin(elevation),
    distance * Math.cos(elevation) * Math.cos(azimuth),
  ];
  const view = mat4.lookAt(eye, [0, -0.05, 0], [0, 1, 0]);
  return mat4.multiply(mat4.perspective(0.7, width / height, 0.1, 20), view) as Float32Array;
}

/** The pixel of a point of the scene, from the upper left. */
export function onScreen(scene: Scene, point: readonly [number, number, number]): [number, number] {
  const [x, y] = vec3.transformMat4([...point], camera(scene));
  return [(0.5 + 0.5 * x) * scene.width, (0.5 - 0.5 * y) * scene.height];
}
