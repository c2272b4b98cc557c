const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;

/** Upper 32 bits of the product of two 32-bit words. */
function mulHigh(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const low = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 65536) + Math.floor(low / 65536)) >>> 0;
}

/** Philox 4x32-10: four random words of a counter and a key. https://doi.org/10.1145/2063384.2063405 */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const [high0, low0] = [mulHigh(MULTIPLIERS[0], a), Math.imul(MULTIPLIERS[0], a)];
    const [high1, low1] = [mulHigh(MULTIPLIERS[1], c), Math.imul(MULTIPLIERS[1], c)];
    [a, b, c, d] = [(high1 ^ b ^ k0) >>> 0, low1 >>> 0, (high0 ^ d ^ k1) >>> 0, low0 >>> 0];
    k0 = (k0 + WEYL[0]) >>> 0;
    k1 = (k1 + WEYL[1]) >>> 0;
  }
  return [a, b, c, d];
}

/**
 * Random numbers that depend on nothing but a seed, a stream's number and an index: those of one scene are the same whether
 * or not others were made before it.
 */
export class Random {
  readonly #key: readonly [number, number];
  readonly #index: number;
  #block = 0;
  #words: readonly number[] = [];
  #used = 4;

  /** @param index  0 to 2^32 - 1, as are the others */
  constructor(seed: number, stream: number, index: number) {
    this.#key = [seed >>> 0, stream >>> 0];
    this.#index = index >>> 0;
  }

  /** From 0 to below 1, in steps of 2^-32. */
  next(): number {
    if (this.#used === 4) {
      this.#words = philox([this.#block++, this.#index, 0, 0], this.#key);
      this.#used = 0;
    }
    return this.#words[this.#used++] / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0)
      throw new Error('Random.pick: expected a list with an element, found an empty one');
    return list[this.below(list.length)];
  }

  /** Index drawn with these weights. */
  weighted(weights: readonly number[]): number {
    let left = this.next() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return i;
    }
    return weights.length - 1;
  }
}
