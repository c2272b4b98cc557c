import { summarize } from '../measure/statistics.ts';
import type { CaseResult } from './report.ts';

/** A result as table values. */
export interface Line {
  readonly id: string;
  readonly suite: string;
  readonly subject: string;
  readonly name: string;
  readonly status: CaseResult['status'];
  readonly message: string;
  readonly clock: string;
  /** ms */
  readonly median: number | undefined;
  readonly p10: number | undefined;
  readonly p90: number | undefined;
  readonly p99: number | undefined;
  /** Median absolute deviation, ms. */
  readonly mad: number | undefined;
  /** 1e9 per second */
  readonly gflops: number | undefined;
  readonly gbs: number | undefined;
  /** 0 to 1, or above if our probe is not the limit. */
  readonly roof: number | undefined;
  readonly drift: number | undefined;
  readonly dispatches: number | undefined;
  readonly peakBytes: number | undefined;
  /** Of these, waiting for reuse. */
  readonly poolBytes: number | undefined;
}

const DRIFT = 0.1; // larger drift gives a notice

export function lineOf(result: CaseResult): Line {
  const { id, suite, subject, name, status, message = '', clock = '', samples, flops, bytes, roof } = result;
  const summary = samples && summarize(samples);
  const middle = summary?.median;
  const rate = (amount: number | undefined): number | undefined =>
    middle && amount ? amount / middle / 1e6 : undefined;
  return {
    id,
    suite,
    subject,
    name,
    status,
    message,
    clock,
    median: middle,
    p10: summary?.p10,
    p90: summary?.p90,
    p99: summary?.p99,
    mad: summary?.mad,
    gflops: rate(flops),
    gbs: rate(bytes),
    roof,
    drift: summary?.drift,
    dispatches: result.dispatchCount,
    peakBytes: result.peakBytes,
    poolBytes: result.poolBytes,
  };
}

/** Caveats for readers of the times. */
export function noticesOf(results: readonly CaseResult[]): string[] {
  const drifting = results.map(lineOf).filter(({ drift = 0 }) => Math.abs(drift) > DRIFT);
  const notices: string[] = [];
  if (drifting.length > 0) {
    const list = drifting.map(
      ({ id, drift = 0 }) => `${id} ${drift > 0 ? '+' : ''}${(100 * drift).toFixed(0)} %`,
    );
    notices.push(
      `Times drifted during the measurement (heat, a changing clock or other load on the machine): ${list.join(', ')}`,
    );
  }
  const clocks = new Set(results.map(({ clock }) => clock).filter(Boolean));
  if (clocks.has('gpu')) notices.push("clock gpu: the GPU's timestamps around the work alone.");
  if (clocks.has('wall')) notices.push('clock wall: from submission to the end as the CPU sees it.');
  return notices;
}

/** Three significant digits. */
export function digits(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  if (value === 0) return '0';
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return places > 6 ? value.toExponential(2) : value.toFixed(places);
}

/** A share in whole percent; with one decimal below 1 %. */
export function percent(value: number | undefined): string {
  if (value === undefined) return '';
  const places = value > 0 && value < 0.0095 ? 1 : 0;
  return value > 0 && value < 0.0005 ? '< 0.1 %' : `${(100 * value).toFixed(places)} %`;
}

/** `1 case`, `2 cases`. */
export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
