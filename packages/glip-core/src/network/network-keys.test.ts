import { CheckpointError, type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GlipConfig, glipL, glipT, glipTA } from '../config/config.ts';
import { fixtureJson } from '../testing/fixtures.ts';
import { isIgnored, network } from './network.ts';

interface Key {
  readonly name: string;
  readonly shape: readonly number[];
}

const configs: Record<string, GlipConfig> = { t: glipT, a: glipTA, l: glipL };
let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

function keysOf(model: string): Map<string, readonly number[]> {
  const { entries } = fixtureJson(`keys/keys_glip_${model}`) as { entries: Key[] };
  return new Map(entries.map(({ name, shape }) => [name, shape]));
}

function check(keys: Map<string, readonly number[]>, config: GlipConfig): void {
  const source = { names: keys.keys(), shape: (name: string) => keys.get(name) };
  ParameterTree.check(device, source, (p) => network(p, config), isIgnored);
}

describe.each(Object.entries(configs))('the state dict of the original GLIP-%s', (model, config) => {
  it('is consumed, or knowingly ignored, key by key', () => {
    const keys = keysOf(model);
    expect(keys.size).toBeGreaterThan(500);
    check(keys, config);
  });

  it('without a parameter, with an unknown one and a misshapen one is refused in one error', () => {
    const keys = keysOf(model);
    keys.delete('rpn.head.bias0');
    keys.set('rpn.head.unknown', [3]);
    keys.set('rpn.head.bias_lang', [7]);
    let error: unknown;
    try {
      check(keys, config);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error).toMatchObject({ missing: ['rpn.head.bias0'], unexpected: ['rpn.head.unknown'] });
    expect((error as CheckpointError).misshapen).toEqual(['rpn.head.bias_lang [7], expected [768]']);
  });
});
