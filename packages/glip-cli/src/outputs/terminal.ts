import { clearProgress, silenceProgress } from './progress.ts';

/**
 * Text that is safe on a terminal: control characters, which could move the cursor, hide text or run commands, and
 * bidirectional marks become escapes such as `\x1b`. Newlines and tabs are kept.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n' || character === '\t') return character;
    const code = character.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** Equivalent JSON that is safe on a terminal. */
export function safeJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n') return character; // indentation; in strings newlines are escaped already
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

let quiet = false;

/** Suppresses output other than results and errors from now on, or shows it again. */
export function setQuiet(value = false): void {
  quiet = value;
  silenceProgress(value);
}

/** True with `--quiet`: only results and errors are printed. */
export function isQuiet(): boolean {
  return quiet;
}

/** Prints a result to standard output. */
export function print(text: string): void {
  clearProgress();
  process.stdout.write(`${visible(text)}\n`);
}

/** Prints a line of JSON to standard output. */
export function printJson(value: unknown, indent?: number): void {
  clearProgress();
  process.stdout.write(`${safeJson(value, indent)}\n`);
}

/** Prints a notice to standard error. */
export function note(text: string): void {
  if (!quiet) complain(text);
}

/** Prints an error to standard error. */
export function complain(text: string): void {
  clearProgress();
  process.stderr.write(`${visible(text)}\n`);
}
