import { median } from '../measure/statistics.ts';
import { adapterName } from '../run/environment.ts';
import type { Report } from './report.ts';

/** One event of Chrome's trace format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'M';
  readonly pid: number;
  readonly tid: number;
  /** µs */
  readonly ts?: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * A run as a timeline for chrome://tracing or ui.perfetto.dev: a track of cases, each as long as its median, and below
 * it the dispatches, one after the other, where their times are known.
 */
export function toTrace(report: Report): string {
  const events: TraceEvent[] = [
    { name: 'process_name', ph: 'M', pid: 1, tid: 0, args: { name: adapterName(report.environment) } },
    { name: 'thread_name', ph: 'M', pid: 1, tid: 1, args: { name: 'cases' } },
    { name: 'thread_name', ph: 'M', pid: 1, tid: 2, args: { name: 'dispatches' } },
  ];
  let ts = 0;
  for (const { id, samples, dispatches = [], status, flops, bytes, clock } of report.results) {
    if (!samples) continue;
    const dur = 1000 * median(samples);
    events.push({ name: id, ph: 'X', pid: 1, tid: 1, ts, dur, args: { status, clock, flops, bytes } });
    let at = ts;
    for (const { kernel, shapes, ms, flops, bytes } of dispatches) {
      if (ms === undefined) continue;
      events.push({
        name: kernel,
        ph: 'X',
        pid: 1,
        tid: 2,
        ts: at,
        dur: 1000 * ms,
        args: { shapes, flops, bytes },
      });
      at += 1000 * ms;
    }
    ts = Math.max(ts + dur, at);
  }
  return JSON.stringify({ traceEvents: events, displayTimeUnit: 'ms' });
}
