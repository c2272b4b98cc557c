import { coreOf } from '../../device/device.ts';
import { scope } from '../../scope.ts';
import { sizeOf, type Tensor } from '../../tensor.ts';
import type { AffineMap, FusionAttention } from '../dynamic-fusion/affine-map.ts';
import { affineKernel, mapsKernel, sumsKernel, weightKernel } from './kernels.ts';

const MIN_CHUNK = 8; // pixels

/** d(loss)/d(result) of `dynamicFusion`. */
export interface FusionGradient {
  /** [B, H, W, C] */
  readonly dy: Tensor;
  /** [B, C]; left out where the loss does not depend on it. */
  readonly dpooled?: Tensor | undefined;
}

/**
 * The gradients of `dynamicFusion`.
 *
 * @param factors  [B, 4, C]: the factor of each map and the shift, from the forward pass
 * @returns        of each map [B, H, W, C] and its affine [B, 3, C]; of weight [C] and bias [1] of an attention
 */
export function dynamicFusionGradients(
  maps: readonly AffineMap[],
  factors: Tensor,
  { dy, dpooled }: FusionGradient,
  attention?: FusionAttention,
): { readonly maps: readonly AffineMap[]; readonly attention: FusionAttention | undefined } {
  return scope(() => {
    const { device } = dy;
    const nothing = coreOf(device).placeholder;
    const [batch, height, width, channels] = dy.shape;
    const [first, second = first, third = first] = maps;
    const constants = { MAPS: maps.length, WEIGHED: Number(attention !== undefined) };
    const pixels = height * width;
    const image = pixels * channels;
    const element = channels % 4 === 0 ? 'vec4f' : 'f32';
    const length = channels / (element === 'vec4f' ? 4 : 1);

    const chunk = Math.max(MIN_CHUNK, Math.ceil(Math.sqrt(pixels)));
    const chunks = Math.ceil(pixels / chunk);
    const sums = device.empty([batch, chunks, 4, channels]);
    const part = 4 * chunks * channels;
    sumsKernel[element].dispatch(
      { dy, x0: first.x, x1: second.x, x2: third.x, sums },
      { images: batch, pixels, channels: length, chunks, chunk },
      {
        constants,
        slice: { param: 'images', per: { dy: image, x0: image, x1: image, x2: image, sums: part } },
      },
    );

    const dxs = maps.map(({ x }) => device.empty(x.shape));
    // Unused bindings are never written, but must not share a buffer with another binding.
    const [dx0, dx1 = device.empty([4]), dx2 = device.empty([4])] = dxs;
    const per = { dy: image, factors: 4 * channels, dx0: image, dx1: image, dx2: image };
    const unused = (['dx1', 'dx2'] as const).slice(maps.length - 1);
    mapsKernel[element].dispatch(
      { dy, factors, dx0, dx1, dx2 },
      { batch, pixels, channels: length },
      {
        constants,
        slice: {
          param: 'batch',
          per: Object.fromEntries(Object.entries(per).filter(([id]) => !unused.includes(id as 'dx1'))),
        },
      },
    );

    const dlogits = device.empty([batch, 4]);
    const daffines = maps.map(({ affine }, map) => {
      const daffine = device.empty(affine.shape);
      affineKernel.dispatch(
        {
          sums,
          affine,
          weight: attention?.weight ?? nothing,
          bias: attention?.bias ?? nothing,
          dpooled: dpooled ?? nothing,
          daffine,
          dlogits,
        },
        { batch, channels, chunks, map },
        {
          constants: { ...constants, HAS_POOLED: Number(dpooled !== undefined) },
          slice: {
            param: 'batch',
            per: {
              sums: part,
              affine: 3 * channels,
              ...(dpooled ? { dpooled: channels } : {}),
              daffine: 3 * channels,
              dlogits: 4,
            },
          },
        },
      );
      return daffine;
    });
    return {
      maps: dxs.map((x, i) => ({ x, affine: daffines[i] })),
      attention: attention && weightGradient(maps, dlogits, attention),
    };
  });
}

function weightGradient(
  maps: readonly AffineMap[],
  dlogits: Tensor,
  { weight, bias }: FusionAttention,
): FusionAttention {
  const { device } = dlogits;
  const [first, second = first, third = first] = maps;
  const [dweight, dbias] = [device.empty(weight.shape), device.empty(bias.shape)];
  weightKernel.dispatch(
    { dlogits, affine0: first.affine, affine1: second.affine, affine2: third.affine, dweight, dbias },
    { batch: dlogits.dim(0), channels: sizeOf(weight.shape) },
    { constants: { MAPS: maps.length } },
  );
  return { weight: dweight, bias: dbias };
}
