// Comparison of computed with recorded numbers, and its report.

const NOISES = 50; // a float may differ by this many times the noise recorded for it

/** One line of the report. */
export interface Row {
  readonly name: string;
  readonly verdict: 'ok' | 'FAIL';
  readonly difference?: number;
  readonly noise?: number;
  readonly note?: string;
}

/**
 * Floats: at most 50 times the recorded noise, or 50 times 4 ulp of the largest value where none is recorded. Noise is
 * the rounding of one run: for a tensor of few elements it may come out as nothing by chance, so half an ulp of the
 * largest value, what rounding to f32 alone may take, is the least. Where it is 0 the tensor was exact, and has to be.
 *
 * @param skip  elements that are not compared, by flat index
 */
export function compareFloats(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  recorded?: number,
  skip: (index: number) => boolean = () => false,
): Row {
  if (actual.length !== expected.length) {
    return { name, verdict: 'FAIL', note: `${actual.length} elements, expected ${expected.length}` };
  }
  let difference = 0;
  let largest = 0;
  let compared = 0;
  for (let i = 0; i < expected.length; i++) {
    if (skip(i)) continue;
    compared += 1;
    const apart = Math.abs(actual[i] - expected[i]);
    if (!(apart <= difference)) difference = apart; // keeps NaN
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  const noise = recorded === undefined ? 4 * ulp(largest) : atLeastRounding(recorded, largest);
  const verdict = difference <= NOISES * noise && compared > 0 ? 'ok' : 'FAIL';
  const note = compared === 0 ? 'nothing compared' : noise > (recorded ?? noise) ? 'half an ulp' : undefined;
  return { name, verdict, difference, noise, ...(note ? { note } : {}) };
}

/**
 * Floats whose noise is recorded as the norm of a difference: at most 50 times that, and no element that is not a number.
 * Half an ulp of the norm is the least, as above.
 */
export function compareNorms(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  noise: number,
): Row {
  if (actual.length !== expected.length) {
    return { name, verdict: 'FAIL', note: `${actual.length} elements, expected ${expected.length}` };
  }
  const norm = (at: (i: number) => number): number =>
    Math.sqrt(Array.from(expected, (_, i) => at(i) ** 2).reduce((sum, square) => sum + square, 0));
  const difference = norm((i) => actual[i] - expected[i]);
  const least = atLeastRounding(
    noise,
    norm((i) => expected[i]),
  );
  const verdict = difference <= NOISES * least ? 'ok' : 'FAIL';
  return { name, verdict, difference, noise: least, note: least > noise ? 'norms, half an ulp' : 'norms' };
}

function atLeastRounding(noise: number, largest: number): number {
  return noise === 0 ? 0 : Math.max(noise, ulp(largest) / 2);
}

/** The step between f32 numbers of this size. */
function ulp(value: number): number {
  return value === 0 ? 0 : 2 ** (Math.floor(Math.log2(value)) - 23);
}

/** Whole numbers, labels and masks: exact. */
export function compareExact(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Row {
  if (actual.length !== expected.length) {
    return { name, verdict: 'FAIL', note: `${actual.length} elements, expected ${expected.length}` };
  }
  let wrong = 0;
  for (let i = 0; i < expected.length; i++) if (actual[i] !== expected[i]) wrong += 1;
  return {
    name,
    verdict: wrong === 0 ? 'ok' : 'FAIL',
    difference: wrong,
    note: wrong ? `${wrong} differ` : 'exact',
  };
}

/** A stored tensor without a check. */
export function unchecked(name: string): Row {
  return { name, verdict: 'FAIL', note: 'no check for this tensor' };
}

/** Prints rows and the totals; returns the exit code. */
export function report(rows: readonly Row[]): number {
  const width = Math.max(...rows.map(({ name }) => name.length), 10);
  for (const { name, verdict, difference, noise, note } of rows) {
    const numbers =
      difference === undefined || noise === undefined
        ? ''
        : `difference ${difference.toExponential(1)}  noise ${noise.toExponential(1)}  ratio ${(difference === 0 ? 0 : difference / noise).toFixed(1)}`;
    console.log(`${name.padEnd(width)}  ${verdict.padEnd(5)} ${numbers}${note ? ` ${note}` : ''}`);
  }
  const failed = rows.filter(({ verdict }) => verdict === 'FAIL').length;
  // "later" is always 0 now; it is kept for programs that parse this line.
  console.log(`${rows.length} checked, 0 later, ${failed} failed`);
  return failed > 0 || rows.length === 0 ? 1 : 0;
}
