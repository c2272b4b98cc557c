/** An element of an XML file. Attributes are left out: annotation files have none. */
export interface XmlElement {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
  /** Text directly inside, without the white space around it. */
  text: string;
  readonly children: XmlElement[];
}

/** A fault in an XML or YAML file. */
export class SyntaxFault extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const MAX_DEPTH = 64;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const TAG =
  /^<(\/?)([\p{L}_:][\p{L}\p{N}_:.-]*)((?:\s+[\p{L}_:][\p{L}\p{N}_:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/u;

/**
 * The outermost element of an XML text. Document types, and with them entities of the file's own, are refused.
 *
 * @throws SyntaxFault with the line
 */
export function parseXml(text: string): XmlElement {
  let line = 1;
  let at = 0;
  let root: XmlElement | undefined;
  const open: XmlElement[] = [];
  const fail = (message: string): never => {
    throw new SyntaxFault(line, message);
  };
  const advance = (end: number): void => {
    for (; at < end; at++) if (text.charCodeAt(at) === 10) line++;
  };
  const skipPast = (ending: string): string => {
    const end = text.indexOf(ending, at);
    if (end < 0) fail(`no ${ending} follows`);
    const inside = text.slice(at, end);
    advance(end + ending.length);
    return inside;
  };
  if (text.charCodeAt(0) === 0xfeff) at = 1;
  while (at < text.length) {
    const top = open.at(-1);
    if (text[at] !== '<') {
      const next = text.indexOf('<', at);
      const end = next < 0 ? text.length : next;
      const part = text.slice(at, end);
      if (top) top.text += decode(part, line);
      else if (part.trim() !== '') {
        advance(at + part.search(/\S/));
        fail('text outside of the outermost element');
      }
      advance(end);
    } else if (text.startsWith('<!--', at)) skipPast('-->');
    else if (text.startsWith('<?', at)) skipPast('?>');
    else if (text.startsWith('<![CDATA[', at) && top) top.text += skipPast(']]>').slice('<![CDATA['.length);
    else if (text.startsWith('<!', at)) fail('document types and own entities are refused');
    else {
      const end = text.indexOf('>', at);
      const [whole, closing, name, , empty] = TAG.exec(text.slice(at, end + 1)) ?? [];
      if (whole === undefined || name === undefined) return fail('a tag is malformed or cut off');
      if (closing) {
        if (top?.name !== name) fail(`</${name}> closes ${top ? `<${top.name}>` : 'nothing'}`);
        open.pop();
      } else {
        const element: XmlElement = { name, line, text: '', children: [] };
        if (top) top.children.push(element);
        else if (root) fail('a second outermost element');
        root ??= element;
        if (!empty) open.push(element);
        if (open.length > MAX_DEPTH) fail(`more than ${MAX_DEPTH} elements inside of each other`);
      }
      advance(at + whole.length);
    }
  }
  const left = open.at(-1);
  if (left) return fail(`<${left.name}> of line ${left.line} is not closed`);
  return root ?? fail('no element');
}

function decode(text: string, line: number): string {
  return text.replace(/&([^;&\s]{0,12});?/g, (whole, name: string, at: number) => {
    const known = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
    const number = code ? Number.parseInt(code[1] ?? code[2], code[1] ? 16 : 10) : -1;
    if (known !== undefined && whole.endsWith(';')) return known;
    if (code && number > 0 && number <= 0x10ffff && whole.endsWith(';')) return String.fromCodePoint(number);
    throw new SyntaxFault(line + text.slice(0, at).split('\n').length - 1, `unknown entity ${whole}`);
  });
}

/** Text of an element's first child of a name, without the white space around it. */
export function childText(element: XmlElement | undefined, name: string): string | undefined {
  return child(element, name)?.text.trim();
}

/** An element's first child of a name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}
