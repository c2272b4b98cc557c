import { TokenizerError } from './tokenizer-error.ts';

/** The pieces of a `vocab.txt`: one a line, the line number is the id. CRLF is tolerated. */
export function piecesOfText(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** The pieces of (piece, id) pairs, in the order of their ids, which must be 0, 1, 2, ... */
export function piecesOfEntries(where: string, entries: Iterable<readonly [string, unknown]>): string[] {
  const pairs = [...entries];
  const pieces = new Array<string | undefined>(pairs.length).fill(undefined);
  for (const [piece, id] of pairs) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= pieces.length) {
      throw damaged(where, `the id of ${quote(piece)} is ${quote(id)}, not within 0 to ${pieces.length - 1}`);
    }
    const other = pieces[id];
    if (other !== undefined) {
      throw damaged(where, `${quote(other)} and ${quote(piece)} both have the id ${id}`);
    }
    pieces[id] = piece;
  }
  return pieces as string[]; // as many distinct ids below n as there are pieces: none is missing
}

/** Piece to id. @throws TokenizerError on an empty or repeated piece, or without a special token */
export function indexPieces(
  where: string,
  pieces: readonly string[],
  needed: readonly string[],
): Map<string, number> {
  const ids = new Map<string, number>();
  pieces.forEach((piece, id) => {
    if (typeof piece !== 'string' || piece === '') throw damaged(where, `piece ${id} is empty`);
    const earlier = ids.get(piece);
    if (earlier !== undefined) {
      throw damaged(where, `piece ${id} repeats ${quote(piece)}, piece ${earlier}`);
    }
    ids.set(piece, id);
  });
  const missing = needed.filter((token) => !ids.has(token));
  if (missing.length > 0) {
    throw damaged(where, `${missing.join(', ')} missing among ${pieces.length} pieces`);
  }
  return ids;
}

/** An error of a vocabulary, with what to do about it. */
export function damaged(where: string, what: string): TokenizerError {
  const cure = 'give the unchanged vocab.txt or tokenizer.json of an uncased BERT';
  return new TokenizerError('vocabulary', `${where}: ${what}; ${cure}`);
}

/** A value in an error message: quoted, and cut if long. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
