import { defineKernel } from '../../kernel.ts';
import { defineRowKernel } from '../../row-kernel.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import chunkSumsWgsl from './chunk-sums.wgsl';
import wgsl from './layer-norm-gradients.wgsl';

const gradientsKernel = /* @__PURE__ */ defineRowKernel({
  name: 'layer-norm-gradients',
  wgsl,
  reads: ['x', 'weight', 'dy'],
  writes: ['dx', 'sums'],
  params: { first: 'u32', chunks: 'u32', chunk: 'u32', rows: 'u32', cols: 'u32', eps: 'f32' },
  rows: ({ chunks }) => chunks,
  flops: ({ rows, cols }) => 21 * rows * cols,
});

const LANES = 8; // that share a column's sum

const chunkSums = /* @__PURE__ */ defineKernel({
  name: 'layer-norm-gradients',
  variant: 'layer-norm-gradients chunk-sums',
  wgsl: [chunkSumsWgsl],
  reads: ['sums'],
  writes: ['dweight', 'dbias'],
  params: { first: 'u32', chunks: 'u32', cols: 'u32' },
  invocations: ({ cols }) => 2 * cols * LANES,
  flops: ({ chunks, cols }) => 2 * chunks * cols,
});

const MIN_CHUNK = 4; // rows
const MAX_CHUNK = 32; // rows, as in layer-norm-gradients.wgsl
const CHUNKS = 256; // enough to keep a device busy
const ALIGNED = 64; // chunks, of any length, that end where a binding may start

/**
 * The gradients of `layerNorm`, whose statistics are computed again.
 *
 * @param x       [..., C]
 * @param weight  [C]
 * @param dy      [..., C]
 * @returns       of x [..., C], weight [C] and bias [C]
 * @throws ShapeError unless dy is like x and weight is [C]
 */
export function layerNormGradients(
  x: Tensor,
  weight: Tensor,
  dy: Tensor,
  eps: number,
): { readonly dx: Tensor; readonly dweight: Tensor; readonly dbias: Tensor } {
  const { device } = x;
  const cols = x.dim(-1);
  const rows = x.size / cols;
  expectShape('layerNormGradients', { weight }, [cols]);
  expectShape('layerNormGradients', { dy }, x.shape);
  const bound = Math.floor(device.info.limits.maxStorageBufferBindingSize / (4 * cols * ALIGNED));
  const wanted = Math.max(MIN_CHUNK, Math.ceil(rows / CHUNKS));
  const chunk = Math.max(1, Math.min(wanted, MAX_CHUNK, bound));
  const chunks = Math.ceil(rows / chunk);
  const [dx, dweight, dbias] = [device.empty(x.shape), device.empty([cols]), device.empty([cols])];
  const sums = device.empty([chunks, 2, cols]);
  const block = chunk * cols;
  gradientsKernel(device, cols).dispatch(
    { x, weight, dy, dx, sums },
    { first: 0, chunks, chunk, rows, cols, eps },
    { slice: { param: 'chunks', start: 'first', per: { x: block, dy: block, dx: block, sums: 2 * cols } } },
  );
  chunkSums.dispatch(
    { sums, dweight, dbias },
    { first: 0, chunks, cols },
    {
      constants: { LANES: device.info.limits.maxComputeInvocationsPerWorkgroup < 64 ? 1 : LANES },
      slice: { param: 'chunks', start: 'first', per: { sums: 2 * cols } },
    },
  );
  sums.dispose();
  return { dx, dweight, dbias };
}
