import { describe, expect, it } from 'vitest';
import { JsonLists } from './json-lists.ts';
import { SyntaxFault } from './xml.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Entries of the wanted lists, in order; the bytes come in pieces that end at `ends`. */
function read(bytes: Uint8Array, ends: readonly number[] = [], wanted = ['a', 'b'], maxEntry?: number) {
  const entries: [string, unknown][] = [];
  const file = new JsonLists(wanted, (list, entry) => entries.push([list, entry]), maxEntry);
  let start = 0;
  let isObject = true;
  for (const end of [...ends, bytes.length]) {
    const piece = bytes.slice(start, end);
    isObject = file.push(piece);
    piece.fill(0); // a reader may use its buffer again
    if (!isObject) break;
    start = end;
  }
  if (isObject) file.end();
  return { entries, isObject, lists: [...file.lists] };
}

const messageOf = (text: string, wanted?: string[], maxEntry?: number): string => {
  try {
    read(bytesOf(text), [], wanted, maxEntry);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return `${error.line}: ${error.message}`;
  }
  return 'read';
};

const FILE = `\ufeff
 {"a" : [ {"x": "ä]€}🐶\\"\\\\", "y": [1, {"z": null}]}, -1.5e3,"é",[ ], true
 ] , "\\u0062":[{"é":"\\ud83d\\udc36"}],"skipped":{"a":[["}"]],"n":[]},"empty": [],"number":12 }\r\n\t`;

describe('the lists of a large JSON file', () => {
  const whole = JSON.parse(FILE.replace(/^\ufeff/, ''));
  const expected = {
    entries: [
      ...whole.a.map((entry: unknown) => ['a', entry]),
      ...whole.b.map((entry: unknown) => ['b', entry]),
    ],
    isObject: true,
    lists: ['a', 'b', 'empty'],
  };

  it('are those that JSON.parse finds, wherever the pieces end', () => {
    const bytes = bytesOf(FILE);
    expect(read(bytes)).toEqual(expected);
    for (let end = 0; end <= bytes.length; end++) expect(read(bytes, [end])).toEqual(expected);
    expect(read(bytes, Array.from(bytes.keys()))).toEqual(expected);
  });

  it('a file that is cut anywhere is refused', () => {
    const text = FILE.trimEnd();
    for (let end = 0; end < text.length; end++)
      expect(messageOf(text.slice(0, end))).toMatch(/^\d: not JSON: /);
    expect(messageOf(text)).toBe('read');
  });

  it.each(['[1]', '"text"', '-1', 'null', ' true', 'false'])('%s is no object', (text) => {
    expect(read(bytesOf(text)).isObject).toBe(false);
  });

  it.each([
    ['', '1: not JSON: expected {, found the end of the file'],
    ['x', '1: not JSON: expected {, found x'],
    ['{"a":[]} {', '1: not JSON: expected nothing more, found {'],
    ['{"a":[],}', '1: not JSON: expected a key, found }'],
    ['{"a":[1,]}', '1: not JSON: expected an entry, found ]'],
    ['{"a":[1 2]}', '1: not JSON: expected , or ], found 2'],
    ['{\n"a":[1\n,\n{"b":\n1,}]}', /^4: not JSON: a\[1\]: /],
    ['{"a":[tru]}', /^1: not JSON: a\[0\]: /],
    ['{"a":["\n"]}', /^1: not JSON: a\[0\]: /],
    ['{"a" 1}', '1: not JSON: expected :, found 1'],
    ['{"a":,"b":1}', '1: not JSON: expected a value, found ,'],
    ['{"c":[1}', '1: not JSON: found }, which closes nothing'],
    ['{a:1}', '1: not JSON: expected a key or }, found a'],
    ['{"a\\x":1}', /^1: not JSON: a key: /],
    ['{"a":[],\n"a":[]}', '2: not JSON: a second "a"'],
    ['{"a":[],"a":1}', '1: not JSON: a second "a"'],
    ['{"a":[\u0001]}', /^1: not JSON: a\[0\]: /],
  ])('%j is refused with its line', (text, message) => {
    expect(messageOf(text)).toMatch(message);
  });

  it('nesting without end is refused, in entries and in what is passed over', () => {
    for (const list of ['a', 'other']) {
      expect(messageOf(`{"${list}":${'['.repeat(1e6)}`)).toBe(
        '1: not JSON: more than 1024 levels of nesting',
      );
      expect(messageOf(`{"${list}":[${'{"x":['.repeat(500)}${']}'.repeat(500)}]}`)).toBe('read');
    }
  });

  it('an entry of too many bytes is refused with its place, what is passed over may be of any size', () => {
    const long = JSON.stringify('x'.repeat(100));
    expect(messageOf(`{"a":[1,${long}]}`, ['a'], 50)).toBe('1: a[1] has more than 50 bytes');
    expect(messageOf(`{"b":[1,${long}],"c":${long}}`, ['a'], 50)).toBe('read');
  });
});
