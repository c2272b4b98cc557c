const N = 624;
const M = 397;

/** Python's `random.Random`, a Mersenne Twister, so that a seed gives the order that Python gives. */
export class PythonRandom {
  readonly #state = new Uint32Array(N);
  #at = N;

  /** @param seed  a whole number; its sign has no effect, as in Python */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`seed is ${seed}, expected a whole number`);
    const size = Math.abs(seed);
    const high = Math.floor(size / 2 ** 32);
    this.#initialize(high > 0 ? [size >>> 0, high] : [size >>> 0]);
  }

  /** The next 32 bits. */
  word(): number {
    if (this.#at === N) this.#twist();
    let y = this.#state[this.#at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A whole number from 0 to below `n`, which is positive and at most 2^32 - 1. */
  below(n: number): number {
    const bits = 32 - Math.clz32(n);
    for (;;) {
      const value = this.word() >>> (32 - bits);
      if (value < n) return value;
    }
  }

  /** Shuffles a list in place. */
  shuffle(list: unknown[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }

  /** `init_by_array` of the reference implementation. */
  #initialize(key: readonly number[]): void {
    const state = this.#state;
    state[0] = 19650218;
    for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    let i = 1;
    let j = 0;
    const advance = (): void => {
      i += 1;
      if (i < N) return;
      state[0] = state[N - 1];
      i = 1;
    };
    const mixed = (factor: number): number => Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), factor);
    for (let k = Math.max(N, key.length); k > 0; k--) {
      state[i] = (state[i] ^ mixed(1664525)) + key[j] + j;
      advance();
      j = (j + 1) % key.length;
    }
    for (let k = N - 1; k > 0; k--) {
      state[i] = (state[i] ^ mixed(1566083941)) - i;
      advance();
    }
    state[0] = 0x80000000;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < N; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
      state[i] = state[(i + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}
