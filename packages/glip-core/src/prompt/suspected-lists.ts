import { quote } from './quote.ts';

// Abbreviations: a full stop after these does not end a name, as in "St. Bernard".
const SHORTENED = /^(st|ste|mt|ft|dr|mr|mrs|ms|jr|sr|prof|gen|lt|capt|sgt|rev|no)$/i;
const MARKS = { ',': 'commas', ';': 'semicolons', '|': 'vertical bars' } as const;
const ENCLOSING = /[\s"'[\]]/;

/**
 * A question about a name that looks like several names, or like part of one; undefined otherwise. Names are split only
 * at full stops before a space.
 *
 * @param next  the name after it
 */
export function suspectedList(name: string, next: string | undefined): string | undefined {
  const mark = /[^\d\s]\s*([,;|])\s*\S/.exec(name)?.[1] as keyof typeof MARKS | undefined;
  if (mark) {
    const names = name.split(mark).filter((part) => part.trim() !== '').length;
    return `${quote(name)} is one name with ${MARKS[mark]}; did you mean ${names} names? Write ${quote(divided(name, mark))}`;
  }
  if (/\p{L}{2}\.\p{L}{2}/u.test(name)) {
    return `${quote(name)} is one name with a full stop; did you mean ${name.split('.').filter(Boolean).length} names? Write ${quote(divided(name, '.'))}`;
  }
  if (/\S\.\s+\S/.test(name)) {
    return `${quote(name)} contains a full stop, at which the model separates names; write ${quote(name.replaceAll(/\.(?=\s)/g, ''))}`;
  }
  if (next !== undefined && SHORTENED.test(name)) {
    return `${quote(name)} and ${quote(next)} are two names; did you mean one? Write ${quote(`${name} ${next}`)}`;
  }
  return undefined;
}

function divided(name: string, mark: string): string {
  return name.split(mark).map(unquoted).filter(Boolean).join('. ');
}

/** A name of a list without the list's own signs, as of `["dog", "cat"]`. */
function unquoted(part: string): string {
  let [start, end] = [0, part.length];
  while (start < end && ENCLOSING.test(part[start])) start += 1;
  while (start < end && ENCLOSING.test(part[end - 1])) end -= 1;
  return part.slice(start, end);
}
