import { AREA_RANGES } from './parameters.ts';

const A = AREA_RANGES.length;
/** Bits 0 to 9 and 16 to 25: what a word of `Matcher.match` uses. */
const USED_BITS = 2 ** 26;

/**
 * Numbers the distinct outcomes of detections: four words each, one by area range. An evaluation of millions of detections has
 * few, and each detection stores its outcome's number only.
 */
export class Outcomes {
  readonly #codes = new Map<number, Map<number, number>>();
  #words = new Uint32Array(64 * A);
  #count = 0;

  /** Number of the outcome at `words[at]` and the three after it. */
  codeOf(words: Readonly<Uint32Array>, at: number): number {
    const low = words[at] * USED_BITS + words[at + 1];
    const high = words[at + 2] * USED_BITS + words[at + 3];
    let inner = this.#codes.get(low);
    if (inner === undefined) {
      inner = new Map();
      this.#codes.set(low, inner);
    }
    const known = inner.get(high);
    if (known !== undefined) return known;
    const code = this.#count++;
    if (this.#words.length < this.#count * A) {
      const grown = new Uint32Array(2 * this.#words.length);
      grown.set(this.#words);
      this.#words = grown;
    }
    for (let a = 0; a < A; a++) this.#words[code * A + a] = words[at + a];
    inner.set(high, code);
    return code;
  }

  /** Words of all outcomes: `[code, area range]`. */
  get words(): Readonly<Uint32Array> {
    return this.#words;
  }
}
