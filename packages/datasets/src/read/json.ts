import { SyntaxFault } from './xml.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Parses JSON; a fault names its line. @throws SyntaxFault */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const position = /position (\d+)/.exec(message);
    const line = position ? text.slice(0, Number(position[1])).split('\n').length : 1;
    throw new SyntaxFault(line, `not JSON: ${message}`);
  }
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
