import { ShapeError } from '../../errors.ts';
import type { Shape } from '../../tensor.ts';

export interface ConvGeometry {
  readonly stride?: number;
  /** Zeros on every side. */
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

export interface ConvShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Per group. */
  readonly channels: number;
  readonly outputs: number;
  readonly taps: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Sizes of a convolution, checked. */
export function convShape(op: string, x: Shape, weight: Shape, geometry: ConvGeometry): ConvShape {
  const { groups = 1, stride = 1, padding = 0, dilation = 1 } = geometry;
  for (const [name, shape] of Object.entries({ x, weight })) {
    if (shape.length !== 4) throw new ShapeError(`${op}: ${name} is [${shape}], expected 4 axes`);
  }
  const [batch, height, width, total] = x;
  const [outputs, kernelHeight, kernelWidth, channels] = weight;
  if (channels * groups !== total || outputs % groups !== 0) {
    throw new ShapeError(`${op}: weight [${weight}] in ${groups} groups does not fit x [${x}]`);
  }
  const out = (size: number, kernel: number): number =>
    Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const [outHeight, outWidth] = [out(height, kernelHeight), out(width, kernelWidth)];
  if (outHeight < 1 || outWidth < 1) {
    throw new ShapeError(`${op}: x [${x}] is smaller than its ${kernelHeight}x${kernelWidth} kernel`);
  }
  return { batch, height, width, channels, outputs, taps: kernelHeight * kernelWidth, outHeight, outWidth };
}
