import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

describe('readOptions', () => {
  it('has defaults for all but the place', () => {
    const options = readOptions(['--out', 'a', '--cache', 'c', '--jobs', '2']);
    expect(options).toMatchObject({ out: 'a', seed: 1, size: 160, relations: 0.4, jobs: 2, cache: 'c' });
    expect(options?.counts).toEqual({ train: 20000, val: 400, style: 250, combo: 150 });
    expect(options?.styles).toHaveLength(9);
    expect(readOptions(['--help'])).toBeUndefined();
  });

  it('leaves out styles', () => {
    const styles = (...args: string[]) => readOptions(['--out', 'a', ...args])?.styles;
    expect(styles('--styles', 'noto, openmoji')).toEqual(['noto', 'openmoji']);
    expect(styles('--styles', 'noto,openmoji', '--no-share-alike')).toEqual(['noto']);
    expect(styles('--no-share-alike')).toHaveLength(7);
  });

  it.each([
    [[], 'expected --out DIR or --sheet FILE'],
    [['--out', 'a', '--sheet', 'b'], 'expected --out DIR or --sheet FILE'],
    [['--out', 'a', '--scenes', 'many'], '--scenes: expected a whole number from 0 to 500000, found "many"'],
    [['--out', 'a', '--scenes', '1.5'], '--scenes: expected a whole number'],
    [['--out', 'a', '--seed', ''], '--seed: expected a whole number'],
    [['--out', 'a', '--seed=-1'], '--seed: expected a whole number from 0 to 4294967295, found "-1"'],
    [['--out', 'a', '--size', '32'], '--size: expected a whole number from 64 to 1024, found "32"'],
    [['--out', 'a', '--relations', '2'], '--relations: expected a number from 0 to 1, found "2"'],
    [['--out', 'a', '--styles', 'twemoji,noto'], 'twemoji is held out'],
    [['--out', 'a', '--styles', 'nota'], 'unknown style "nota"; there are noto, '],
    [['--out', 'a', '--styles', 'openmoji', '--no-share-alike'], 'all of these are under CC BY-SA'],
    [['--sheet', 'a', '--subset', 'test'], '--subset: expected train, val, style or combo, found "test"'],
    [['--sheet', 'a', '--subset', 'constructor'], '--subset: expected train'],
    [['--out', 'a', '--fast'], '--fast'],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(expect.objectContaining({ name: 'InputError' }));
    expect(() => readOptions(args)).toThrow(message);
  });
});
