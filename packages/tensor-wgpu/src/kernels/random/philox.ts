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
