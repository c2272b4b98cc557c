/** Summary of a set of samples. Times in ms. */
export interface Summary {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly p99: number;
  /** Median absolute deviation. */
  readonly mad: number;
  /** Samples more than five such deviations from the median. */
  readonly outliers: number;
  /** Ratio of the medians of the last and first third, minus one: the clock or load changed during the run. */
  readonly drift: number;
}

const DRAWS = 2000;
const OUTLIER = 5; // median distances
const MIN_OF_DRIFT = 3; // minimum samples per third: with fewer, drift is mostly chance

/** The q-quantile, 0 to 1, by linear interpolation. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const low = Math.floor(place);
  return sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function summarize(samples: readonly number[]): Summary {
  const middle = median(samples);
  const third = Math.floor(samples.length / 3);
  const drift =
    third >= MIN_OF_DRIFT ? median(samples.slice(-third)) / median(samples.slice(0, third)) - 1 : 0;
  const distances = samples.map((value) => Math.abs(value - middle));
  const mad = median(distances);
  return {
    median: middle,
    p10: quantile(samples, 0.1),
    p90: quantile(samples, 0.9),
    p99: quantile(samples, 0.99),
    mad,
    outliers: distances.filter((distance) => distance > OUTLIER * mad).length,
    drift,
  };
}

/** 95 % confidence interval of the median, by bootstrap. */
export function medianInterval(samples: readonly number[]): readonly [low: number, high: number] {
  const draw = drawMedians(randomBits(samples.length));
  return middleOf(Array.from({ length: DRAWS }, () => draw(samples)));
}

/** Medians of bootstrap resamples. */
function drawMedians(random: () => number): (samples: readonly number[]) => number {
  return (samples) => median(samples.map(() => samples[random() % samples.length]));
}

/** Central 95 % of the samples. */
function middleOf(values: readonly number[]): readonly [low: number, high: number] {
  return [quantile(values, 0.025), quantile(values, 0.975)];
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Comparison of a set of times with an earlier one. */
export interface Change {
  /** Median before over median now: above 1 is faster. */
  readonly speedup: number;
  /** 95 % confidence interval of the speed-up, by bootstrap. */
  readonly interval: readonly [low: number, high: number];
  readonly verdict: 'faster' | 'slower' | 'same';
}

const LEAST = 0.02; // smaller differences count as the same, however significant

/** Compares samples of two runs: different only if the interval excludes 1 and the medians differ by 2 %. */
export function compareSamples(before: readonly number[], now: readonly number[]): Change {
  const draw = drawMedians(randomBits(before.length * 31 + now.length));
  const ratios = Array.from({ length: DRAWS }, () => draw(before) / draw(now));
  const speedup = median(before) / median(now);
  const interval = middleOf(ratios);
  const faster = interval[0] > 1 && speedup > 1 + LEAST;
  const slower = interval[1] < 1 && speedup < 1 / (1 + LEAST);
  return { speedup, interval, verdict: faster ? 'faster' : slower ? 'slower' : 'same' };
}

/** Seeded pseudorandom integers, so that repeated comparisons give the same result. */
export function randomBits(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}
