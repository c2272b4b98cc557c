/**
 * Factor for the number of random inputs and fault points in tests: the environment variable `TEST_SCALE`, 1 by default. The
 * nightly workflow sets 10.
 *
 * @throws RangeError unless it is above 0 and at most 100
 */
export function testScale(): number {
  const scale = Number(process.env['TEST_SCALE'] ?? 1);
  if (!(scale > 0 && scale <= 100))
    throw new RangeError('TEST_SCALE: expected a number above 0, at most 100');
  return scale;
}
