import { mul, openDevice, sum, type Tensor, valueAndGrad } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, expect, it } from 'vitest';
import { type GlipConfig, glipTA } from '../config/config.ts';
import { detectionHead } from './head.ts';

const config: GlipConfig = { ...glipTA, channels: 16, bert: { ...glipTA.bert, dim: 12 } };
const [SIDE, WORDS, PADDED] = [3, 4, 7];

const device = await openDevice();
afterAll(() => device.dispose());

const waves = (shape: readonly number[], frequency: number): Tensor =>
  device.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(frequency * (i + 1))),
    shape,
  );

/** Logits of the words, and gradients of their weighted sum, with text of some tokens that is 0 after the words. */
async function gradients(tokens: number): Promise<Map<string, Float32Array>> {
  const parameters = ParameterTree.random(device, 3);
  const predict = detectionHead(parameters, config);
  const levels = config.anchors.strides.map(() => waves([1, SIDE, SIDE, config.channels], 0.37));
  const row = (at: number, width: number): number[] =>
    Array.from({ length: width }, (_, i) => (at < WORDS ? Math.sin(0.9 * (at * width + i + 1)) : 0));
  const rows = Array.from({ length: tokens }, (_, at) => row(at, config.bert.dim)).flat();
  const text = device.tensor(Float32Array.from(rows), [1, tokens, config.bert.dim]);
  const locations = levels.length * SIDE * SIDE;
  const weights = Array.from({ length: locations * tokens }, (_, i) =>
    i % tokens < WORDS ? Math.cos(Math.floor(i / tokens) * WORDS + (i % tokens)) : 0,
  );
  const asked = [...parameters.all].filter(([name]) => /dot_product|log_scale|bias/.test(name));
  const inputs = [text, ...levels, ...asked.map(([, { tensor }]) => tensor)];
  const { value, grads } = valueAndGrad(
    () =>
      sum(
        mul(
          predict(levels, text).tokenLogits,
          device.tensor(Float32Array.from(weights), [1, locations, tokens]),
        ),
      ),
    inputs,
  );
  const names = ['text', ...levels.map((_, i) => `level ${i}`), ...asked.map(([name]) => name)];
  const read = (await device.read([value, ...grads])) as Float32Array[];
  return new Map(['logits', ...names].map((name, i) => [name, read[i]]));
}

it('has the same gradients where text is padded with zeros, as a model without fusion has it', async () => {
  const [words, padded] = [await gradients(WORDS), await gradients(PADDED)];
  for (const [name, values] of words) {
    const same = padded.get(name) as Float32Array;
    expect(same.every(Number.isFinite), name).toBe(true);
    for (const [i, value] of values.entries()) expect(same[i], name).toBeCloseTo(value, 5);
    if (name === 'text') expect(same.subarray(values.length).every((value) => value === 0)).toBe(true);
  }
});
