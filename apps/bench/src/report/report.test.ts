import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { parseReport } from './parse-report.ts';
import { type CaseResult, FORMAT, type Report, ReportError, VERSION } from './report.ts';
import { toTrace } from './trace.ts';

const result = (name: string, change: Partial<CaseResult> = {}): CaseResult => ({
  id: `micro/matmul/${name}`,
  suite: 'micro',
  subject: 'matmul',
  name,
  status: 'ok',
  clock: 'gpu',
  samples: [2, 2, 4],
  flops: 4e9,
  bytes: 1e9,
  roof: 0.5,
  ...change,
});

const report = (results: readonly CaseResult[]): Report => ({
  format: FORMAT,
  version: VERSION,
  date: '2026-01-31T12:45:00.000Z',
  environment: {
    adapter: { vendor: 'v', architecture: 'a', device: 'd', description: 'Some <GPU>' },
    cpu: false,
    features: [],
    limits: {},
    subgroupWidth: undefined,
    gemm: 'tiled',
    rows: 'workgroup',
    host: { platform: 'test', cores: 1 },
  },
  settings: { suites: ['micro'], filter: '', quick: false, samples: 3, budgetS: 1 },
  roofline: { flops: 1e13, bytes: 1e12 },
  results,
  complete: true,
});

describe('a saved run', () => {
  it('is refused with the reason when it is none, of another version, or damaged', () => {
    for (const [text, reason] of [
      ['{', /is not JSON/],
      ['null', /not a saved benchmark/],
      [JSON.stringify({ ...report([]), version: 9 }), /version 9/],
    ] as const) {
      expect(() => parseReport(text, 'x.json')).toThrow(ReportError);
      expect(() => parseReport(text, 'x.json')).toThrow(reason);
    }
  });
});

describe('a saved run of which a part is missing or of another kind', () => {
  const whole = JSON.stringify(
    report([
      result('a', {
        check: { compared: 3, of: 3, worst: 0.5 },
        memory: [{ ms: 0, allocated: 8, live: 4 }],
        dispatches: [{ kernel: 'k', shapes: '', ms: 1, flops: 1, bytes: 1 }],
      }),
    ]),
  );

  it('is read when it is whole', () => {
    expect(parseReport(whole).results[0].name).toBe('a');
  });

  const paths: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (path.length > 0) paths.push(path);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value))
      walk(item, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(JSON.parse(whole), []);

  type Parent = Record<string | number, unknown>;
  const changed = (
    path: readonly (string | number)[],
    change: (parent: Parent, key: string | number) => void,
  ): string => {
    const copy = JSON.parse(whole) as Parent;
    const parent = path.slice(0, -1).reduce((value, key) => value[key] as Parent, copy);
    change(parent, path[path.length - 1]);
    return JSON.stringify(copy);
  };

  it.each(paths.map((path) => [path.join('.'), path] as const))('%s', (_, path) => {
    const wrong = changed(path, (parent, key) => {
      parent[key] = typeof parent[key] === 'boolean' ? 'yes' : true;
    });
    expect(() => parseReport(wrong, 'x.json')).toThrow(ReportError);
    expect(() => parseReport(wrong, 'x.json')).toThrow(/^x\.json (is damaged: |is not a saved|has version)/);
    const without = changed(path, (parent, key) => {
      if (Array.isArray(parent)) parent[key] = null;
      else delete parent[key];
    });
    let read: Report;
    try {
      read = parseReport(without, 'x.json');
    } catch (error) {
      expect(error).toBeInstanceOf(ReportError);
      return;
    }
    for (const other of [read, report([result('a')])]) {
      expect(toHtml(read, other)).toContain('<h1>');
      expect(toMarkdown(other, read)).toContain('|');
    }
  });

  it('is refused with the field that is wrong', () => {
    const { date: _, ...undated } = JSON.parse(whole);
    expect(() => parseReport(JSON.stringify(undated), 'x.json')).toThrow(
      'x.json is damaged: date is missing, expected a date',
    );
    const hostless = JSON.parse(whole);
    delete hostless.environment.host;
    expect(() => parseReport(JSON.stringify(hostless), 'x.json')).toThrow(
      'x.json is damaged: environment.host is missing, expected an object',
    );
    const fast = JSON.parse(whole);
    fast.results[0].samples[1] = 'fast';
    expect(() => parseReport(JSON.stringify(fast), 'x.json')).toThrow(
      'x.json is damaged: results[0].samples[1] is "fast", expected a number above 0',
    );
  });
});

describe('the table', () => {
  it('gives medians and rates', () => {
    expect(toMarkdown(report([result('1024^3')]))).toContain(
      '| micro/matmul/1024^3 | 2.00 | 2.00 to 3.60 | 2000 | 500 | 50 % | gpu | ok |',
    );
  });

  it('gives no times for wrong results, and keeps to one line', () => {
    const wrong = result('bad', { status: 'wrong', message: 'a | b\nc', samples: undefined });
    expect(toMarkdown(report([wrong]))).toContain(
      '| micro/matmul/bad |  |  |  |  | 50 % | gpu | **wrong**: a \\| b c |',
    );
  });

  it('compares only what is right in both runs by one clock', () => {
    const before = report([
      result('a', { samples: [4, 4, 4] }),
      result('b', { status: 'wrong' }),
      result('c', { clock: 'wall' }),
    ]);
    const text = toMarkdown(
      report([result('a', { samples: [2, 2, 2] }), result('b'), result('c'), result('d')]),
      before,
    );
    expect(text).toContain('| 4.00 | 2.00× faster (2.00 to 2.00) |');
    expect(text).toContain('|  | was wrong |');
    expect(text).toContain('|  | other clock: wall |');
    expect(text).toContain('|  | new |');
  });
});

describe('other formats', () => {
  it('quote what would break them', () => {
    const odd = result('=x,"y"', { message: '<script>alert(1)</script>', status: 'error' });
    expect(toCsv(report([odd]))).toContain(`"'=x,""y"""`);
    const html = toHtml(report([odd]));
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('Some &lt;GPU&gt;');
  });

  it('lay dispatches out one after the other', () => {
    const dispatches = [1, 2].map((ms) => ({ kernel: `k${ms}`, shapes: '', ms, flops: 1, bytes: 1 }));
    const { traceEvents } = JSON.parse(toTrace(report([result('a', { dispatches })])));
    const laid = traceEvents.filter(({ tid, ph }: { tid: number; ph: string }) => tid === 2 && ph === 'X');
    expect(laid.map(({ ts, dur }: { ts: number; dur: number }) => [ts, dur])).toEqual([
      [0, 1000],
      [1000, 2000],
    ]);
  });
});
