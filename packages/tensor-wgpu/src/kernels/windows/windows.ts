import { coreOf } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { reshape } from '../reshape.ts';
import mergeWgsl from './window-merge.wgsl';
import partitionWgsl from './window-partition.wgsl';

const SIZES = {
  images: 'u32',
  height: 'u32',
  width: 'u32',
  channels: 'u32',
  window: 'u32',
  shift: 'u32',
  down: 'u32',
  across: 'u32',
} as const;

const alias = (names: readonly string[], element: string): string =>
  names.map((name) => `alias ${name}_element = ${element};\n`).join('');

const definePartition = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'window-partition',
    variant: `window-partition ${element}`,
    wgsl: [alias(['x', 'y'], element), partitionWgsl],
    reads: ['x'],
    writes: ['y'],
    params: SIZES,
    invocations: ({ images, down, across, window, channels }) =>
      images * down * across * window * window * channels,
  });
const partition = {
  f32: /* @__PURE__ */ definePartition('f32'),
  vec4f: /* @__PURE__ */ definePartition('vec4f'),
};

const defineMerge = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'window-merge',
    variant: `window-merge ${element}`,
    wgsl: [alias(['x', 'residual', 'y'], element), mergeWgsl],
    reads: ['x', 'residual'],
    writes: ['y'],
    params: SIZES,
    invocations: ({ images, height, width, channels }) => images * height * width * channels,
  });
const merge = { f32: /* @__PURE__ */ defineMerge('f32'), vec4f: /* @__PURE__ */ defineMerge('vec4f') };

export interface WindowOptions {
  /** Side of a window, tokens. */
  readonly window: number;
  /** Shift of the windows down and to the right, tokens; it wraps around the edges. */
  readonly shift: number;
}

function expectWindows(op: string, { window, shift }: WindowOptions): void {
  const fits = Number.isInteger(window) && Number.isInteger(shift) && shift >= 0 && shift < window;
  if (!fits)
    throw new ShapeError(`${op}: windows of ${window} shifted by ${shift}, expected 0 <= shift < window`);
}

/**
 * The windows of a feature map, padded with zeros on the right and below. Spec 2.1, steps 1 to 3.
 *
 * @param x  [B, H, W, C]
 * @returns  [B * ceil(H / window) * ceil(W / window), window², C]
 * @throws ShapeError unless 0 <= shift < window, both integers
 */
export function windowPartition(x: Tensor, { window, shift }: WindowOptions): Tensor {
  expectRank('windowPartition', 'x', x, 4);
  expectWindows('windowPartition', { window, shift });
  const [batch, height, width, channels] = x.shape;
  const [down, across] = [Math.ceil(height / window), Math.ceil(width / window)];
  const y = x.device.empty([batch * down * across, window * window, channels]);
  const vec4 = channels % 4 === 0;
  partition[vec4 ? 'vec4f' : 'f32'].dispatch(
    { x, y },
    { images: batch, height, width, channels: vec4 ? channels / 4 : channels, window, shift, down, across },
    { slice: { param: 'images', per: { x: x.size / batch, y: y.size / batch } } },
  );
  return record(y, [x], [], (dy) => [windowMerge(dy, { window, shift, height, width })]);
}

export interface WindowMergeOptions extends WindowOptions {
  /** Size of the feature map, without padding. */
  readonly height: number;
  readonly width: number;
  /** [B, H, W, C], added to the result. */
  readonly residual?: Tensor;
}

/**
 * The feature map that windows were cut from. Spec 2.1, step 5.
 *
 * @param x  [B * ceil(H / window) * ceil(W / window), window², C]
 * @returns  [B, H, W, C]
 * @throws ShapeError if x does not hold the windows of a map of this size, or unless 0 <= shift < window, both integers
 */
export function windowMerge(x: Tensor, options: WindowMergeOptions): Tensor {
  expectRank('windowMerge', 'x', x, 3);
  expectWindows('windowMerge', options);
  const { window, shift, height, width, residual } = options;
  const channels = x.dim(2);
  const [down, across] = [Math.ceil(height / window), Math.ceil(width / window)];
  const batch = x.dim(0) / (down * across);
  expectShape('windowMerge', { x }, [Math.round(batch) * down * across, window * window, channels]);
  const y = x.device.empty([batch, height, width, channels]);
  if (residual) expectShape('windowMerge', { residual }, y.shape);
  const vec4 = channels % 4 === 0;
  merge[vec4 ? 'vec4f' : 'f32'].dispatch(
    { x, residual: residual ?? coreOf(x.device).placeholder, y },
    {
      images: batch,
      height,
      width,
      channels: vec4 ? channels / 4 : channels,
      window,
      shift,
      down,
      across,
    },
    {
      constants: { HAS_RESIDUAL: Number(residual !== undefined) },
      slice: {
        param: 'images',
        per: {
          x: x.size / batch,
          y: y.size / batch,
          ...(residual ? { residual: y.size / batch } : {}),
        },
      },
    },
  );
  return record(y, residual ? [x, residual] : [x], [], (dy) => [
    windowPartition(dy, { window, shift }),
    ...(residual ? [reshape(dy, dy.shape)] : []),
  ]);
}
