import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../state/settings.ts';
import { asCommand, asTypeScript } from './code.ts';

const HOSTILE = [
  "it's",
  '"; rm -rf ~ #',
  '$(id)',
  '`id`',
  '*/ x',
  '$x {y}',
  '\u2028',
  '</script>',
  '\\',
  '-x',
  'a\nb',
];

describe('a detection as code', () => {
  it('names the prompt, and the options that are not usual', () => {
    const code = asTypeScript({ ...DEFAULTS, list: 'dog, cat', thresholds: { cat: 0.7 }, limit: 5 }, [
      'dog',
      'cat',
    ]);
    expect(code).toContain("from '@glip-wgpu/emoji-tiny'");
    expect(code).toContain('{ "categories": [ "dog", "cat" ] }');
    expect(code).toContain('{ "threshold": [ 0.4, 0.7 ], "limit": 5 }');
    expect(asTypeScript({ ...DEFAULTS, model: 'glip-t' }, [])).toContain('Glip.load("glip-t")');
  });

  it.each(HOSTILE)('%j stays text in a program', async (text) => {
    const code = asTypeScript({ ...DEFAULTS, mode: 'caption', caption: text }, []);
    const [, prompt] = /const prompt = (.*);\n/s.exec(code.slice(0, code.indexOf('const found'))) ?? [];
    expect(new Function(`return ${prompt}`)()).toEqual({ caption: text });
  });
});

describe('a detection as a command', () => {
  it('is missing where the command line has no such option', () => {
    expect(asCommand({ ...DEFAULTS, mode: 'spans' }, 'a.jpg')).toBeUndefined();
    expect(asCommand({ ...DEFAULTS, list: 'car = truck' }, 'a.jpg')).toBeUndefined();
  });

  it.each(HOSTILE)('%j is one word of a shell', (text) => {
    const command = asCommand({ ...DEFAULTS, mode: 'caption', caption: text }, text) ?? '';
    const words = command.replace('npx @glip-wgpu/glip-cli', "printf '%s\\0'");
    const printed = execFileSync('sh', ['-c', words], { encoding: 'utf8' }).split('\0');
    expect(printed[1].replace(/^\.\//, '')).toBe(text);
    expect(printed[3]).toBe(text);
  });
});
