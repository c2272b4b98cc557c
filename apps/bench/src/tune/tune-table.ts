import type { GemmPlan } from '@glip-wgpu/tensor-wgpu';
import type { TunedClass } from './careful-tune.ts';

/** Plans by class of products. */
export type Plans = Readonly<Record<string, GemmPlan>>;

const CLEAR = 1.05; // minimum speed-up of a known plan over the default in each pass

/** Default time over best time in the worse pass; 1 if no plan was faster. */
export function gainOf({ gains }: TunedClass): number {
  return gains.length > 0 ? Math.min(...gains) : 1;
}

/** Plans clearly faster than the default one in every pass. */
export function clearGains(results: readonly TunedClass[]): Plans {
  const clear = results.filter((one) => gainOf(one) >= CLEAR);
  return Object.fromEntries(clear.flatMap(({ key, best }) => (best ? [[key, best]] : [])));
}

/** Known plans after a tune: measured classes are replaced or removed, others are kept. */
export function updated(
  known: Readonly<Record<string, unknown>>,
  results: readonly TunedClass[],
): Record<string, unknown> {
  const measured = new Set(results.map(({ key }) => key));
  const others = Object.entries(known).filter(([key]) => !measured.has(key));
  return Object.fromEntries(
    [...others, ...Object.entries(clearGains(results))].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** `subgroup, 32 rows, 2 quads`. */
export function planText({ schedule, ...sizes }: GemmPlan): string {
  return [
    schedule,
    ...Object.entries(sizes).map(([name, size]) =>
      name === 'each' ? `${size} x ${size} each` : `${size} ${name}`,
    ),
  ].join(', ');
}

/** One line per class, those with the most work first. */
export function tuneTable(results: readonly TunedClass[]): string[] {
  const rows = results.map((one) => [
    one.key,
    `${(100 * one.share).toFixed(1)} % of ${one.workload}`,
    `${one.usualMs.toFixed(2)} ms`,
    planText(one.usual),
    one.tried < one.possible ? `${one.tried} of ${one.possible}` : `all ${one.possible}`,
    one.best && gainOf(one) > 1 ? planText(one.best) : '',
    one.best && gainOf(one) > 1
      ? `${gainOf(one).toFixed(2)}x${gainOf(one) >= CLEAR ? '' : ' (unclear)'}`
      : '',
  ]);
  const head = ['class', 'share', 'time', 'usual plan', 'tried', 'faster plan', 'gain'];
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((cells) => cells[i].length)));
  return [head, ...rows].map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
}
