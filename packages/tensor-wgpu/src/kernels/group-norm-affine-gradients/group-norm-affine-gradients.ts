import { defineKernel } from '../../kernel.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import wgsl from './group-norm-affine-gradients.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'group-norm-affine-gradients',
  wgsl: [wgsl],
  reads: ['moments', 'pooled', 'weight', 'dy'],
  writes: ['dmoments', 'dpooled', 'dweight', 'dbias'],
  params: { first: 'u32', batch: 'u32', channels: 'u32', width: 'u32', eps: 'f32' },
  invocations: ({ channels }) => channels,
});

interface Operands {
  /** [B, 2, C] */
  readonly moments: Tensor;
  /** [B, 2, C], where it is not `moments`. */
  readonly pooled?: Tensor | undefined;
  /** [C] */
  readonly weight: Tensor;
}

interface Gradients {
  /** [B, 2, C]; includes the gradient through the pooled mean, if `pooled` was left out. */
  readonly dmoments: Tensor;
  /** [B, 2, C] */
  readonly dpooled?: Tensor;
  /** [C] */
  readonly dweight: Tensor;
  /** [C] */
  readonly dbias: Tensor;
}

/**
 * The gradients of `groupNormAffine`.
 *
 * @param dy  [B, 3, C]
 * @throws ShapeError if the shapes do not fit
 */
export function groupNormAffineGradients(
  { moments, pooled, weight }: Operands,
  { groups, eps }: { readonly groups: number; readonly eps: number },
  dy: Tensor,
): Gradients {
  const op = 'groupNormAffineGradients';
  expectRank(op, 'moments', moments, 3);
  const [batch, , channels] = moments.shape;
  expectShape(op, { moments, pooled: pooled ?? moments }, [batch, 2, channels]);
  expectShape(op, { weight }, [channels]);
  expectShape(op, { dy }, [batch, 3, channels]);
  const { device } = moments;
  const dmoments = device.empty(moments.shape);
  const dpooled = device.empty(pooled ? moments.shape : [4]); // bound, but not written without `pooled`
  const [dweight, dbias] = [device.empty([channels]), device.empty([channels])];
  const each = 2 * channels;
  kernel.dispatch(
    { moments, pooled: pooled ?? moments, weight, dy, dmoments, dpooled, dweight, dbias },
    { first: 0, batch, channels, width: channels / groups, eps },
    {
      constants: { SAME: Number(!pooled) },
      slice: {
        param: 'batch',
        start: 'first',
        per: {
          moments: each,
          pooled: each,
          dy: 3 * channels,
          dmoments: each,
          ...(pooled ? { dpooled: each } : {}),
        },
      },
    },
  );
  if (pooled) return { dmoments, dpooled, dweight, dbias };
  dpooled.dispose();
  return { dmoments, dweight, dbias };
}
