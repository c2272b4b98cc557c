const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;

/** Philox 4x32-10, as philox.wgsl computes it: https://doi.org/10.1145/2063384.2063405. For specs. */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [p, q] = MULTIPLIERS;
    [a, b, c, d] = [
      (highWord(q, c) ^ b ^ k0) >>> 0,
      Math.imul(q, c) >>> 0,
      (highWord(p, a) ^ d ^ k1) >>> 0,
      Math.imul(p, a) >>> 0,
    ];
    k0 = (k0 + WEYL[0]) >>> 0;
    k1 = (k1 + WEYL[1]) >>> 0;
  }
  return [a, b, c, d];
}

/** The upper 32 bits of a product of two words, exact: each step stays below 2^49. */
function highWord(x: number, y: number): number {
  const [upper, lower] = [x >>> 16, x & 0xffff];
  return Math.floor((upper * y + Math.floor((lower * y) / 2 ** 16)) / 2 ** 16);
}

/** The factors that `dropoutMask` draws for a key of this seed and step, at a numbered place. For specs. */
export function keptFactors(size: number, rate: number, seed: number, place: number, step = 0): number[] {
  const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
  return Array.from({ length: Math.ceil(size / 4) }, (_, i) =>
    philox([i, place, step % 2 ** 32, Math.floor(step / 2 ** 32)], key),
  )
    .flat()
    .slice(0, size)
    .map((bits) => ((bits >>> 8) / 2 ** 24 >= rate ? 1 / (1 - rate) : 0));
}
