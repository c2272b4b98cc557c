import { expect, it } from 'vitest';
import { withoutComments } from '../tools/wgsl.mjs';

it('published WGSL has no comments and no blank lines, but keeps the marks of loops that are written out', () => {
  const wgsl = 'const A = 1u; // one\n\n// a line\nfn f() {\n  // unrolled\n  for (;;) { a /= b; }\n}';
  expect(withoutComments(wgsl)).toBe('const A = 1u;\nfn f() {\n  // unrolled\n  for (;;) { a /= b; }\n}');
});
