/** A value as shown in messages: JSON, shortened if long. */
export function quote(value: unknown): string {
  const short = typeof value === 'string' ? value.slice(0, 60) : value; // long text is cut before serialization
  const text =
    Array.isArray(value) && value.length > 20
      ? `${value.length} items`
      : (JSON.stringify(short) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** True if text has letters, digits or pictographs, not only punctuation. */
export function hasWord(text: string): boolean {
  return /[\p{L}\p{N}\p{So}]/u.test(text);
}
