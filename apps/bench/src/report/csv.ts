import { lineOf } from './lines.ts';
import type { Report } from './report.ts';

const COLUMNS = [
  'suite',
  'subject',
  'name',
  'status',
  'clock',
  'median',
  'p10',
  'p90',
  'p99',
  'mad',
  'gflops',
  'gbs',
  'roof',
  'dispatches',
  'peakBytes',
  'poolBytes',
  'message',
] as const;

/** A run as comma-separated values (RFC 4180): a line per case, times in ms. */
export function toCsv(report: Report): string {
  const rows = report.results.map((result) => {
    const line = lineOf(result);
    return COLUMNS.map((column) => field(line[column] ?? ''));
  });
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

function field(value: string | number): string {
  const text = `${value}`;
  const safe = /^[=+\-@]/.test(text) && typeof value === 'string' ? `'${text}` : text; // not a formula
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
