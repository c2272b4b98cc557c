import { quoted } from './faults.ts';
import { SyntaxFault } from './xml.ts';

/** Value of a key of `data.yaml`: a scalar, a list of scalars, or scalars by key. */
export type YamlValue = string | readonly string[] | ReadonlyMap<string, string>;

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

/**
 * Values of some top-level keys of a YAML file, each a scalar, or a list or mapping of scalars: what `data.yaml` consists of.
 * Anchors, aliases, tags and deeper nesting are refused there; other keys are not looked at.
 *
 * @throws SyntaxFault with the line
 */
export function readYaml(text: string, keys: readonly string[]): ReadonlyMap<string, YamlValue> {
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map(toLine)
    .filter(({ text }) => text !== '');
  const values = new Map<string, YamlValue>();
  for (let at = 0; at < lines.length; ) {
    const line = lines[at];
    let end = at + 1;
    // A list may stand at its key's own indentation.
    while (end < lines.length && (lines[end].indent > 0 || /^[-\]}]/.test(lines[end].text))) end++;
    const block = lines.slice(at + 1, end);
    at = end;
    if (line.text === '---' || line.text === '...') continue;
    const pair = line.indent === 0 ? keyAndRest(line.text) : undefined;
    if (!pair) throw new SyntaxFault(line.number, `expected "key: value", found ${quoted(line.text)}`);
    const [key, rest] = pair;
    if (!keys.includes(key)) continue;
    if (values.has(key)) throw new SyntaxFault(line.number, `the key ${key} is given twice`);
    values.set(key, blockValue(rest, block, line));
  }
  return values;
}

function toLine(raw: string, i: number): Line {
  return { number: i + 1, indent: Math.max(raw.search(/\S/), 0), text: withoutComment(raw.trim()) };
}

/** A line without its comment, which begins at a `#` outside of quotes after white space. */
function withoutComment(line: string): string {
  const [before] = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|(?<!\s)#|[^#])*/.exec(line.startsWith('#') ? '' : line) ?? [
    '',
  ];
  return before.trim();
}

function keyAndRest(text: string): [key: string, rest: string] | undefined {
  const found = /^("(?:[^"\\]|\\.)*"\s*|'(?:[^']|'')*'\s*|[^\s"'[\]{},#&*!|>%@`-][^:]*):(?:\s+(.*))?$/.exec(
    text,
  );
  return found ? [scalar(found[1].trim(), 0), found[2] ?? ''] : undefined;
}

function blockValue(rest: string, block: readonly Line[], { number }: Line): YamlValue {
  if (/^[[{]/.test(rest)) return flow([rest, ...block.map(({ text }) => text)].join(' '), number);
  if (rest !== '') {
    if (block.length > 0) throw new SyntaxFault(block[0].number, 'a value may not go on in the next line');
    return scalar(rest, number);
  }
  if (block.length === 0) return '';
  const [{ indent, text }] = block;
  if (/^[[{]/.test(text)) return flow(block.map((line) => line.text).join(' '), block[0].number);
  const wrong = block.find((line) => line.indent !== indent);
  if (wrong) throw new SyntaxFault(wrong.number, 'indented differently from the line above');
  if (text === '-' || text.startsWith('- ')) {
    return block.map((line) => {
      if (!line.text.startsWith('- ')) throw new SyntaxFault(line.number, 'expected "- value"');
      return scalar(line.text.slice(2).trim(), line.number);
    });
  }
  return mapping(block.map((line) => [line.text, line.number]));
}

function mapping(items: readonly (readonly [text: string, line: number])[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [text, line] of items) {
    const pair = keyAndRest(text);
    if (!pair) throw new SyntaxFault(line, `expected "key: value", found ${quoted(text)}`);
    if (values.has(pair[0])) throw new SyntaxFault(line, `the key ${pair[0]} is given twice`);
    values.set(pair[0], scalar(pair[1], line));
  }
  return values;
}

/** `[a, b]` or `{0: a, 1: b}`. */
function flow(text: string, line: number): YamlValue {
  const ending = text[0] === '[' ? ']' : '}';
  if (!text.endsWith(ending)) throw new SyntaxFault(line, `no ${ending} follows`);
  const inside = text.slice(1, -1).trim().replace(/,$/, '');
  const items = inside === '' ? [] : (inside.match(/(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,"'])+/g) ?? []);
  if (items.join(',') !== inside) throw new SyntaxFault(line, 'a comma or a quotation mark is wrong');
  const parts = items.map((item) => item.trim());
  return ending === ']'
    ? parts.map((part) => scalar(part, line))
    : mapping(parts.map((part) => [part, line]));
}

function scalar(text: string, line: number): string {
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) {
    try {
      return String(JSON.parse(text));
    } catch {
      throw new SyntaxFault(line, `an escape that is not read: ${quoted(text)}`);
    }
  }
  if (/^'(?:[^']|'')*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  if (/^["'[\]{}&*!|>%@`]/.test(text)) {
    throw new SyntaxFault(line, `expected a plain or quoted text, found ${quoted(text)}`);
  }
  return text === '~' || text === 'null' ? '' : text;
}
