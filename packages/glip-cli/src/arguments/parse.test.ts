import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineCommand } from './command.ts';
import { parseArguments } from './parse.ts';
import { nearest } from './suggest.ts';

const run = async (): Promise<void> => {};
const options = {
  name: { type: 'string', multiple: true, value: 'NAME', help: '' },
  threshold: { type: 'string', value: 'N', help: '', elsewhere: ['confidence'] },
  json: { type: 'boolean', help: '' },
} as const;
const find = defineCommand({ name: 'find', usage: '', summary: '', options, run });
const other = defineCommand({
  name: 'write',
  usage: '',
  summary: '',
  options: { format: { type: 'string', help: '' } },
  run,
});
const parse = (...args: string[]) => parseArguments(args, find, [find, other]);

describe('arguments', () => {
  it('are values of options and the rest, in any order', () => {
    expect(parse('a.jpg', '--name', 'dog', '--json', '--name=007', '-', '--', '--b.jpg')).toEqual({
      help: false,
      values: { name: ['dog', '007'], json: true },
      positionals: ['a.jpg', '-', '--b.jpg'],
    });
    expect(parse('-h').help && parse('--help').help).toBe(true);
  });

  it.each([
    [['--treshold', '1'], '--treshold: unknown option of glip find; did you mean --threshold?'],
    [['--thre', '1'], 'did you mean --threshold?'],
    [['--confidence', '1'], 'did you mean --threshold?'],
    [['--format', 'coco'], '--format: unknown option of glip find; it is an option of glip write'],
    [['--zzz'], '--zzz: unknown option of glip find; glip find --help lists the options'],
    [['-x'], '-x: unknown option'],
    [['--threshold'], '--threshold needs a value: --threshold N'],
    [['--threshold', '--json'], '--threshold needs a value, and --json looks like an option'],
    [['--threshold', '1', '--threshold', '2'], '--threshold is given twice'],
    [['--json=yes'], '--json takes no value, "yes" was given'],
    [['--__proto__', '1'], '--__proto__: unknown option'],
  ])('%j are refused', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });

  it('that are names of files are told so', () => {
    const before = process.cwd();
    const folder = mkdtempSync(join(tmpdir(), 'glip-arguments-'));
    process.chdir(folder);
    try {
      for (const name of ['-dash.jpg', '--json.jpg']) {
        writeFileSync(name, '');
        expect(() => parse(name)).toThrow(`for the file: ./${name}`);
        expect(parse('--', name).positionals).toEqual([name]);
      }
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });

  it('may be negative numbers', () => {
    expect(parse('--threshold', '-1').values).toEqual({ threshold: '-1' });
  });
});

it('the nearest name is one with few letters changed, or one that begins so', () => {
  const names = ['detect', 'download', 'convert'];
  expect(['detetc', 'DETECT', 'down', 'covnert', 'dtect'].map((name) => nearest(name, names))).toEqual([
    'detect',
    'detect',
    'download',
    'convert',
    'detect',
  ]);
  expect(['x', 'paint', ''].map((name) => nearest(name, names))).toEqual([undefined, undefined, undefined]);
});
