import { coreOf, type Device } from '../device/device.ts';
import { defineKernel } from '../kernel.ts';
import type { Tensor } from '../tensor.ts';
import wgsl from './sum-of-squares.wgsl';

const CHUNK = 4096; // elements that a workgroup sums
const TOGETHER = 6; // gradients per dispatch

const kernel = /* @__PURE__ */ defineKernel({
  name: 'sum-of-squares',
  wgsl: [wgsl],
  reads: ['gradient0', 'gradient1', 'gradient2', 'gradient3', 'gradient4', 'gradient5'],
  writes: ['partials'],
  params: {
    base: 'u32',
    start: 'u32',
    chunks: 'u32',
    size0: 'u32',
    size1: 'u32',
    size2: 'u32',
    size3: 'u32',
    size4: 'u32',
    size5: 'u32',
  },
  workgroups: ({ chunks }) => chunks,
});

/**
 * Partial sums of squares of all gradients, as the bits of f32: those of infinity where a gradient holds a NaN or an
 * infinity. The same gradients give the same bits.
 */
export function sumsOfSquares(device: Device, gradients: readonly Tensor[]): Tensor {
  const chunksOf = ({ size }: Tensor): number => Math.ceil(size / CHUNK);
  const total = gradients.reduce((sum, gradient) => sum + chunksOf(gradient), 0);
  const partials = device.empty([total], 'u32');
  let base = 0;
  for (const [first, ...others] of bindable(device, gradients)) {
    const list = [first, ...others];
    const [size0, size1, size2, size3, size4, size5] = Array.from(
      { length: TOGETHER },
      (_, i) => list[i]?.size ?? 0,
    );
    const chunks = list.reduce((sum, gradient) => sum + chunksOf(gradient), 0);
    kernel.dispatch(
      {
        gradient0: first,
        gradient1: list[1] ?? coreOf(device).placeholder,
        gradient2: list[2] ?? coreOf(device).placeholder,
        gradient3: list[3] ?? coreOf(device).placeholder,
        gradient4: list[4] ?? coreOf(device).placeholder,
        gradient5: list[5] ?? coreOf(device).placeholder,
        partials,
      },
      { base, start: 0, chunks, size0, size1, size2, size3, size4, size5 },
      list.length === 1 ? { slice: { param: 'chunks', start: 'start', per: { gradient0: CHUNK } } } : {},
    );
    base += chunks;
  }
  return partials;
}

/** Groups of up to six gradients; one that exceeds a binding is alone, to be bound range by range. */
function bindable(device: Device, gradients: readonly Tensor[]): Tensor[][] {
  const groups: Tensor[][] = [];
  let open: Tensor[] = [];
  for (const gradient of gradients) {
    if (gradient.bytes > device.info.limits.maxStorageBufferBindingSize - 16) {
      groups.push([gradient]);
      continue;
    }
    if (open.length % TOGETHER === 0) {
      open = [];
      groups.push(open);
    }
    open.push(gradient);
  }
  return groups;
}
