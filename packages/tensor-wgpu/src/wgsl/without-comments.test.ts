import { expect, it } from 'vitest';
import { withoutComments } from './without-comments.ts';

it.each([
  ['a(); // b /* c\nd();', 'a(); \nd();'],
  ['a(); /* b // */ c();', 'a();  c();'],
  ['a(); /* b /* c */ d */ e();', 'a();  e();'],
  ['a(); /* b\n */\nc();', 'a(); \n\nc();'],
  ['a(); /* never closed\n', 'a(); \n'],
  ['x = y / z;', 'x = y / z;'],
  ['//', ''],
  ['', ''],
])('%j', (wgsl, expected) => {
  expect(withoutComments(wgsl)).toBe(expected);
});
