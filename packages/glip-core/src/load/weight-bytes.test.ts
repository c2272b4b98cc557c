import { readFileSync } from 'node:fs';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { expect, it } from 'vitest';
import { glipL, glipT, glipTA } from '../config/config.ts';
import { parseConfig } from '../config/parse.ts';
import { Glip } from '../glip.ts';
import { weightBytes } from './weight-bytes.ts';

it('bytes of weights are told without a GPU, as they are on one', async () => {
  const config = parseConfig(readFileSync(emojiTiny.config, 'utf8'));
  for (const dtype of ['f32', 'f16'] as const) {
    using glip = await Glip.load(emojiTiny, { dtype });
    expect(weightBytes(config, dtype)).toBe(glip.parameterBytes);
  }
});

it('GLIP-T has 232 million parameters, GLIP-L 430 and GLIP-T (A) 151', () => {
  const millions = [glipT, glipL, glipTA].map((config) => Math.round(weightBytes(config) / 4e6));
  expect(millions).toEqual([232, 430, 151]);
  expect(weightBytes(glipT, 'f16') / weightBytes(glipT)).toBeLessThan(0.51);
});
