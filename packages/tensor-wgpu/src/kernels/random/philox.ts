const MULTIPLIERS = [0xd2511f53n, 0xcd9e8d57n] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;

/** Philox 4x32-10, as philox.wgsl computes it: https://doi.org/10.1145/2063384.2063405. For specs. */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [p, q] = [MULTIPLIERS[0] * BigInt(a), MULTIPLIERS[1] * BigInt(c)];
    [a, b, c, d] = [
      Number(q >> 32n) ^ b ^ k0,
      Number(q & 0xffffffffn),
      Number(p >> 32n) ^ d ^ k1,
      Number(p & 0xffffffffn),
    ].map((word) => word >>> 0);
    k0 = (k0 + WEYL[0]) >>> 0;
    k1 = (k1 + WEYL[1]) >>> 0;
  }
  return [a, b, c, d];
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
