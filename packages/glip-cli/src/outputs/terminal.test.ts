import { expect, it } from 'vitest';
import { withoutNoise } from '../supervise.ts';
import { safeJson, visible } from './terminal.ts';

it('nothing that a terminal obeys reaches it; text of any language does', () => {
  expect(visible('a\u001b[31mred\u0007\u009b2J\rb\u202e\u0000')).toBe(
    'a\\x1b[31mred\\x07\\x9b2J\\x0db\\u202e\\x00',
  );
  expect(visible('Ⅷ 犬\n\tçà 👩‍🚀')).toBe('Ⅷ 犬\n\tçà 👩‍🚀');
});

it('JSON keeps its meaning without such characters', () => {
  const value = { path: 'a\u001b\u009b\u202e\u007f\n.jpg', list: ['Ⅷ'] };
  for (const indent of [undefined, 2]) {
    const text = safeJson(value, indent);
    expect(JSON.parse(text)).toEqual(value);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  }
});

it('what graphics drivers write about themselves is left out, and nothing else', () => {
  const noise =
    'Warning: maxDynamicUniformBuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit dynamic offset allocation limit.\n';
  expect(withoutNoise(`glip: a\n${noise}${noise}warning: b\n`)).toBe('glip: a\nwarning: b\n');
  expect(withoutNoise('\r\u001b[Kloading 5 %')).toBe('\r\u001b[Kloading 5 %');
});
