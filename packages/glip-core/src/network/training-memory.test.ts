import {
  AdamW,
  add,
  capture,
  dryDevice,
  nextStep,
  openDevice,
  randomKey,
  sum,
  type Tensor,
  valueAndGrad,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { type GlipConfig, glipL, glipT } from '../config/config.ts';
import { network, type RunOptions, regularizationOf } from './index.ts';

// Training steps on a device that computes nothing: the same code and allocator. A step is the forward pass with the
// original's regularization, a sum of all predictions, gradients, and AdamW.

const TOKENS = 256;
const MIB = 2 ** 20;

const device = await openDevice();
afterAll(() => device.dispose());

interface Asked {
  readonly config?: GlipConfig;
  readonly images?: number;
  /** Of the picture. */
  readonly size: readonly [height: number, width: number];
  /** MiB in one storage binding. */
  readonly limit: number;
  readonly options: RunOptions;
  readonly captured?: boolean;
}

/** Peak bytes of GPU buffers of two steps. */
function peakOf({ config = glipT, images = 1, size, limit, options, captured = false }: Asked): number {
  const limits = { ...device.info.limits, maxStorageBufferBindingSize: limit * MIB };
  using dry = dryDevice({ ...device.info, limits });
  const parameters = ParameterTree.dry(dry);
  const net = network(parameters, config);
  const trained = parameters.tensors();
  const optimizer = new AdamW(trained, { learningRate: 1e-4, clipNorm: 1 });
  const image = dry.empty([images, ...size, 4]);
  const ids = dry.empty([images, TOKENS], 'u32');
  const mask = dry.empty([images, TOKENS]);
  const key = randomKey(dry, 1);
  const all = { ...options, regularization: { ...regularizationOf(config), key } };
  const step = (): Tensor => {
    const { value, grads } = valueAndGrad(() => {
      const hidden = net.encodeText(ids, mask, all);
      const { deltas, centerness, tokenLogits } = net.ground(
        net.encodeImage(image, all),
        { hidden, mask },
        all,
      );
      return add(add(sum(deltas), sum(centerness)), sum(tokenLogits));
    }, [...trained.values()]);
    optimizer.step(grads).dispose();
    for (const grad of grads) grad.dispose();
    nextStep(key);
    return value;
  };
  using run = capture(dry, step);
  for (let i = 0; i < 2; i++) (captured ? run() : step()).dispose();
  return dry.memory.peak;
}

describe('memory of a training step of GLIP-T', () => {
  it.each([1024, 256, 128])('is for a card of 8 GB at 640 x 640, with bindings of %s MiB', (limit) => {
    const of = (recompute: boolean): number => peakOf({ size: [640, 640], limit, options: { recompute } });
    const [plain, again] = [of(false), of(true)];
    expect(again).toBeLessThan(6e9);
    expect(plain).toBeGreaterThan(1.2 * again);
  });

  it.each([1024, 256, 128])('is for a card of 16 GB at 800 x 1344, with bindings of %s MiB', (limit) => {
    expect(peakOf({ size: [800, 1344], limit, options: { recompute: true } })).toBeLessThan(8e9);
    expect(peakOf({ size: [800, 1344], limit, options: {} })).toBeLessThan(12e9);
  });

  it('is no more where the step is captured', () => {
    const [size, limit, options] = [[640, 640] as const, 128, { recompute: true }];
    const captured = peakOf({ size, limit, options, captured: true });
    expect(captured).toBeLessThan(1.1 * peakOf({ size, limit, options }));
  });

  it('can be bound for several pictures at once and for GLIP-L, in ranges of 128 MiB', () => {
    const [size, options] = [[800, 1344] as const, { recompute: true }];
    expect(peakOf({ images: 4, size, limit: 128, options })).toBeLessThan(18e9);
    expect(peakOf({ config: glipL, size, limit: 128, options })).toBeLessThan(16e9);
  });

  it('can be bound where plain fusion is less work but its tensors exceed a binding', () => {
    const narrow = { ...glipT, channels: 64, fusion: { heads: 8, dim: 512 } };
    peakOf({ config: narrow, size: [1600, 2688], limit: 128, options: { recompute: true } });
    const plain = { fold: false, recompute: true };
    expect(() => peakOf({ config: narrow, size: [1600, 2688], limit: 128, options: plain })).toThrow(
      'bytes in one binding',
    );
  });
});
