import { readFileSync } from 'node:fs';
import {
  add,
  mul,
  openDevice,
  parseSafetensors,
  rearrange,
  sum,
  type Tensor,
  valueAndGrad,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { dyRelu } from './dy-relu.ts';
import { featurePyramid } from './feature-pyramid.ts';
import { patchMerging, swinStage } from './swin/swin-stage.ts';

// Inputs, weights, outputs and gradients of the original's modules, recorded in fixtures/units.

const device = await openDevice();
afterAll(() => device.dispose());

interface Recorded {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Size of the map if its tokens are recorded, [B, H W, C]; without it, maps are recorded as [B, C, H, W]. */
  readonly tokens?: readonly [height: number, width: number];
  build(p: ParameterTree): (inputs: readonly Tensor[]) => readonly Tensor[];
}

const UNITS: Readonly<Record<string, Recorded>> = {
  dyrelu: {
    inputs: ['x'],
    outputs: ['y'],
    build(p) {
      const activate = dyRelu(p, 16);
      return ([x]) => [activate(x)];
    },
  },
  fpn_p6p7: {
    inputs: ['c3', 'c4', 'c5'],
    outputs: ['p3', 'p4', 'p5', 'p6', 'p7'],
    build: (p) => featurePyramid(p, [6, 10, 14], 8),
  },
  swin_layer_w7_smaller_than_window: {
    inputs: ['x'],
    outputs: ['x_out', 'x_down'],
    tokens: [5, 3],
    build(p) {
      const blocks = swinStage(p, { dim: 8, depth: 2, heads: 2, window: 7, mlpRatio: 4 });
      const merge = patchMerging(p.at('downsample'), 8);
      return ([x]) => {
        const y = blocks(x);
        return [y, merge(y)];
      };
    },
  },
};

describe.each(Object.entries(UNITS))('%s', (unit, { inputs, outputs, tokens, build }) => {
  const file = parseSafetensors(
    readFileSync(new URL(`../../../fixtures/units/${unit}.safetensors`, import.meta.url)),
  );

  const asMap = (stored: string, shape: readonly number[]): Tensor => {
    const x = device.tensor(file.f32(stored), shape);
    return tokens ? x : rearrange(x, 'B C H W -> B H W C');
  };

  const asStored = async (x: Tensor): Promise<ArrayLike<number>> =>
    (tokens ? x : rearrange(x, 'B H W C -> B C H W')).read();

  const load = () => {
    const names = file.names.filter((name) => name.startsWith('w.')).map((name) => name.slice(2));
    const source = {
      names,
      shape: (name: string) => (names.includes(name) ? file.info(`w.${name}`).shape : undefined),
      read: (name: string) => file.f32(`w.${name}`),
    };
    return ParameterTree.load(device, source, build, (name) => name.endsWith('relative_position_index'));
  };

  const inputMap = (name: string): Tensor => {
    const { shape } = file.info(`in.${name}`);
    return asMap(`in.${name}`, tokens ? [shape[0], ...tokens, shape[2]] : shape);
  };

  it('has the outputs and gradients of the original', async () => {
    const { model, parameters } = await load();
    const maps = inputs.map(inputMap);
    const results = model(maps);
    for (const [i, name] of outputs.entries()) {
      expectClose(name, await asStored(results[i]), file.f32(`out.${name}`));
    }

    const weights = [...parameters.tensors()];
    const { grads } = valueAndGrad(
      () =>
        model(maps)
          .map((y, i) => {
            const name = `cot.${outputs[i]}`;
            return sum(mul(y, asMap(name, tokens ? y.shape : file.info(name).shape)));
          })
          .reduce(add),
      [...maps, ...weights.map(([, tensor]) => tensor)],
    );
    for (const [i, name] of inputs.entries()) {
      expectClose(`gradient of ${name}`, await asStored(grads[i]), file.f32(`gin.${name}`));
    }
    for (const [i, [name]] of weights.entries()) {
      const found = parameters.unpack(name, (await grads[inputs.length + i].read()) as Float32Array);
      expectClose(`gradient of ${name}`, found, file.f32(`gw.${name}`));
    }
  });
});

/** Within 2e-5 of the largest number: sums of up to some hundred terms, in another order than PyTorch's. */
function expectClose(what: string, found: ArrayLike<number>, expected: Float32Array): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
  expect(found.length, what).toBe(expected.length);
  expect(difference, what).toBeLessThanOrEqual(2e-5 * largest + 1e-7);
}
