import type { Device } from '../../device/device.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import { rowSchedule } from '../../wgsl/rows.ts';
import chunkSumsWgsl from './chunk-sums.wgsl';
import wgsl from './layer-norm-gradients.wgsl';

const PARAMS = { first: 'u32', chunks: 'u32', chunk: 'u32', rows: 'u32', cols: 'u32', eps: 'f32' } as const;
const kernels = new Map<string, Kernel<'x' | 'weight' | 'dy', 'dx' | 'sums', keyof typeof PARAMS>>();

function kernelFor(device: Device, cols: number) {
  const schedule = rowSchedule(device, cols, ['x', 'weight', 'dy'], ['dx', 'sums'], wgsl);
  const known = kernels.get(schedule.variant);
  if (known) return known;
  const kernel = defineKernel({
    name: 'layer-norm-gradients',
    ...schedule,
    variant: `layer-norm-gradients ${schedule.variant}`,
    reads: ['x', 'weight', 'dy'],
    writes: ['dx', 'sums'],
    params: PARAMS,
    workgroups: ({ chunks }) => schedule.workgroups(chunks),
    flops: ({ rows, cols }) => 21 * rows * cols,
  });
  kernels.set(schedule.variant, kernel);
  return kernel;
}

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
  kernelFor(device, cols).dispatch(
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
