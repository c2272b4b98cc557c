import { ShapeError } from '../../errors.ts';
import type { ParamType, Values } from '../../kernel.ts';
import type { Shape } from '../../tensor.ts';
import { type ConvGeometry, type ConvShape, convShape } from '../conv2d/conv-shape.ts';

export interface DeformGeometry extends ConvGeometry {
  readonly deformableGroups?: number;
}

const SAMPLING = {
  height: 'u32',
  width: 'u32',
  out_width: 'u32',
  kernel_width: 'u32',
  stride: 'u32',
  padding: 'u32',
  dilation: 'u32',
  positions: 'u32',
  image_samples: 'u32',
  mask_start: 'u32',
} as const;

/** A kernel's parameters, then those that sampling.wgsl needs besides `rows`, the pixels of the result. */
export function withSampling<P extends Readonly<Record<string, ParamType>>>(own: P): P & typeof SAMPLING {
  return { ...own, ...SAMPLING };
}

/** Sizes of a deformable convolution. Channels that share both kinds of groups are a unit. */
export interface DeformShape extends Omit<ConvShape, 'channels'> {
  /** Pixels of the result. */
  readonly rows: number;
  readonly groups: number;
  readonly deformableGroups: number;
  /** Units of a group; 1 unless there are more deformable groups. */
  readonly parts: number;
  /** Units of a deformable group; 1 unless there are more groups. */
  readonly groupsPerPart: number;
  /** Channels of a unit. */
  readonly channels: number;
  readonly sampling: Values<keyof typeof SAMPLING>;
}

/** Sizes of a deformable convolution, checked. */
export function deformShape(
  op: string,
  x: Shape,
  weight: Shape,
  samples: Shape,
  geometry: DeformGeometry,
): DeformShape {
  const { deformableGroups = 1, groups = 1, stride = 1, padding = 0, dilation = 1 } = geometry;
  const conv = convShape(op, x, weight, geometry);
  const { batch, height, width, taps: positions, outHeight, outWidth } = conv;
  const planes = 3 * deformableGroups * positions;
  if (samples.length !== 4 || samples[0] !== batch || samples[1] !== planes) {
    throw new ShapeError(`${op}: samples is [${samples}], expected [${batch}, ${planes}, H, W]`);
  }
  const [, , sampleHeight, sampleWidth] = samples;
  const rows = outHeight * outWidth;
  if (sampleHeight * sampleWidth < rows) {
    throw new ShapeError(
      `${op}: samples [${samples}] are fewer than the result's ${outHeight} x ${outWidth} pixels`,
    );
  }
  if (deformableGroups % groups !== 0 && groups % deformableGroups !== 0) {
    throw new ShapeError(
      `${op}: ${deformableGroups} deformable groups and ${groups} groups: neither divides the other`,
    );
  }
  const parts = Math.max(1, deformableGroups / groups);
  const channels = conv.channels / parts;
  if (!Number.isInteger(channels)) {
    throw new ShapeError(
      `${op}: ${deformableGroups} deformable groups do not divide the channels of x [${x}]`,
    );
  }
  const plane = sampleHeight * sampleWidth;
  return {
    ...conv,
    rows,
    groups,
    deformableGroups,
    parts,
    groupsPerPart: Math.max(1, groups / deformableGroups),
    channels,
    sampling: {
      height,
      width,
      out_width: outWidth,
      kernel_width: weight[2],
      stride,
      padding,
      dilation,
      positions,
      image_samples: planes * plane,
      mask_start: 2 * deformableGroups * positions * plane,
    },
  };
}
