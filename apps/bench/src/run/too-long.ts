import { type Roofline, roofMs } from '../measure/roofline.ts';
import type { Cost, Suite } from '../suites/bench-case.ts';
import { isQuick } from '../suites/micro.ts';
import type { Settings } from './settings.ts';

const SLOWER_THAN_ROOF = 4; // assumed throughput before a case has run
const MAX_BUDGETS = 4; // a case is skipped if three runs would take longer

/** Reason not to run a case with these settings, by its estimated cost. */
export function reasonToSkip(
  suite: Suite,
  cost: Cost,
  { quick, budgetS }: Settings,
  roofline?: Roofline,
): string | undefined {
  if (quick && suite === 'micro' && !isQuick(cost)) return 'too much work for a quick run';
  if (!roofline) return undefined;
  const seconds = (SLOWER_THAN_ROOF * roofMs(roofline, cost.flops, cost.bytes)) / 1000;
  return slowerThan(budgetS, seconds) ? `a run may take ${wish(seconds)}` : undefined;
}

/** True if runs of this length exceed a case's budget. */
export const slowerThan = (budgetS: number, seconds: number): boolean => 3 * seconds > MAX_BUDGETS * budgetS;

/** Options that allow such runs. */
export const wish = (seconds: number): string =>
  `${seconds.toFixed(seconds < 10 ? 1 : 0)} s here: give it more time with --budgetS ${Math.ceil((3 * seconds) / MAX_BUDGETS)}`;
