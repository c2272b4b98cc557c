import { codeOf } from '../inputs/input-error.ts';
import { clearProgress, silenceProgress } from './progress.ts';

/**
 * Text that is safe on a terminal: control characters, which could move the cursor, hide text or run commands, and marks
 * that reverse the direction of writing become escapes such as `\x1b`. Line ends and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n' || character === '\t') return character;
    const code = character.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** A value as JSON that is safe on a terminal and still means the same. */
export function safeJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n') return character; // of the indentation: in strings it is escaped already
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

let quiet = false;

/** Leaves out what is not a result or an error. */
export function beQuiet(): void {
  quiet = true;
  silenceProgress();
}

/** True with `--quiet`: only results and errors are printed. */
export function isQuiet(): boolean {
  return quiet;
}

/** A result, to standard output. */
export function print(text: string): void {
  clearProgress();
  process.stdout.write(`${visible(text)}\n`);
}

/** A line of JSON, to standard output. */
export function printJson(value: unknown, indent?: number): void {
  clearProgress();
  process.stdout.write(`${safeJson(value, indent)}\n`);
}

/** Something worth knowing that is no result, to standard error. */
export function note(text: string): void {
  if (!quiet) complain(text);
}

/** An error, to standard error. */
export function complain(text: string): void {
  clearProgress();
  process.stderr.write(`${visible(text)}\n`);
}

/** Ends the program without a word when nobody reads its output any more, as `head` does not. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (codeOf(error) !== 'EPIPE') throw error;
      process.exit();
    });
  }
}
