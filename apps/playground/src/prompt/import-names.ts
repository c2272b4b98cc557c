import type { Category } from '@glip-wgpu/glip-core';

/** A list that holds no names. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

const MAX_BYTES = 64 * 2 ** 20;
const MAX_NAMES = 20_000;

/**
 * Names in a file: COCO's or LVIS's `categories`, alone or in a whole annotation file; a JSON list of names or of
 * `{ label, names }`; `names` of YOLO's data.yaml; or one name per line, with `#` comments.
 *
 * @throws ImportError
 */
export function importNames(text: string, file: string): (string | Category)[] {
  if (text.length > MAX_BYTES) throw new ImportError(`${file} is larger than 64 MB`);
  const names = /^\s*[[{]/.test(text) ? fromJson(text, file) : (fromYaml(text) ?? fromLines(text));
  if (names.length === 0) throw new ImportError(`${file} has no names in it`);
  if (names.length > MAX_NAMES)
    throw new ImportError(`${file} has ${names.length} names; the page takes ${MAX_NAMES}`);
  return names;
}

function fromJson(text: string, file: string): (string | Category)[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new ImportError(`${file} is not valid JSON`);
  }
  const { categories, names } = isRecord(data) ? data : { categories: data, names: undefined };
  const list = Array.isArray(categories) ? categories : isRecord(names) ? Object.values(names) : names;
  if (!Array.isArray(list))
    throw new ImportError(
      `${file} has no list of categories: expected COCO or LVIS annotations, or a list of names`,
    );
  return list.map((entry, i) => {
    const wrong = (): ImportError => new ImportError(`${file}: entry ${i + 1} is not a name`);
    if (typeof entry === 'string' && entry.trim() !== '') return nameOf(entry);
    if (!isRecord(entry)) throw wrong();
    const label = entry.label ?? entry.name;
    if (typeof label !== 'string' || label.trim() === '') throw wrong();
    const others = Array.isArray(entry.names) ? entry.names.filter((one) => typeof one === 'string') : [];
    const own = others.map(nameOf).filter(Boolean);
    return own.length > 0 ? { label: nameOf(label), names: own } : nameOf(label);
  });
}

/** The block or the list `names:` of YOLO's data.yaml; undefined if there is none. */
function fromYaml(text: string): string[] | undefined {
  const start = /^names:[ \t]*(\[[^\]]*\])?[ \t]*(#.*)?$/m.exec(text);
  if (!start) return undefined;
  if (start[1]) return start[1].slice(1, -1).split(',').map(plain).filter(Boolean);
  const found: string[] = [];
  for (const line of text.slice(start.index + start[0].length + 1).split(/\r?\n/)) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const entry = /^\s*(?:-|\d+\s*:)\s*(.+?)\s*$/.exec(line);
    if (!entry) break;
    found.push(plain(entry[1]));
  }
  return found.filter(Boolean);
}

function plain(value: string): string {
  const text = value.replace(/\s#.*$/, '').trim();
  const inner = /^(["'])(.*)\1$/.exec(text);
  return nameOf(inner ? inner[2] : text);
}

function fromLines(text: string): string[] {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => nameOf(line.replace(/^\s*#.*|\s#(\s.*)?$/, '')))
    .filter((line) => line !== '');
}

/** LVIS writes `traffic_light`, and `bow_(weapon)`. */
function nameOf(text: string): string {
  return text.replaceAll('_', ' ').replaceAll(/\s+/g, ' ').trim();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
