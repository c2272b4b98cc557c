import unicode13 from '../../../../fixtures/unicode-13.json' with { type: 'json' };

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** '41-43,61' -> ['A', 'B', 'C', 'a'] */
function charactersOf(ranges: string): string[] {
  return ranges.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map((end) => Number.parseInt(end, 16));
    return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));
  });
}

/** Every character assigned in Unicode 13 or before: 281 392. */
export const UNICODE_13: readonly string[] = charactersOf(unicode13.ranges);

const assigned = new Set(UNICODE_13);
const pool = (ranges: string): string[] => charactersOf(ranges).filter((char) => assigned.has(char));

/** Alphabets of random texts, equally likely. */
export const POOLS: Readonly<Record<string, readonly string[]>> = {
  letters: pool('61-7a'),
  ascii: pool('20-7e'),
  accented: pool('c0-24f,1e00-1eff,2126,212a,212b'),
  'turkish i, sharp s, sigma': ['İ', 'ı', 'I', 'i', 'i̇', 'ß', 'ẞ', 'ſ', 'Σ', 'σ', 'ς', 'Ο'],
  greek: pool('370-3ff,1f00-1fff'),
  cyrillic: pool('400-52f'),
  'combining marks': pool('300-36f,483-489,591-5bd,64b-65f,1ab0-1abe,20d0-20f0,302a-302f,fe20-fe2f'),
  'indic marks': pool(
    '900-903,93a-94f,b3c-b4d,dcf-ddf,1b00-1b44,1bf2-1bf3,a9b3-a9c0,111c0-111cf,1d165-1d182',
  ),
  hebrew: pool('5d0-5f4'),
  arabic: pool('600-6ff,fb50-fbff'),
  thai: pool('e01-e5b'),
  kana: pool('3041-30ff'),
  hangul: pool('ac00-ac7f,1100-11ff,3131-318e'),
  ideographs: pool('4e00-4e3f,3400-341f,20000-2001f,2b8f0-2b93f,f900-f91f,2f800-2f81f'),
  ligatures: [...pool('fb00-fb06,1f1-1f3,132-133'), 'ﷺ', '㍿', '㎏'],
  'full width': pool('ff01-ffee'),
  emoji: [...pool('1f300-1f64f,1f680-1f6ff,1f900-1f9ff,2600-27bf,1f1e6-1f1ff'), '👩‍👩‍👧', '🏳️‍🌈', '1️⃣'],
  invisible: pool(
    'ad,200b-200f,202a-202e,2060-2064,2066-206f,feff,fe00-fe0f,180b-180e,e0020-e007f,e0100-e010f',
  ),
  spaces: pool('9-d,20,85,a0,1680,2000-200a,2028,2029,202f,205f,3000'),
  'control characters': [...pool('0-1f,7f-9f,fffd'), '\ud83d', '\udc00'],
  symbols: pool('2010-2027,2030-205e,20a0-20bf,2100-22ff,1d400-1d45f'),
  'newer than unicode 8': pool('8d3-8e2,1df6-1dfb,2e43-2e52,1e900-1e95f,11930-11946,1e000-1e02a,11450-1145e'),
  'all of unicode 13': UNICODE_13,
};

/** A text of a few runs, each from one pool, with words of `words` between them. */
export function randomText(random: () => number, words: readonly string[]): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const pools = Object.values(POOLS);
  let text = '';
  for (let runs = 1 + Math.floor(random() * 6); runs > 0; runs--) {
    if (random() < 0.25) text += pick(words);
    const chars = pick(pools);
    const mixed = pick(pools);
    for (let length = Math.floor(random() * 8); length > 0; length--) {
      text += pick(random() < 0.2 ? mixed : chars);
    }
    if (random() < 0.01) text += pick(chars).repeat(90 + Math.floor(random() * 30));
    if (random() < 0.5) text += pick([' ', ' ', '.', ', ', '-']);
  }
  return text;
}
