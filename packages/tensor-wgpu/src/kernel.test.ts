import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from './device/open-device.ts';
import { KernelError } from './errors.ts';
import { defineKernel } from './kernel.ts';
import { fold } from './slices.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const WGSL = `
override WORKGROUP_SIZE: u32 = 64u;
struct Params { size: u32, factor: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i < params.size { y[i] = params.factor * x[i]; }
}`;

const scaled = {
  name: 'scaled',
  wgsl: [WGSL],
  reads: ['x'],
  writes: ['y'],
  params: { size: 'u32', factor: 'f32' },
  invocations: ({ size }: { size: number }) => size,
} as const;

describe('a kernel', () => {
  it('from outside of this package runs', async () => {
    const kernel = defineKernel<'x', 'y', 'size' | 'factor'>(scaled);
    const x = device.tensor([1, 2, 3], [3]);
    const y = device.empty([3]);
    kernel.dispatch({ x, y }, { size: 3, factor: 2 });
    expect(await y.read()).toEqual(Float32Array.of(2, 4, 6));
  });

  it('whose TypeScript differs from its WGSL is refused, naming both', () => {
    const define = (change: object) => () => defineKernel({ ...scaled, ...change } as never);
    expect(define({ reads: ['a'] })).toThrow(/bindings differ/);
    expect(define({ reads: [], writes: ['x', 'y'] })).toThrow(/bindings differ/);
    expect(define({ params: { factor: 'f32', size: 'u32' } })).toThrow(/Params differ/);
    expect(define({ params: { size: 'u32', factor: 'u32' } })).toThrow(KernelError);
  });

  it('that does not compile fails the next read with the line that is wrong', async () => {
    const own = await openDevice();
    const broken = defineKernel<'x', 'y', 'size' | 'factor'>({
      ...scaled,
      wgsl: [WGSL.replace('params.factor * x[i]', 'params.factor * nothing')],
    });
    const x = own.tensor([1], [1]);
    const y = own.empty([1]);
    broken.dispatch({ x, y }, { size: 1, factor: 1 });
    await expect(y.read()).rejects.toThrow(/nothing/);
    own.dispose();
  });
});

describe('a grid', () => {
  it('covers the workgroups within the limit of each axis, or is not to be had', () => {
    for (const limit of [5, 255, 65535]) {
      for (const count of [0, 1, limit, limit + 1, limit ** 2, limit ** 2 + 1, limit ** 3]) {
        const [x, y, z] = fold(count, limit) as [number, number, number];
        expect(x * y * z).toBeGreaterThanOrEqual(count);
        expect(Math.max(x, y, z)).toBeLessThanOrEqual(limit);
      }
      expect(fold(limit ** 3 + 1, limit)).toBeUndefined();
    }
  });
});
