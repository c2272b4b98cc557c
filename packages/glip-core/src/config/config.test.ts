import { bertBase } from '@glip-wgpu/bert';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors.ts';
import { originalGlipT, withKey } from '../testing/original-config.ts';
import { checkConfig } from './check.ts';
import { glipL, glipT, glipTA, glipTB, glipTC } from './config.ts';
import { configFromOriginal } from './original.ts';
import { parseConfig } from './parse.ts';

describe('the published configurations', () => {
  it('are those of the original', () => {
    expect(configFromOriginal(originalGlipT)).toEqual(glipT);
    expect(glipT.bert).toEqual(bertBase);
  });

  it('differ in fusion, backbone and stages only', () => {
    expect(glipTA).toEqual({ ...glipT, fusion: null });
    expect([glipTB, glipTC]).toEqual([glipT, glipT]);
    const swin = {
      embedDim: 192,
      depths: [2, 2, 18, 2],
      heads: [6, 12, 24, 48],
      window: 12,
      mlpRatio: 4,
    };
    expect(glipL).toEqual({ ...glipT, swin, head: { ...glipT.head, stages: 8 } });
  });

  it.each([glipT, glipTA, glipL])('fit together and survive JSON', (config) => {
    expect(checkConfig(config)).toBe(config);
    expect(parseConfig(JSON.stringify(config))).toEqual(config);
  });
});

describe('a configuration file', () => {
  it.each([
    ['swin.heads', [3, 6, -12, 24], 'swin.heads[2] is -12'],
    ['swin.heads', [3, 6, 12, 25], 'swin.heads[3] is 25, expected a divisor of 768'],
    ['bert.heads', 7, 'a divisor of 768'],
    ['fusion.dim', 2047, 'fusion.heads is 8, expected a divisor of 2047'],
    ['head.normGroups', 3, 'a divisor of 256'],
    ['head.stages', 1e9, 'head.stages is 1000000000'],
    ['head.stages', 2.5, 'an integer from 1'],
    ['head.stages', '6', 'head.stages is "6"'],
    ['image.std', [0, 1, 1], 'image.std[0] is 0'],
    ['image.maxSize', 700, 'at least image.minSize, 800'],
    ['text.maxTokens', 600, 'at most bert.maxPositions, 512'],
    ['anchors.strides', [4, 8, 16, 32, 64], 'those of the pyramid'],
    ['anchors.ratios', [0.5, 1, 2], 'one box per location'],
    ['anchors.scalesPerOctave', 3, 'one box per location'],
    ['channels', 3, 'at least 4'],
    ['detection.nmsThreshold', null, 'a number from 0 to 1'],
    ['fusion', undefined, 'fusion.heads is missing'],
    ['swin.windowSize', 7, 'swin.windowSize is 7, expected no such key'],
    ['chanels', 256, 'chanels is 256'],
  ])('with %s = %j is refused', (key, value, message) => {
    const read = () => parseConfig(JSON.stringify(withKey(glipT, key, value)));
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
  });

  it.each(['', '{', 'null', '[]', '7', '"x"', '{}', '{"__proto__":{"channels":256}}'])(
    '%j is refused',
    (text) => {
      expect(() => parseConfig(text)).toThrow(ConfigError);
    },
  );
});
