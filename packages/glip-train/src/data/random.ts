/** Uses of random numbers: each has its own sequence, so that an option changes no other choice. */
export const PURPOSES = [
  'order',
  'size',
  'replacement',
  'kind',
  'prompt',
  'captions',
  'flip',
  'placement',
  'color',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Sequence of random numbers that is a pure function of its key. */
export class Random {
  readonly #low: number;
  readonly #high: number;
  #count = 0;

  /** @param key  whole numbers, at most 32 bits of each count */
  constructor(purpose: Purpose, ...key: readonly number[]) {
    let [low, high] = [0x9e3779b9, 0x85ebca6b];
    for (const word of [PURPOSES.indexOf(purpose), ...key]) {
      low = mix(low ^ word);
      high = mix(Math.imul(high, 0x2c1b3c6d) + (word ^ low));
    }
    [this.#low, this.#high] = [low, high];
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    const value = mix(mix(this.#count++ ^ this.#low) + this.#high);
    return (value >>> 0) / 2 ** 32;
  }

  /** Whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  /** Whole number in [low, high], both included. */
  whole([low, high]: readonly [low: number, high: number]): number {
    return low + this.below(high - low + 1);
  }

  /** Real number in [low, high). */
  between([low, high]: readonly [low: number, high: number]): number {
    return low + this.uniform() * (high - low);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** The items in random order, as a new list. */
  shuffled<T>(items: readonly T[]): T[] {
    const list = [...items];
    this.shuffle(list);
    return list;
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle(list: { readonly length: number; [index: number]: unknown }): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }

  /** Up to `count` different items in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    return this.shuffled(items).slice(0, Math.max(0, count));
  }
}

/** Bijective 32-bit mixing, https://github.com/skeeto/hash-prospector (triple32). */
function mix(word: number): number {
  let x = word | 0;
  x ^= x >>> 17;
  x = Math.imul(x, 0xed5ad4bb);
  x ^= x >>> 11;
  x = Math.imul(x, 0xac4c1b51);
  x ^= x >>> 15;
  x = Math.imul(x, 0x31848bab);
  return x ^ (x >>> 14);
}
