import { defineKernel } from '../../kernel.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { sum } from '../reduce/reduce.ts';
import factorsWgsl from './group-factors.wgsl';
import wgsl from './group-norm-gradients.wgsl';
import sumsWgsl from './group-sums.wgsl';

const NAME = 'group-norm-gradients';
const SIZES = { batch: 'u32', pixels: 'u32', channels: 'u32', chunk: 'u32', chunks: 'u32' } as const;

const defineSums = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: NAME,
    variant: `${NAME} sums ${element}`,
    wgsl: [`alias element = ${element};\n`, sumsWgsl],
    reads: ['x', 'moments', 'dy'],
    writes: ['sums'],
    params: SIZES,
    invocations: ({ batch, channels, chunks }) => batch * channels * chunks,
    flops: ({ batch, pixels, channels }) => (element === 'vec4f' ? 16 : 4) * batch * pixels * channels,
  });

const defineApply = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: NAME,
    variant: `${NAME} ${element}`,
    wgsl: [`alias element = ${element};\n`, wgsl],
    reads: ['x', 'dy', 'factors'],
    writes: ['dx'],
    params: SIZES,
    invocations: ({ batch, channels, chunks }) => batch * channels * chunks,
    flops: ({ batch, pixels, channels }) => (element === 'vec4f' ? 16 : 4) * batch * pixels * channels,
  });

const factorsKernel = /* @__PURE__ */ defineKernel({
  name: NAME,
  variant: 'group-norm-gradients factors',
  wgsl: [factorsWgsl],
  reads: ['sums', 'moments', 'weight'],
  writes: ['factors', 'dweight', 'dbias'],
  params: {
    first: 'u32',
    batch: 'u32',
    pixels: 'u32',
    channels: 'u32',
    width: 'u32',
    chunks: 'u32',
    eps: 'f32',
  },
  invocations: ({ channels }) => channels,
});

const sumsOf = { scalars: /* @__PURE__ */ defineSums('f32'), quads: /* @__PURE__ */ defineSums('vec4f') };
const apply = { scalars: /* @__PURE__ */ defineApply('f32'), quads: /* @__PURE__ */ defineApply('vec4f') };

const MIN_CHUNK = 16; // pixels whose sums an invocation takes
const APPLIED = 8; // pixels of an invocation that writes
const MERGED = 32; // chunks that are added up where they are used

/**
 * The gradients of `groupNorm`, from the moments of its channels.
 *
 * @param x        [B, H, W, C]
 * @param moments  [B, 2, C], of x
 * @param weight   [C]
 * @param dy       [B, H, W, C]
 * @returns        of x [B, H, W, C], weight [C] and bias [C]
 * @throws ShapeError if the shapes do not fit
 */
export function groupNormGradients(
  { x, moments, weight }: Readonly<Record<'x' | 'moments' | 'weight', Tensor>>,
  { groups, eps }: { readonly groups: number; readonly eps: number },
  dy: Tensor,
): { readonly dx: Tensor; readonly dweight: Tensor; readonly dbias: Tensor } {
  const op = 'groupNormGradients';
  expectRank(op, 'x', x, 4);
  const [batch, height, width, channels] = x.shape;
  expectShape(op, { moments }, [batch, 2, channels]);
  expectShape(op, { weight }, [channels]);
  expectShape(op, { dy }, x.shape);
  const { device } = x;
  const pixels = height * width;
  const [image, pair] = [pixels * channels, 2 * channels]; // elements of each image
  const kind = channels % 4 === 0 ? 'quads' : 'scalars';
  const sizes = { batch, pixels, channels: kind === 'quads' ? channels / 4 : channels };
  const inChunks = (chunk: number) => ({ ...sizes, chunk, chunks: Math.ceil(pixels / chunk) });

  const summed = inChunks(Math.max(MIN_CHUNK, Math.ceil(Math.sqrt(pixels))));
  const partial = device.empty([batch, summed.chunks, 2, channels]);
  sumsOf[kind].dispatch({ x, moments, dy, sums: partial }, summed, {
    slice: {
      param: 'batch',
      per: { x: image, moments: pair, dy: image, sums: summed.chunks * pair },
    },
  });
  const sums = summed.chunks > MERGED ? sum(partial, 1) : partial;
  const chunks = sums.dim(1);
  const factors = device.empty([batch, 3, channels]);
  const [dx, dweight, dbias] = [device.empty(x.shape), device.empty([channels]), device.empty([channels])];
  factorsKernel.dispatch(
    { sums, moments, weight, factors, dweight, dbias },
    { first: 0, batch, pixels, channels, width: channels / groups, chunks, eps },
    {
      slice: {
        param: 'batch',
        start: 'first',
        per: { sums: chunks * pair, moments: pair, factors: 3 * channels },
      },
    },
  );
  apply[kind].dispatch({ x, dy, factors, dx }, inChunks(APPLIED), {
    slice: { param: 'batch', per: { x: image, dy: image, factors: 3 * channels, dx: image } },
  });
  for (const tensor of new Set([partial, sums, factors])) tensor.dispose();
  return { dx, dweight, dbias };
}
