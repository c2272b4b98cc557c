import type { Edges, Fault, FaultKind, Place } from '../types.ts';
import type { FileAccess } from './files.ts';
import { SyntaxFault } from './xml.ts';

/** Collects the faults of a dataset while it is read. */
export class Faults {
  readonly list: Fault[] = [];

  leftOut(kind: FaultKind, place: Place, message: string): undefined {
    this.list.push({ ...place, kind, message, effect: 'left out' });
  }

  kept(kind: FaultKind, place: Place, message: string): void {
    this.list.push({ ...place, kind, message, effect: 'kept' });
  }

  /** A text of the dataset; undefined, and a fault, if it cannot be read. */
  text(files: FileAccess, file: string): Promise<string | undefined> {
    return this.reading(file, () => files.text(file));
  }

  /** The result of reading a file; undefined, and a fault, if it cannot be read. @throws SyntaxFault as `read` */
  async reading<T>(file: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (cause) {
      if (cause instanceof SyntaxFault) throw cause;
      const message = cause instanceof Error ? cause.message : String(cause);
      const reason = message.replace(`dataset: ${file}: `, ''); // the fault names the file
      return this.leftOut('bad-file', { file }, `cannot be read: ${reason}`);
    }
  }

  /**
   * A box within its image, or undefined if nothing of it is. Up to a pixel outside is rounding, or a tool that counts from 0
   * instead of 1: it is clipped without a fault.
   *
   * @param what  what the box belongs to, for the message
   */
  boxWithin(
    box: Edges,
    { width, height }: { readonly width: number; readonly height: number },
    place: Place,
    what: string,
  ): Edges | undefined {
    const [x1, y1, x2, y2] = box;
    const named = `the box of ${what}, ${round(x1)} to ${round(x2)} across and ${round(y1)} to ${round(y2)} down,`;
    if (!box.every(Number.isFinite))
      return this.leftOut('bad-entry', place, `${named} has edges that are not finite`);
    if (x2 <= x1 || y2 <= y1) return this.leftOut('empty-box', place, `${named} is empty`);
    const size = `the image, ${width} x ${height}`;
    if (x1 >= width || y1 >= height || x2 <= 0 || y2 <= 0) {
      return this.leftOut('box-outside', place, `${named} lies outside of ${size}`);
    }
    if (Math.max(-x1, -y1, x2 - width, y2 - height) > 1) {
      const message = `${named} reaches out of ${size}`;
      this.list.push({ ...place, kind: 'box-outside', message, effect: 'clipped' });
    }
    return [Math.max(x1, 0), Math.max(y1, 0), Math.min(x2, width), Math.min(y2, height)];
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** True if a caption has a letter or digit of any script. */
export function hasWords(caption: string): boolean {
  return /[\p{L}\p{N}]/u.test(caption);
}

/** A value from a file, quoted for a message. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** `FILE:LINE: message (effect)`, or `FILE, ENTRY: message (effect)`, fit for a terminal. */
export function describeFault({ file, line, entry, message, effect }: Fault): string {
  const place = line !== undefined ? `${file}:${line}` : entry !== undefined ? `${file}, ${entry}` : file;
  return printable(`${place}: ${message} (${effect})`);
}

/** A text of one line without characters that a terminal would obey: they become U+FFFD. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');
}
