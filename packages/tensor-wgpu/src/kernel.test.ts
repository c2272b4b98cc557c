import { afterAll, describe, expect, it } from 'vitest';
import { capture } from './capture.ts';
import { openDevice } from './device/open-device.ts';
import type { CompileProgress } from './device/pipelines.ts';
import { KernelError } from './errors.ts';
import { defineKernel } from './kernel.ts';
import { add, affine, gelu, mul, relu } from './kernels/elementwise/elementwise.ts';
import { fold } from './slices.ts';
import type { Tensor } from './tensor.ts';

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

  describe('that does not compile', () => {
    const broken = defineKernel<'x', 'y', 'size' | 'factor'>({
      ...scaled,
      name: 'broken',
      variant: 'broken',
      wgsl: [WGSL.replace('params.factor * x[i]', 'params.factor * missing_name')],
    });
    const scaledBy = defineKernel<'x', 'y', 'size' | 'factor'>(scaled);
    const params = { size: 1, factor: 1 };

    it('fails reads of what it would have written with the line that is wrong, and nothing else', async () => {
      using own = await openDevice();
      const x = own.tensor([7], [1]);
      const [y, after] = [own.empty([1]), own.empty([1])];
      broken.dispatch({ x, y }, params);
      scaledBy.dispatch({ x: y, y: after }, params);
      const other = own.empty([1]);
      scaledBy.dispatch({ x, y: other }, { size: 1, factor: 2 });
      for (const tensor of [y, after]) {
        const error = await tensor.read().catch((error: unknown) => error);
        expect(error).toBeInstanceOf(KernelError);
        const { message, wgsl = '' } = error as KernelError;
        const [, number] = /^ +(\d+) \|.* missing_name; \}\n +\| +\^$/m.exec(message) ?? [];
        expect(message).toMatch(/broken does not compile\n.*missing_name/);
        expect(wgsl.split('\n')[Number(number) - 1]).toContain('missing_name'); // of what was compiled
      }
      expect(await other.read()).toEqual(Float32Array.of(14));
      await expect(own.finish()).rejects.toThrow(KernelError);
      await own.finish();
      expect(() => broken.dispatch({ x, y }, params)).toThrow(KernelError);
      expect(await x.read()).toEqual(Float32Array.of(7));
    });

    it('fails what a captured function returns, each time, and leaves other captures alone', async () => {
      using own = await openDevice();
      const through = (kernel: typeof broken) =>
        capture(own, (x: Tensor) => {
          const y = own.empty([1]);
          kernel.dispatch({ x, y }, params);
          return { y, unharmed: relu(x) };
        });
      using bad = through(broken);
      using good = through(scaledBy);
      const x = own.tensor([3], [1]);
      for (let i = 0; i < 2; i++) {
        const { y, unharmed } = bad(x);
        await expect(y.read()).rejects.toThrow(KernelError);
        expect(await unharmed.read()).toEqual(Float32Array.of(3));
        expect(await good(x).y.read()).toEqual(Float32Array.of(3));
        await expect(good(y).y.read()).rejects.toThrow(KernelError);
      }
    });

    it('with more memory in a workgroup than there is fails as well', async () => {
      using own = await openDevice();
      const kernel = defineKernel<'x', 'y', 'size' | 'factor'>({
        ...scaled,
        name: 'large',
        variant: 'large',
        wgsl: [
          `var<workgroup> much: array<f32, 10000000>;\n${WGSL.replace('params.factor * x[i]', 'much[i]')}`,
        ],
      });
      const [x, y] = [own.tensor([7], [1]), own.empty([1])];
      kernel.dispatch({ x, y }, params);
      await expect(y.read()).rejects.toThrow(/large does not compile/);
      expect(await x.read()).toEqual(Float32Array.of(7));
    });
  });
});

describe('kernels that are used for the first time', () => {
  it('compile side by side, say how far they are, and run in the order of the calls', async () => {
    using own = await openDevice();
    const progress: CompileProgress[] = [];
    const stop = own.onCompile((one) => progress.push(one));
    const x = own.tensor([1], [1]);
    const first = affine(x, 2, 1); // 3
    own.upload(x, Float32Array.of(10));
    const second = mul(x, first); // 30
    own.upload(x, Float32Array.of(5));
    x.dispose();
    const reused = own.tensor([100], [1]); // in x's memory
    const third = add(second, reused); // 130
    const fourth = relu(affine(third, -1, 0)); // 0
    const numbers = await own.read([first, second, third, fourth]);
    expect(numbers.map(([value]) => value)).toEqual([3, 30, 130, 0]);
    const last = progress.at(-1);
    expect(last?.done).toBe(last?.total);
    expect(progress.map(({ done }) => done)).toEqual(progress.map((_, i) => i + 1));
    expect(Math.max(...progress.map(({ total }) => total))).toBeGreaterThan(1);
    const events = progress.length;
    stop();
    await gelu(reused).read();
    expect(progress.length).toBe(events);
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
