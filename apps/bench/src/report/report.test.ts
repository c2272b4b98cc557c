import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { type CaseResult, FORMAT, parseReport, type Report, ReportError, VERSION } from './report.ts';
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
    const damaged = { ...report([]), results: [{ id: 'a', status: 'ok', samples: ['fast'] }] };
    for (const [text, reason] of [
      ['{', /is not JSON/],
      ['null', /not a saved benchmark/],
      [JSON.stringify({ ...report([]), version: 9 }), /version 9/],
      [JSON.stringify(damaged), /damaged/],
    ] as const) {
      expect(() => parseReport(text, 'x.json')).toThrow(ReportError);
      expect(() => parseReport(text, 'x.json')).toThrow(reason);
    }
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
