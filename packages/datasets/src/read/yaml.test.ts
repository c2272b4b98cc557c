import { expect, it } from 'vitest';
import { readYaml } from './yaml.ts';

const names = (text: string): unknown => {
  const value = readYaml(text, ['names', 'train']).get('names');
  return value instanceof Map ? [...value] : value;
};

it.each<[string, unknown]>([
  ["names: [dog, \"a, b\", 'it''s']", ['dog', 'a, b', "it's"]],
  ['names:\n- dog\n- red apple # round\n', ['dog', 'red apple']],
  ['names:\n  - dog\n  - c#\n', ['dog', 'c#']],
  ['names: [\n  dog,\n  cat,\n]\ntrain: x', ['dog', 'cat']],
  [
    'names:\n  0: dog\n  1: "#1: \\u00e9"\n',
    [
      ['0', 'dog'],
      ['1', '#1: é'],
    ],
  ],
  [
    'names: {0: dog, 1: cat}',
    [
      ['0', 'dog'],
      ['1', 'cat'],
    ],
  ],
  ['---\n# a comment\npath: ../x\nnames: dog\r\ndownload: |\n\tprint("a: b")\n  *x\n', 'dog'],
  ['names:\ntrain: x', ''],
])('%j is read', (text, value) => {
  expect(names(text)).toEqual(value);
});

it.each([
  ['a: &x 1\nnames: *x', 2, 'expected a plain or quoted text, found "*x"'],
  ['names: !!python/object x', 1, 'expected a plain or quoted text'],
  ['names: |\n  a', 2, 'may not go on'],
  ['names:\n  - a\n    - b', 3, 'indented differently'],
  ['names:\n  0: a\n  0: b', 3, 'the key 0 is given twice'],
  ['names: [a]\nnames: [b]', 2, 'the key names is given twice'],
  ['names: [a, b', 1, 'no ] follows'],
  ['names: [a, "b]', 1, 'is wrong'],
  ['hello', 1, 'expected "key: value"'],
])('%j is refused with its line', (text, line, message) => {
  let error: unknown;
  try {
    names(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ line, message: expect.stringContaining(message) });
});
