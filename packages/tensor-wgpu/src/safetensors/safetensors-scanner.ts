import { SafetensorsError, type SafetensorsErrorCode } from './safetensors-error.ts';

/** Reads the few JSON forms that a header may hold, in the order the caller asks for them. */
export interface HeaderScanner {
  /** An object; `onKey` must read the value. A key met twice is an error of the given code. */
  object(duplicate: SafetensorsErrorCode, onKey: (key: string) => void, wrong?: SafetensorsErrorCode): void;
  string(wrong: SafetensorsErrorCode, owner: string): string;
  /** An array of at most `limit` integers from 0 to 2^53 - 1, written without sign, point or exponent. */
  integers(wrong: SafetensorsErrorCode, owner: string, limit: number): number[];
  /** Nothing but white space follows. */
  end(): void;
}

/**
 * A JSON scanner for one fixed shape. It never recurses on input, so depth cannot exhaust the stack, and it sees
 * duplicate keys and number spellings that JSON.parse would hide.
 */
export function scanHeader(text: string): HeaderScanner {
  let at = 0;

  function peek(): string | undefined {
    while (at < text.length && ' \n\r\t'.includes(text.charAt(at))) at += 1;
    return text[at];
  }

  function fail(code: SafetensorsErrorCode, expected: string, owner?: string): never {
    const found = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : 'the end';
    const where = owner === undefined ? '' : `${owner}: `;
    throw new SafetensorsError(
      code,
      `${where}expected ${expected} at character ${at} of the header, found ${found}`,
    );
  }

  function take(mark: string): boolean {
    if (peek() !== mark) return false;
    at += 1;
    return true;
  }

  function string(wrong: SafetensorsErrorCode, owner?: string): string {
    if (peek() !== '"') fail(wrong, 'a string', owner);
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    let value: string;
    try {
      value = JSON.parse(text.slice(at, end + 1)); // escapes and control characters
    } catch {
      fail('header-json', 'a string', owner);
    }
    if (/\p{Cs}/u.test(value)) fail('name', 'a string without lone surrogates', owner);
    at = end + 1;
    return value;
  }

  function integer(wrong: SafetensorsErrorCode, owner: string): number {
    peek();
    const digits = /(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;
    digits.lastIndex = at;
    const value = Number(digits.exec(text)?.[0] ?? Number.NaN);
    if (!Number.isSafeInteger(value)) fail(wrong, 'an integer from 0 to 2^53 - 1', owner);
    at = digits.lastIndex;
    return value;
  }

  return {
    string,

    object(duplicate, onKey, wrong = 'header-json') {
      if (!take('{')) fail(wrong, 'an object');
      const seen = new Set<string>();
      if (take('}')) return;
      do {
        const key = string('header-json');
        if (seen.has(key)) {
          throw new SafetensorsError(duplicate, `${JSON.stringify(key)} appears twice`);
        }
        seen.add(key);
        if (!take(':')) fail('header-json', 'a colon', key);
        onKey(key);
      } while (take(','));
      if (!take('}')) fail('header-json', 'a comma or }');
    },

    integers(wrong, owner, limit) {
      if (!take('[')) fail(wrong, 'an array of integers', owner);
      const values: number[] = [];
      if (take(']')) return values;
      do {
        if (values.length === limit) fail(wrong, `at most ${limit} integers`, owner);
        values.push(integer(wrong, owner));
      } while (take(','));
      if (!take(']')) fail(wrong, 'a comma or ]', owner);
      return values;
    },

    end() {
      if (peek() !== undefined) fail('header-json', 'the end of the header');
    },
  };
}
