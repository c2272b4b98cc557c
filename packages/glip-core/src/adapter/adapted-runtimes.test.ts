import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { expect, it, vi } from 'vitest';
import { glipT } from '../config/config.ts';
import { AdaptedRuntimes } from './adapted-runtimes.ts';

it('a fingerprint that failed is computed again; one that succeeded is kept', async () => {
  const read = vi.fn(async () => [Float32Array.of(1, 2)]);
  read.mockRejectedValueOnce(new Error('no memory'));
  const all = new Map([['a.bias', { shape: [2] }]]);
  const parameters = { all, device: { read } } as unknown as ParameterTree;
  const runtimes = new AdaptedRuntimes(parameters, glipT);
  const [first, second] = [runtimes.fingerprint, runtimes.fingerprint]; // at once: one computation
  await expect(first).rejects.toThrow('no memory');
  await expect(second).rejects.toThrow('no memory');
  expect(read).toHaveBeenCalledTimes(1);
  expect(await runtimes.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(await runtimes.fingerprint).toBe(await runtimes.fingerprint);
  expect(read).toHaveBeenCalledTimes(2);
});
