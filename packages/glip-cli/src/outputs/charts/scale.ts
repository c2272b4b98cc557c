/** An axis: where a value lies, and its labeled values. */
export interface Scale {
  /** 0 at the beginning of the axis, 1 at its end; outside of it for values beyond. */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
  readonly log: boolean;
}

export interface ScaleOptions {
  /** Values that the axis includes. */
  readonly include?: readonly number[];
  /** Logarithmic where all values are positive; `auto` if they also differ by a factor of 30. */
  readonly log?: boolean | 'auto';
  /** Wanted number of ticks. */
  readonly ticks?: number;
  /** Ends the axis at the values themselves, not at a tick. */
  readonly exact?: boolean;
}

const LOG_RATIO = 30;

/** An axis over values, which must be finite. */
export function scaleOf(
  values: readonly number[],
  { include = [], log = false, ticks = 4, exact = false }: ScaleOptions = {},
): Scale {
  const [least, most] = extent(values);
  if (log !== false && least > 0 && (log === true || most / least >= LOG_RATIO)) return logScale(least, most);
  const [low, high] = extent([least, most, ...include]);
  return linearScale(low, high > low ? high : low + (Math.abs(low) || 1), ticks, exact);
}

function linearScale(low: number, high: number, ticks: number, exact: boolean): Scale {
  const step = niceStep((high - low) / ticks);
  const first = (exact ? Math.ceil(low / step - 1e-9) : Math.floor(low / step + 1e-9)) * step;
  const last = (exact ? Math.floor(high / step + 1e-9) : Math.ceil(high / step - 1e-9)) * step;
  const [begin, end] = exact ? [low, high] : [first, last];
  const count = Math.round((last - first) / step);
  return {
    at: (value) => (value - begin) / (end - begin),
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((first + i * step).toPrecision(12))),
    log: false,
  };
}

/** Ticks at 1, 2 and 5 of each decade, or at decades alone where there are many. */
function logScale(least: number, most: number): Scale {
  const decades = Math.log10(most / least);
  const digits = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(least)) - 1; power <= Math.ceil(Math.log10(most)); power++) {
    marks.push(...digits.map((digit) => Number((digit * 10 ** power).toPrecision(3))));
  }
  const begin = marks.filter((mark) => mark <= least).at(-1) ?? least;
  const end = marks.find((mark) => mark >= most && mark > begin) ?? most;
  const inside = marks.filter((mark) => mark >= begin && mark <= end);
  const stride = Math.ceil(inside.length / 7);
  return {
    at: (value) => (value > 0 ? Math.log(value / begin) / Math.log(end / begin) : -1),
    ticks: inside.filter((_, i) => i % stride === 0),
    log: true,
  };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const distance = (factor: number): number => Math.abs(Math.log((factor * power) / rough));
  return [1, 2, 5, 10].reduce((a, b) => (distance(b) < distance(a) ? b : a)) * power;
}

function extent(values: readonly number[]): [least: number, most: number] {
  return values.reduce(
    ([least, most], value): [number, number] => [Math.min(least, value), Math.max(most, value)],
    [values[0] ?? 0, values[0] ?? 0],
  );
}

/** `0.0005`, `1200`, `12k`, `2e-5` */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  if (size > 0 && size < 1e-4) return value.toExponential().replace(/(\.\d)\d+e/, '$1e');
  return `${Number(value.toPrecision(4))}`;
}
