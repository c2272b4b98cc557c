import { expect, it } from 'vitest';
import { filled, patched } from './json.ts';

it('a patch replaces lists, merges objects and removes what is null', () => {
  const changed = patched({ a: { b: 1, c: [1, 2] }, d: 4 }, { a: { c: [3] }, d: null, e: { f: null } });
  expect(changed).toEqual({ a: { b: 1, c: [3] }, e: {} });
});

it('an object of indexes changes, appends and removes entries of a list', () => {
  const list = [{ a: 1, b: 2 }, 'x', 'y'];
  expect(patched({ list }, { list: { 0: { b: 3 }, 1: null, 3: 'z' } })).toEqual({
    list: [{ a: 1, b: 3 }, 'y', 'z'],
  });
  expect(list).toEqual([{ a: 1, b: 2 }, 'x', 'y']);
  expect(() => patched({ list }, { list: { 4: 'z' } })).toThrow(
    'a list of 3 entries has none before index 4',
  );
  expect(patched({ list }, { list: {} })).toEqual({ list: {} }); // as RFC 7396 has it
  expect(patched({ list }, { list: { 0: 1, name: 2 } })).toEqual({ list: { 0: 1, name: 2 } });
  expect(patched({}, { list: { 0: 1 } })).toEqual({ list: { 0: 1 } });
});

it('placeholders are filled in texts and keys; alone, they become the value; others stay', () => {
  const value = { '{a} of {b}': ['{a}', '{b}', '{a}-{b}', '{c}', 5, null] };
  expect(filled(value, { a: 'x', b: 3 })).toEqual({ 'x of 3': ['x', 3, 'x-3', '{c}', 5, null] });
});
