import { afterAll, describe, expect, it } from 'vitest';
import type { Device } from '../../device/device.ts';
import { openDevice } from '../../device/open-device.ts';
import { valueAndGrad } from '../../gradient.ts';
import type { Tensor } from '../../tensor.ts';
import { mul } from '../elementwise/elementwise.ts';
import { sum } from '../reduce/reduce.ts';
import { attention, selfAttention } from './attention.ts';

const device = await openDevice();
const tight = await openDevice({
  limits: { maxStorageBufferBindingSize: 256 * 1024, maxComputeWorkgroupsPerDimension: 5 },
});
afterAll(() => {
  for (const each of [device, tight]) each.dispose();
});

/** Numbers within 1 of 0, the same on every device. */
function waves(on: Device, shape: readonly number[], step: number): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return on.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(step * (i + 1))),
    shape,
  );
}

describe('gradients of attention', () => {
  it('are the same where scores are more than a binding holds', async () => {
    const [windows, tokens, heads] = [60, 25, 2];
    expect(4 * windows * heads * tokens * tokens).toBeGreaterThan(256 * 1024);
    const all = await Promise.all(
      [device, tight].map((on) => {
        const qkv = waves(on, [windows, tokens, 24], 0.7);
        const bias = waves(on, [heads, tokens, tokens], 1.3);
        const cotangent = waves(on, [windows, tokens, 8], 0.9);
        const regions = on.tensor(
          Float32Array.from({ length: 3 * tokens }, (_, i) => i % 2),
          [3, tokens],
        );
        const loss = (): Tensor => {
          const y = mul(selfAttention(qkv, { heads, bias, regions }), cotangent);
          return sum(y);
        };
        return Promise.all(valueAndGrad(loss, [qkv, bias]).grads.map((grad) => grad.read()));
      }),
    );
    for (const [i, whole] of all[0].entries()) {
      const cut = all[1][i];
      const apart = whole.reduce((most, value, at) => Math.max(most, Math.abs(value - cut[at])), 0);
      expect(apart).toBeLessThan(1e-5);
      expect(whole.some((value) => Math.abs(value) > 1e-2)).toBe(true);
    }
  });

  it('add up where one tensor is queries, keys and values', async () => {
    const [x, q, k, v] = Array.from({ length: 4 }, () => waves(device, [2, 5, 8], 0.7));
    const weights = waves(device, [2, 5, 8], 1.1);
    const total = (y: Tensor): Tensor => sum(mul(y, weights));
    const one = valueAndGrad(() => total(attention(x, x, x, { heads: 2 })), [x]);
    const three = valueAndGrad(() => total(attention(q, k, v, { heads: 2 })), [q, k, v]);
    const [whole, ...parts] = await Promise.all([...one.grads, ...three.grads].map((grad) => grad.read()));
    for (const [i, value] of whole.entries()) {
      expect(value).toBeCloseTo(parts[0][i] + parts[1][i] + parts[2][i], 5);
    }
  });

  it('keep no scores from the forward pass', () => {
    const qkv = waves(device, [1, 400, 24], 0.7);
    const { live } = device.memory;
    let during = 0;
    const { value, grads } = valueAndGrad(() => {
      const y = selfAttention(qkv, { heads: 8 });
      during = device.memory.live;
      return sum(y);
    }, [qkv]);
    expect(during - live).toBeLessThan(4 * 8 * 400 * 400);
    for (const tensor of [value, ...grads]) tensor.dispose();
    expect(device.memory.live).toBe(live);
  });
});
