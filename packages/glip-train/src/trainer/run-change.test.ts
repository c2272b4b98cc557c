import { expect, it } from 'vitest';
import { changesBetween, describeChange } from './run-change.ts';

it.each([
  [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, []],
  [{ a: 1 }, { a: 2 }, ['a was 1, is 2']],
  [{ a: { b: 1 } }, { a: {} }, ['a.b was 1, is not given']],
  [{ a: [1] }, { a: [1, { b: 'x' }] }, ['a[1] was not given, is {"b":"x"}']],
  [{ a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 2 }, { b: 1 }] }, ['a[0].b was 1, is 2', 'a[1].b was 2, is 1']],
  [{ a: 'all' }, { a: ['rpn'] }, ['a was "all", is ["rpn"]']],
  [{ a: { 0: 1 } }, { a: [1] }, ['a was {"0":1}, is [1]']],
  [{ a: null }, { a: {} }, ['a was null, is {}']],
  [{ a: undefined }, {}, []],
  [{ a: 'x'.repeat(100) }, { a: '' }, [`a was "${'x'.repeat(79)}…, is ""`]],
])('%j and %j: %j', (was, is, expected) => {
  expect(changesBetween(was, is).map(describeChange)).toEqual(expected);
});
