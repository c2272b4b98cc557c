import { SyntaxFault } from './xml.ts';

/** Receives an entry of a list. @param list  its key in the outermost object */
export type OnEntry = (list: string, entry: unknown) => void;

/** Bytes of one entry and levels of nesting that are read, at most. */
const MAX_ENTRY = 2 ** 28;
const MAX_DEPTH = 1024;

const [TAB, NEWLINE, RETURN, BLANK, QUOTE, COMMA, COLON, BACKSLASH] = [9, 10, 13, 32, 0x22, 0x2c, 0x3a, 0x5c];
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];
/** First bytes of values that are no object. */
const STARTS = new Set([...'["-0123456789tfn'].map((character) => character.charCodeAt(0)));
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Position between values, named by the token that is expected there. */
type State =
  | 'object'
  | 'first key'
  | 'key'
  | 'colon'
  | 'value'
  | 'next member'
  | 'first entry'
  | 'entry'
  | 'next entry'
  | 'end';

const EXPECTED: Readonly<Record<State, string>> = {
  object: '{',
  'first key': 'a key or }',
  key: 'a key',
  colon: ':',
  value: 'a value',
  'next member': ', or }',
  'first entry': 'an entry or ]',
  entry: 'an entry',
  'next entry': ', or ]',
  end: 'nothing more',
};

/**
 * Reads a JSON file that is one large object, piece by piece: entries of the wanted lists are handed over one by one, everything
 * else is passed over. Memory is that of a piece and of the largest entry. Values that are passed over are checked for their brackets
 * alone.
 */
export class JsonLists {
  /** Keys of the outermost object whose values are lists, so far. */
  readonly lists = new Set<string>();
  readonly #wanted: ReadonlySet<string>;
  readonly #onEntry: OnEntry;
  readonly #maxEntry: number;
  #state: State = 'object';
  #line = 1;
  #bytes = 0;
  #key = '';
  #index = 0;
  #value: Value | undefined;

  constructor(wanted: Iterable<string>, onEntry: OnEntry, maxEntry = MAX_ENTRY) {
    this.#wanted = new Set(wanted);
    this.#onEntry = onEntry;
    this.#maxEntry = maxEntry;
  }

  /** Takes the next bytes of the file. @returns false if it is no object @throws SyntaxFault with the line */
  push(bytes: Uint8Array): boolean {
    for (let i = 0; i < bytes.length; ) {
      if (this.#value) i = this.#scan(this.#value, bytes, i);
      else if (bytes[i] === BLANK) i += 1;
      else if (this.#state === 'object' && STARTS.has(bytes[i])) return false;
      else i = this.#step(bytes[i], i);
    }
    this.#bytes += bytes.length;
    return true;
  }

  /** After the last bytes. @throws SyntaxFault where the file ends early */
  end(): void {
    if (this.#state !== 'end')
      throw this.#fault(`expected ${EXPECTED[this.#state]}, found the end of the file`);
  }

  /** Takes a byte between values. @returns the place of the next byte */
  #step(byte: number, at: number): number {
    if (byte === NEWLINE) this.#line += 1;
    if (isSpace(byte) || byte === BYTE_ORDER_MARK[this.#bytes + at]) return at + 1;
    const state = this.#state;
    if (state === 'object' && byte === OBJECT) this.#state = 'first key';
    else if ((state === 'first key' || state === 'next member') && byte === OBJECT_END) this.#state = 'end';
    else if (state === 'next member' && byte === COMMA) this.#state = 'key';
    else if (state === 'colon' && byte === COLON) this.#state = 'value';
    else if ((state === 'first entry' || state === 'next entry') && byte === LIST_END)
      this.#state = 'next member';
    else if (state === 'next entry' && byte === COMMA) this.#state = 'entry';
    else if (state === 'value' && byte === LIST && this.#isWanted()) this.#state = 'first entry';
    else if ((state === 'first key' || state === 'key') && byte === QUOTE) return this.#begin(at, true);
    else if (state === 'value') return this.#begin(at, false, byte);
    else if (state === 'first entry' || state === 'entry') return this.#begin(at, true);
    else throw this.#fault(`expected ${EXPECTED[state]}, found ${shown(byte)}`);
    return at + 1;
  }

  /** Notes that the value of the current key is a list. @returns true if its entries are wanted */
  #isWanted(): boolean {
    this.#expectFirst();
    this.lists.add(this.#key);
    this.#index = 0;
    return this.#wanted.has(this.#key);
  }

  #expectFirst(): void {
    if (this.lists.has(this.#key)) throw this.#fault(`a second ${JSON.stringify(this.#key)}`);
  }

  #begin(at: number, kept: boolean, byte?: number): number {
    if (byte !== LIST && !kept) this.#expectFirst();
    this.#value = {
      line: this.#line,
      kept,
      parts: [],
      length: 0,
      brackets: [],
      quoted: false,
      escaped: false,
    };
    return at;
  }

  /** Goes on in a value. @returns the place of the first byte that is not looked at yet */
  #scan(value: Value, bytes: Uint8Array, from: number): number {
    const { brackets } = value;
    let { quoted, escaped } = value;
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i];
      if (quoted) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          quoted = false;
          if (brackets.length === 0) return this.#finish(value, bytes, from, i + 1);
        }
      } else if (byte === QUOTE) {
        quoted = true;
      } else if (byte === LIST || byte === OBJECT) {
        if (brackets.push(byte) > MAX_DEPTH) throw this.#fault(`more than ${MAX_DEPTH} levels of nesting`);
      } else if (byte === LIST_END || byte === OBJECT_END) {
        if (brackets.length === 0) return this.#finish(value, bytes, from, i);
        if (brackets.pop() !== byte - 2) throw this.#fault(`found ${shown(byte)}, which closes nothing`);
        if (brackets.length === 0) return this.#finish(value, bytes, from, i + 1);
      } else if (brackets.length === 0 && (byte === COMMA || isSpace(byte))) {
        return this.#finish(value, bytes, from, i);
      } else if (byte === NEWLINE) {
        this.#line += 1;
      }
    }
    value.quoted = quoted;
    value.escaped = escaped;
    this.#collect(value, value.kept ? bytes.slice(from) : bytes.subarray(from)); // the caller may use the buffer again
    return bytes.length;
  }

  #collect(value: Value, bytes: Uint8Array): void {
    value.length += bytes.length;
    if (!value.kept) return;
    value.parts.push(bytes);
    if (value.length > this.#maxEntry) {
      throw new SyntaxFault(value.line, `${this.#place()} has more than ${this.#maxEntry} bytes`);
    }
  }

  #finish(value: Value, bytes: Uint8Array, from: number, to: number): number {
    this.#collect(value, bytes.subarray(from, to));
    if (value.length === 0) throw this.#fault(`expected ${EXPECTED[this.#state]}, found ${shown(bytes[to])}`);
    this.#value = undefined;
    if (this.#state === 'value') {
      this.#state = 'next member';
      return to;
    }
    const parsed = this.#parse(value);
    if (this.#state === 'first key' || this.#state === 'key') {
      this.#key = parsed as string;
      this.#state = 'colon';
    } else {
      this.#state = 'next entry';
      this.#onEntry(this.#key, parsed);
      this.#index += 1;
    }
    return to;
  }

  #parse({ line, parts, length }: Value): unknown {
    const text = new TextDecoder().decode(parts.length === 1 ? parts[0] : joined(parts, length));
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new SyntaxFault(
        line,
        `not JSON: ${this.#place()}: ${cause instanceof Error ? cause.message : cause}`,
      );
    }
  }

  #place(): string {
    return /entry/.test(this.#state) ? `${this.#key}[${this.#index}]` : 'a key';
  }

  #fault(message: string): SyntaxFault {
    return new SyntaxFault(this.#line, `not JSON: ${message}`);
  }
}

/** A value whose end is not found yet. */
interface Value {
  /** At which it begins. */
  readonly line: number;
  /** False if it is passed over. */
  readonly kept: boolean;
  /** Its bytes before the current piece. */
  readonly parts: Uint8Array[];
  length: number;
  /** That are open. */
  readonly brackets: number[];
  quoted: boolean;
  escaped: boolean;
}

function isSpace(byte: number): boolean {
  return byte === BLANK || byte === NEWLINE || byte === RETURN || byte === TAB;
}

function shown(byte: number): string {
  return byte > BLANK && byte < 0x7f ? String.fromCharCode(byte) : `byte ${byte}`;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
