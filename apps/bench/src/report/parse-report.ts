import { SUITES } from '../suites/bench-case.ts';
import { FORMAT, type Report, ReportError, VERSION } from './report.ts';

// A saved run is fully validated before use: pages and tables can then trust every field.

/** Description of the expected value; undefined if the value is valid. */
type Rule = (value: unknown, at: string) => string | undefined;

const rule =
  (expected: string, holds: (value: unknown) => boolean): Rule =>
  (value, at) =>
    holds(value) ? undefined : `${at} is ${quoted(value)}, expected ${expected}`;

const text = rule('text', (value) => typeof value === 'string');
const flag = rule('true or false', (value) => typeof value === 'boolean');
const amount = rule('a number of at least 0', (value) => Number.isFinite(value) && (value as number) >= 0);
const positive = rule('a number above 0', (value) => Number.isFinite(value) && (value as number) > 0);
const date = rule(
  'a date',
  (value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) && !Number.isNaN(Date.parse(value)),
);
const oneOf = (...values: readonly string[]): Rule =>
  rule(`one of ${values.join(', ')}`, (value) => values.includes(value as string));

const optional =
  (inner: Rule): Rule =>
  (value, at) =>
    value === undefined ? undefined : inner(value, at);

/** JSON has no infinity: it is saved as null. */
const orNull =
  (inner: Rule): Rule =>
  (value, at) =>
    value === null ? undefined : inner(value, at);

const list =
  (inner: Rule, least = 0): Rule =>
  (value, at) => {
    if (!Array.isArray(value) || value.length < least)
      return `${at} is ${quoted(value)}, expected a list${least > 0 ? ' that is not empty' : ''}`;
    return first(value.map((item, i) => () => inner(item, `${at}[${i}]`)));
  };

const record =
  (rules: Readonly<Record<string, Rule>>, others?: Rule): Rule =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return `${at} is ${quoted(value)}, expected an object`;
    const found = value as Record<string, unknown>;
    const inside = (name: string): string => (at === 'it' ? name : `${at}.${name}`);
    return first([
      ...Object.entries(rules).map(
        ([name, inner]) =>
          () =>
            inner(found[name], inside(name)),
      ),
      ...(others ? Object.keys(found).map((name) => () => others(found[name], inside(name))) : []),
    ]);
  };

const environment = record({
  adapter: record({ vendor: text, architecture: text, device: text, description: text }),
  cpu: flag,
  features: list(text),
  limits: record({}, amount),
  subgroupWidth: optional(positive),
  gemm: text,
  rows: text,
  host: record({
    platform: text,
    cores: amount,
    commit: optional(text),
    visibility: optional(text),
    crossOriginIsolated: optional(flag),
    power: optional(text),
  }),
});

const result = record({
  id: text,
  suite: oneOf(...SUITES),
  subject: text,
  name: text,
  status: oneOf('ok', 'wrong', 'error', 'lost', 'skipped'),
  message: optional(text),
  check: optional(record({ compared: amount, of: amount, worst: orNull(amount), message: optional(text) })),
  clock: optional(oneOf('gpu', 'wall')),
  samples: optional(list(positive, 1)),
  ...Object.fromEntries(
    [
      'repeats',
      'firstMs',
      'flops',
      'bytes',
      'roof',
      'images',
      'peakBytes',
      'poolBytes',
      'dispatchCount',
      'readBacks',
    ].map((name) => [name, optional(amount)]),
  ),
  memory: optional(list(record({ ms: amount, allocated: amount, live: amount }))),
  dispatches: optional(
    list(record({ kernel: text, shapes: text, ms: optional(orNull(amount)), flops: amount, bytes: amount })),
  ),
});

const report = record({
  date,
  environment,
  settings: record({
    suites: list(oneOf(...SUITES)),
    filter: text,
    quick: flag,
    samples: positive,
    budgetS: positive,
  }),
  roofline: optional(record({ flops: positive, bytes: positive })),
  results: list(result),
  complete: flag,
});

/**
 * Reads a saved run, every field of it checked.
 *
 * @param name  of the file, for the message
 * @throws ReportError that names the first field that is wrong
 */
export function parseReport(content: string, name = 'report'): Report {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new ReportError(`${name} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const { format, version } = (value ?? {}) as Partial<Report>;
  if (format !== FORMAT) throw new ReportError(`${name} is not a saved benchmark: no "format": "${FORMAT}"`);
  if (version !== VERSION) {
    throw new ReportError(`${name} has version ${quoted(version)}, this program reads ${VERSION}`);
  }
  const problem = report(value, 'it');
  if (problem !== undefined) throw new ReportError(`${name} is damaged: ${problem}`);
  return value as Report;
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check();
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const LONGEST = 40;

function quoted(value: unknown): string {
  if (value === undefined) return 'missing';
  const json = JSON.stringify(value);
  return json.length > LONGEST ? `${json.slice(0, LONGEST)}…` : json;
}
