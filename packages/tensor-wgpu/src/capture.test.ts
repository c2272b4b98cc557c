import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Captured, capture } from './capture.ts';
import { coreOf } from './device/device.ts';
import { openDevice } from './device/open-device.ts';
import { estimate } from './estimate.ts';
import { add, affine, gelu, mul, relu } from './kernels/elementwise/elementwise.ts';
import { matmul } from './kernels/matmul/matmul.ts';
import { reshape } from './kernels/reshape.ts';
import { profile } from './profile.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const made: Captured<never, unknown>[] = [];
afterEach(() => {
  for (const captured of made.splice(0)) captured.dispose();
});
function captureHere<A extends readonly unknown[], T>(body: (...inputs: A) => T): Captured<A, T> {
  const captured = capture(device, body);
  made.push(captured as unknown as Captured<never, unknown>);
  return captured;
}

const weight = device.tensor(
  Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)),
  [8, 8],
);
const body = (x: Tensor): Tensor => gelu(matmul(relu(matmul(x, weight)), weight, { residual: x }));
const input = (rows: number, seed: number): Tensor =>
  device.tensor(
    Float32Array.from({ length: rows * 8 }, (_, i) => Math.cos(i * seed)),
    [rows, 8],
  );

describe('a captured function', () => {
  it('returns the bits of the plain one, for every input', async () => {
    const fast = captureHere(body);
    for (const seed of [1, 2, 3]) {
      const x = input(5, seed);
      expect(await fast(x).read()).toEqual(await body(x).read());
    }
  });

  it('returns results that later replays do not change', async () => {
    const fast = captureHere(body);
    const first = fast(input(5, 1));
    const before = await first.read();
    fast(input(5, 2));
    expect(await first.read()).toEqual(before);
  });

  it('records anew for other shapes, and keeps as many recordings as the device was opened for', async () => {
    using own = await openDevice({ captures: 3 });
    let runs = 0;
    using fast = capture(own, (x: Tensor) => {
      runs += 1;
      return relu(x);
    });
    const call = (rows: number): void => fast(own.empty([rows])).dispose();
    for (const rows of [1, 2, 3, 4]) call(rows);
    expect(runs).toBe(4);
    call(4);
    expect(runs).toBe(4);
    call(1); // the least recently used was dropped
    expect(runs).toBe(5);
    await expect(openDevice({ captures: 0 })).rejects.toThrow(/captures is 0/);
  });

  it('keeps no more recordings than a driver that maps memory for each dispatch can hold', async () => {
    using own = await openDevice();
    Object.assign(coreOf(own), { recorded: { maxDispatches: 10, bytesPerDispatch: 0 } });
    let runs = 0;
    using fast = capture(own, (x: Tensor, times: Tensor) => {
      runs += 1;
      let y = x;
      for (let i = 0; i < times.shape[0]; i++) y = relu(y);
      return y;
    });
    const call = async (dispatches: number): Promise<number[]> => {
      const y = fast(own.tensor([-1, 2], [2]), own.empty([dispatches]));
      return [runs, ...(await y.read())];
    };
    expect([await call(4), await call(5), await call(4), await call(5)].map(([run]) => run)).toEqual([
      1, 2, 2, 2,
    ]);
    expect(await call(3)).toEqual([3, 0, 2]); // drops that of 4, the least recently used
    expect([await call(5), await call(4)]).toEqual([
      [3, 0, 2],
      [4, 0, 2],
    ]);
    expect(await call(12)).toEqual([5, 0, 2]); // the newest stays, however long
    expect(await call(12)).toEqual([5, 0, 2]);
    expect(await call(4)).toEqual([6, 0, 2]);
  });

  it('reports the driver’s memory for its dispatches to garbage collection', async () => {
    using own = await openDevice();
    Object.assign(coreOf(own), { recorded: { maxDispatches: 100, bytesPerDispatch: 1 << 20 } });
    using fast = capture(own, (x: Tensor) => relu(relu(relu(x))));
    const before = process.memoryUsage().arrayBuffers;
    fast(own.empty([2])).dispose();
    expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThanOrEqual(3 << 20);
  });

  it('keeps ten shapes in rotation without being told', () => {
    let runs = 0;
    const fast = captureHere((x: Tensor) => {
      runs += 1;
      return relu(x);
    });
    for (let i = 0; i < 30; i++)
      fast(device.tensor(new Float32Array((i % 10) + 1), [(i % 10) + 1])).dispose();
    expect(runs).toBe(10);
  });

  it('does not keep the memory of a run before the recording', async () => {
    using own = await openDevice();
    const x = own.tensor(new Float32Array(1 << 16), [1 << 16]);
    const work = (input: Tensor): Tensor => scope(() => relu(add(affine(input, 2, 1), input)));
    using fast = capture(own, work);
    fast(x).dispose();
    own.trim();
    const { allocated } = own.memory;

    using other = await openDevice();
    const y = other.tensor(new Float32Array(1 << 16), [1 << 16]);
    work(y).dispose();
    using later = capture(other, work);
    later(y).dispose();
    later(y).dispose();
    expect(other.memory.allocated).toBeLessThanOrEqual(allocated + y.bytes); // and one result in the pool
  });

  it('keeps constants that it makes while recording', async () => {
    const fast = captureHere((x: Tensor) => add(x, device.tensor([1, 2, 3, 4, 5, 6, 7, 8], [8])));
    const x = input(3, 1);
    const expected = await add(x, device.tensor([1, 2, 3, 4, 5, 6, 7, 8], [8])).read();
    fast(x).dispose();
    for (let i = 0; i < 5; i++) device.tensor(new Float32Array(8).fill(9), [8]).dispose();
    expect(await fast(x).read()).toEqual(expected);
  });

  it('refuses a replay that would use a tensor that was disposed since, or is an input', async () => {
    const own = device.tensor([1, 2, 3, 4], [4]);
    const fast = captureHere((x: Tensor) => add(x, own));
    const x = device.tensor([1, 1, 1, 1], [4]);
    expect(await fast(x).read()).toEqual(Float32Array.of(2, 3, 4, 5));
    const view = reshape(own, [4]);
    own.dispose();
    expect(await fast(x).read()).toEqual(Float32Array.of(2, 3, 4, 5)); // the view keeps the memory
    view.dispose();
    device.tensor([9, 9, 9, 9], [4]); // in the same memory
    expect(() => fast(x)).toThrow(/binary.*was disposed|was disposed: .*\[4\]/);
    x.dispose();
    expect(() => fast(x)).toThrow(/input \[4\] was disposed/);
    using other = await openDevice();
    expect(() => fast(other.tensor([1], [1]))).toThrow(/another device/);
  });

  it('takes and returns arrays and objects of tensors', async () => {
    const fast = captureHere(({ a, b }: { a: Tensor; b: readonly Tensor[] }) => ({
      sum: [add(a, b[0])],
      a: mul(a, a),
    }));
    const a = device.tensor([1, 2], [2]);
    const { sum, a: squared } = fast({ a, b: [device.tensor([10, 20], [2])] });
    expect(await device.read([sum[0], squared])).toEqual([Float32Array.of(11, 22), Float32Array.of(1, 4)]);
  });

  it('uses the memory of what lives at once, not of all that is made', async () => {
    using own = await openDevice();
    const size = 1 << 16;
    const stepwise = capture(own, (x: Tensor) => {
      let y = affine(x, 0.5, 1);
      for (let i = 0; i < 49; i++) {
        const next = affine(y, 0.5, 1);
        y.dispose();
        y = next;
      }
      return y;
    });
    stepwise(own.tensor(new Float32Array(size), [size])).dispose();
    expect(own.memory.allocated).toBeLessThan(6 * 4 * size); // 50 results of 4 bytes each would be far more
  });

  it('refuses to be read or to return a promise, and works again afterwards', async () => {
    const wrong = captureHere((x: Tensor) => {
      void x.read().catch(() => {});
      throw new Error('stopped');
    });
    expect(() => wrong(input(2, 1))).toThrow('stopped');
    const promise = captureHere(async (x: Tensor) => x);
    expect(() => promise(input(2, 1))).toThrow(/promise/);
    expect(() => captureHere((x: Tensor) => captureHere(body)(x))(input(2, 1))).toThrow(/another captured/);
    expect(await captureHere(body)(input(2, 1)).read()).toEqual(await body(input(2, 1)).read());
  });
});

describe('a profile', () => {
  it('lists each dispatch with its cost, and the transfers', async () => {
    const x = input(40, 1);
    const { dispatches, readBacks, result } = await profile(device, () => body(x).read());
    expect(result).toEqual(await body(x).read());
    expect(readBacks).toBe(1);
    expect(dispatches.map(({ kernel }) => kernel)).toEqual(['matmul', 'unary', 'matmul', 'unary']);
    expect(dispatches[0].flops).toBe(2 * 40 * 8 * 8);
    if (device.info.features.includes('timestamp-query')) {
      for (const { ms } of dispatches) expect(ms).toBeGreaterThanOrEqual(0);
    }
  });

  it('sees the dispatches of a replay', async () => {
    const fast = captureHere(body);
    fast(input(4, 1)).dispose();
    const { dispatches } = await profile(device, () => fast(input(4, 2)).read());
    expect(dispatches.map(({ kernel }) => kernel)).toEqual(['matmul', 'unary', 'matmul', 'unary']);
  });
});

describe('an estimate', () => {
  it('is what a run on a fresh device takes', async () => {
    using fresh = await openDevice();
    const work = (on: typeof device): Tensor => {
      const x = on.tensor(new Float32Array(4e5), [5e4, 8]);
      const w = on.tensor(new Float32Array(8 * 32), [8, 32]);
      return scope(() => relu(matmul(x, w)));
    };
    const expected = estimate(device.info, work);
    work(fresh);
    await fresh.finish();
    expect(expected.peakBytes).toBe(fresh.memory.peak);
    expect(expected.flops).toBe(2 * 5e4 * 8 * 32);
    expect(expected.largestBinding).toBe(5e4 * 32 * 4);
    expect(expected.dispatches.map(({ kernel }) => kernel)).toEqual(['matmul', 'unary']);
  });
});
