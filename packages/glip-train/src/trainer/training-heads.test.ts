import { openDevice, parseSafetensors, writeSafetensors } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { smallest } from '../testing/made-up-batches.ts';
import { beginHeads, headsOf } from './training-heads.ts';
import { ORIGINAL_LOSSES, type PhasePlan } from './training-plan.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const phaseOf = (losses: Partial<PhasePlan['losses']>): PhasePlan => ({
  ...{ name: 'a', steps: 1, trains: 'all', learningRate: 1e-3, weightDecay: 0 },
  ...{ schedule: { kind: 'constant' }, losses: { ...ORIGINAL_LOSSES, ...losses } },
});
const naming = phaseOf({ detection: 0, pyramid: 1 });
const whole = phaseOf({ pyramid: 1, fusion: 1 });

/** Heads of a seed, as a file. */
async function heads(seed: number, phases = [naming, whole], saved?: Uint8Array): Promise<Uint8Array> {
  const tree = ParameterTree.random(device, seed);
  try {
    beginHeads(tree, smallest, phases, saved);
    return await tree.save();
  } finally {
    tree.dispose();
  }
}

const floats = (...numbers: number[]): Uint8Array => new Uint8Array(Float32Array.from(numbers).buffer);

describe('heads that only training has', () => {
  it('are those of the losses of all phases', async () => {
    expect(headsOf(whole.losses)).toEqual(['pyramid_head', 'fusion_head']);
    const names = async (phases: PhasePlan[]) => parseSafetensors(await heads(1, phases)).names.join();
    expect(await names([naming])).not.toContain('fusion_head');
    expect(await names([naming, whole])).toMatch(/fusion_head.*pyramid_head/);
  });

  it('begin with those of an earlier run', async () => {
    const earlier = await heads(1);
    expect(await heads(2)).not.toEqual(earlier);
    expect(await heads(2, [naming, whole], earlier)).toEqual(earlier);
  });

  it('begin random where the earlier run has none, or one of another shape', async () => {
    const bias = 'pyramid_head.bias';
    const earlier = writeSafetensors([
      [bias, { dtype: 'F32', shape: [1], data: floats(3) }],
      ['fusion_head.bias', { dtype: 'F32', shape: [2], data: floats(3, 3) }],
    ]);
    const random = parseSafetensors(await heads(1));
    const begun = parseSafetensors(await heads(1, [naming, whole], earlier));
    for (const name of random.names)
      expect(begun.f32(name)).toEqual(name === bias ? Float32Array.of(3) : random.f32(name));
  });

  it('are refused where they hold a NaN', async () => {
    const earlier = writeSafetensors([
      ['pyramid_head.bias', { dtype: 'F32', shape: [1], data: floats(Number.NaN) }],
    ]);
    await expect(heads(1, [naming], earlier)).rejects.toMatchObject({
      name: 'CheckpointError',
      notFinite: [expect.stringContaining('pyramid_head.bias')],
    });
  });
});
