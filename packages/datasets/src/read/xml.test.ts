import { expect, it } from 'vitest';
import { childText, parseXml } from './xml.ts';

it('elements have their text, entities and sections decoded, and their line', () => {
  const root = parseXml(
    '\ufeff<?xml version="1.0"?>\n<!-- <a> -->\n<a x="1">\n <b>1 &lt; &#x32;&amp;</b>\n <c/><b><![CDATA[<&]]></b></a>\n',
  );
  expect(root.children.map(({ name, text, line }) => [name, text, line])).toEqual([
    ['b', '1 < 2&', 4],
    ['c', '', 5],
    ['b', '<&', 5],
  ]);
  expect(childText(root, 'b')).toBe('1 < 2&');
  expect(childText(root, 'd')).toBeUndefined();
});

it.each([
  ['<!DOCTYPE a [<!ENTITY x "y">]>\n<a>&x;</a>', 1, 'own entities are refused'],
  ['<a>\n&x;</a>', 2, 'unknown entity &x;'],
  ['<a>\n\n<b></a>', 3, '</a> closes <b>'],
  ['<a>\n<b', 2, 'cut off'],
  ['<a>\n<b>', 2, '<b> of line 2 is not closed'],
  ['<a/>\n<b/>', 2, 'a second outermost element'],
  ['<a/>\nx', 2, 'text outside'],
  ['<a><!-- x', 1, 'no --> follows'],
  ['<a>&#0;</a>', 1, 'unknown entity'],
  ['<a b=1></a>', 1, 'malformed'],
  ['', 1, 'no element'],
  ['<a>'.repeat(100), 1, 'more than 64 elements'],
])('%j is refused with its line', (text, line, message) => {
  let error: unknown;
  try {
    parseXml(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ line, message: expect.stringContaining(message) });
});
