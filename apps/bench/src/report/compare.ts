import { type Change, compareSamples, median } from '../measure/statistics.ts';
import { adapterName } from '../run/environment.ts';
import type { CaseResult, Report } from './report.ts';

/** One case in two runs. */
export interface Comparison {
  readonly id: string;
  readonly beforeMs?: number;
  readonly nowMs?: number;
  /** Only if both runs have correct results by the same clock. */
  readonly change?: Change;
  /** Reason if there is none. */
  readonly note?: string;
}

/** Compares a run with an earlier one, case by case, in the order of the later. */
export function compareReports(before: Report, now: Report): Comparison[] {
  const earlier = new Map(before.results.map((result) => [result.id, result]));
  return now.results.map((result) => compareResults(earlier.get(result.id), result));
}

function compareResults(before: CaseResult | undefined, now: CaseResult): Comparison {
  const { id } = now;
  if (!before) return { id, note: 'new' };
  if (now.status !== 'ok' || !now.samples) return { id, note: now.status };
  if (before.status !== 'ok' || !before.samples) return { id, note: `was ${before.status}` };
  const [beforeMs, nowMs] = [median(before.samples), median(now.samples)];
  if (before.clock !== now.clock) return { id, beforeMs, nowMs, note: `other clock: ${before.clock}` };
  return { id, beforeMs, nowMs, change: compareSamples(before.samples, now.samples) };
}

/** Differences that make two runs hard to compare. */
export function differences(before: Report, now: Report): string[] {
  const found: string[] = [];
  const say = (what: string, a: unknown, b: unknown): void => {
    if (`${a}` !== `${b}`) found.push(`${what}: ${a} before, ${b} now`);
  };
  say('adapter', adapterName(before.environment), adapterName(now.environment));
  say('platform', before.environment.host.platform, now.environment.host.platform);
  say('matrix products', before.environment.gemm, now.environment.gemm);
  return found;
}
