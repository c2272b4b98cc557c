/** A value as it is shown in messages: JSON, cut where it is long. */
export function quote(value: unknown): string {
  const short = typeof value === 'string' ? value.slice(0, 60) : value; // a long text need not be written out
  const text =
    Array.isArray(value) && value.length > 20
      ? `${value.length} items`
      : (JSON.stringify(short) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Letters, digits or pictures; not only punctuation. */
export function hasWord(text: string): boolean {
  return /[\p{L}\p{N}\p{So}]/u.test(text);
}
