import type { Category } from '@glip-wgpu/glip-core';

type Entry = string | Category;

/**
 * Categories of a text such as `dog. red car` or `dog, red car`, one or several on a line: full stops before a space,
 * commas, semicolons, vertical bars and line ends separate them. `vehicle = car, truck` is one label with several names;
 * its commas belong to it. Quotation marks keep a name whole. Of names that are the same but for case, the first counts.
 */
export function parseList(text: string): Entry[] {
  const found: Entry[] = [];
  const labels = new Set<string>();
  const add = (entry: Entry): void => {
    const label = labelOf(entry);
    if (labels.has(label.toLowerCase())) return;
    labels.add(label.toLowerCase());
    found.push(entry);
  };
  for (const part of split(text, /[;|\r\n\u2028\u2029]|\.(?=\s|$)/u)) {
    const [label, ...rest] = split(part, /=/u);
    const names = rest
      .flatMap((one) => split(one, /,/u))
      .map(unquoted)
      .filter(Boolean);
    const name = unquoted(label ?? '');
    if (names.length > 0 && name !== '') {
      add({ label: name, names: [...new Set(names)] });
      continue;
    }
    for (const one of split(part.replace(/^\s*=|=\s*$/u, ''), /,/u)) {
      const single = unquoted(one);
      if (single !== '') add(single);
    }
  }
  return found;
}

/** The text of a list, which `parseList` reads back. */
export function joinList(entries: readonly Entry[]): string {
  return entries
    .map((entry) => {
      if (typeof entry === 'string') return quoted(entry);
      const names = entry.names ?? [];
      return names.length === 0
        ? quoted(entry.label)
        : `${quoted(entry.label)} = ${names.map(quoted).join(', ')}`;
    })
    .join('. ');
}

export function labelOf(entry: Entry): string {
  return typeof entry === 'string' ? entry : entry.label;
}

/** Splits at the separators outside of quotation marks. */
function split(text: string, separator: RegExp): string[] {
  const parts: string[] = [];
  let start = 0;
  let open = false;
  const at = new RegExp(`${separator.source}|"`, 'gu');
  for (const match of text.matchAll(at)) {
    if (match[0] === '"') {
      const closes = text.indexOf('"', match.index + 1) >= 0;
      open = open ? false : closes;
    } else if (!open) {
      parts.push(text.slice(start, match.index));
      start = match.index + match[0].length;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function unquoted(text: string): string {
  return text.replaceAll('"', ' ').replaceAll(/\s+/g, ' ').trim();
}

function quoted(name: string): string {
  return /[,;|=]|\.(\s|$)/.test(name) ? `"${name.replaceAll('"', ' ')}"` : name;
}
