import { expect, it } from 'vitest';
import { foldBranches } from './fold-branches.ts';

const DECLARED = 'const ON = true; const OFF = false; const ROWS = 16u;\n';

/** `body` after constant folding, with the three constants declared before it. */
function folded(body: string): string {
  const code = foldBranches(DECLARED + body, {});
  expect(code.startsWith(DECLARED)).toBe(true);
  return code.slice(DECLARED.length);
}

it('overrides of bool and u32 become constants: given values, else their defaults', () => {
  const code =
    'override A = false; // of bool\noverride B: bool = true;\noverride C: u32 = 1u;\noverride D: u32 = 2u;';
  expect(foldBranches(code, { A: 1, C: 8, OTHER: 3 })).toBe(
    'const A = true; // of bool\nconst B = true;\nconst C = 8u;\nconst D = 2u;',
  );
});

it('an override with an id stays, as it is set by its number', () => {
  const code = '@id(7) override A = false;\n@id( 8 )\noverride B: u32 = 1u;\nfn f() { if A { a(); } }';
  expect(foldBranches(code, { A: 1, B: 2 })).toBe(code);
});

it('overrides of f32 stay, since a decimal fraction is another number than its f32', () => {
  const code = 'override BETA: f32 = 0.9;\noverride COUNT: i32 = -1;';
  expect(foldBranches(code, { BETA: 0.5, COUNT: 1 })).toBe(code);
});

it.each([
  ['if ON { a(); } b();', '{ a(); } b();'],
  ['if OFF { a(); } b();', ' b();'],
  ['if !ON { a(); } else { b(); }', '{ b(); }'],
  ['if ON { a(); } else { b(); } c();', '{ a(); } c();'],
  ['if ON { a(); } else if x { b(); } else { c(); } d();', '{ a(); } d();'],
  ['if OFF { a(); } else if x { b(); } else { c(); } d();', 'if x { b(); } else { c(); } d();'],
  ['if OFF { a(); } else if ON { b(); } else { c(); } d();', '{ b(); } d();'],
  ['if x { a(); } else if ON { b(); } else { c(); }', 'if x { a(); } else { b(); }'],
  ['if x { a(); } else if OFF { b(); } else { c(); }', 'if x { a(); } else { c(); }'],
  ['if x { a(); } else if OFF { b(); } c();', 'if x { a(); } else {} c();'],
  ['if (ON) { a(); }', '{ a(); }'],
  ['if ON { if OFF { a(); } if x { b(); } }', '{  if x { b(); } }'],
  ['if x { if ON { a(); } }', 'if x { { a(); } }'],
])('%s', (body, expected) => {
  expect(folded(body)).toBe(expected);
});

it.each([
  'ROWS == 16u',
  'ROWS == 16',
  'ROWS != 8u',
  'ROWS > 15u',
  'ROWS >= 16u',
  '17u > ROWS',
  'ROWS <= 16u',
  'ROWS < 17u',
  'true',
  'ON || x > 1u',
  'OFF || ON',
  'ON && ROWS == 16u',
  'OFF && x || ON',
  '!OFF',
  '!(OFF)',
  '(ROWS == 16u) && (ON)',
])('%s is true', (condition) => {
  expect(folded(`if ${condition} { a(); } else { b(); }`)).toBe('{ a(); }');
});

it.each([
  'x',
  'x > 1u',
  'ON && x',
  'OFF || x',
  'f(ON)',
  'any(vec2<bool>(ON, OFF) || y)',
  'f() || ON', // f may have effects
  'f() && OFF',
  'ON == x',
  'ROWS + 1u > 3u',
  'ROWS', // does not compile, which the compiler says better
])('%s is left to the compiler', (condition) => {
  const code = `if ${condition} { a(); } else { b(); }`;
  expect(folded(code)).toBe(code);
});

it.each([
  ['fn f() { if ON { a(); return; } b(); if x { c(); } } fn g() {}', 'fn f() { { a(); return; }} fn g() {}'],
  ['fn f() -> u32 { if ON { return 1u; } return 2u; }', 'fn f() -> u32 { { return 1u; }}'],
  ['for (;;) { if OFF { a(); } else { break; } b(); } c();', 'for (;;) { { break; }} c();'],
  ['loop { if ON { continue; } b(); } c();', 'loop { { continue; }} c();'],
  ['fn f() { if ON { if x { return; } } b(); }', 'fn f() { { if x { return; } } b(); }'],
  ['fn f() { if x { a(); } else if ON { return; } b(); }', 'fn f() { if x { a(); } else { return; } b(); }'],
  [
    'fn f() { if OFF { a(); } else if x { b(); } else { return; } c(); }',
    'fn f() { if x { b(); } else { return; } c(); }',
  ],
  [
    'fn f() { if ON { if x { a(); } else { return; } } b(); }',
    'fn f() { { if x { a(); } else { return; } } b(); }',
  ],
])('what follows a branch that is taken and leaves is removed: %s', (body, expected) => {
  expect(folded(body)).toBe(expected);
});

it('a name that a function declares again is no constant', () => {
  const local = 'const ON = true;\nfn f() { let ON = false; if ON { a(); } }';
  const parameter = 'const ON = true;\nfn f(ON: bool) { if ON { a(); } }';
  const typed = 'const ON = true;\nfn f() { var<function> ON = false; if ON { a(); } }';
  for (const code of [local, parameter, typed]) expect(foldBranches(code, {})).toBe(code);
});
