/**
 * How many times as many random inputs and fault points tests try as usual: the environment variable `TEST_SCALE`, or 1. A
 * usual run keeps every kind; a nightly one, with ten times as many, the rare ones.
 */
export function testScale(): number {
  const scale = Number(process.env['TEST_SCALE'] ?? 1);
  if (!(scale > 0 && scale <= 100))
    throw new RangeError(`TEST_SCALE: expected a number above 0, at most 100`);
  return scale;
}
