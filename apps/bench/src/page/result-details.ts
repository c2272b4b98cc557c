import type { Roofline } from '../measure/roofline.ts';
import { median, medianInterval, summarize } from '../measure/statistics.ts';
import { histogram, kernelChart } from '../report/charts.ts';
import { digits, percent } from '../report/lines.ts';
import type { CaseResult } from '../report/report.ts';
import { drawn, make } from './dom.ts';

type Fact = string | false | undefined;

/** Details of a case: histogram, memory, time by kernel, and the samples themselves. */
export function detailOf(result: CaseResult, columns: number, roofline?: Roofline): HTMLTableRowElement {
  const { samples = [], dispatches } = result;
  const cell = make('td', { colSpan: columns, className: 'detail' });
  cell.append(
    make(
      'dl',
      {},
      ...factsOf(result).flatMap(([term, facts]) => {
        const known = facts.filter(Boolean).join(', ');
        return known ? [make('dt', { textContent: term }), make('dd', { textContent: known })] : [];
      }),
    ),
  );
  if (samples.length === 0) {
    cell.append(
      make('p', { className: 'note', textContent: `Not timed: ${result.message ?? result.status}.` }),
    );
  }
  const plots = [histogram(result), dispatches && kernelChart(dispatches, roofline)];
  const shown = plots.filter((plot) => plot !== undefined).map(drawn);
  cell.append(make('div', { className: 'plots' }, ...shown));
  if (samples.length > 0) {
    const raw = make('p', { textContent: samples.map((ms) => digits(ms)).join(' ') });
    cell.append(make('details', {}, make('summary', { textContent: 'Raw samples, ms' }), raw));
  }
  return make('tr', {}, cell);
}

function factsOf(result: CaseResult): readonly (readonly [term: string, facts: readonly Fact[]])[] {
  const {
    samples,
    clock,
    repeats = 1,
    firstMs,
    check,
    dispatches,
    dispatchCount,
    images,
    readBacks,
  } = result;
  const { peakBytes, poolBytes } = result;
  const inKernels = dispatches?.reduce((sum, { ms = 0 }) => sum + ms, 0) ?? 0;
  return [
    [
      'Samples',
      [
        samples && `${samples.length}${repeats > 1 ? `, each of ${repeats} runs` : ''}`,
        clock && `clock ${clock}`,
        firstMs !== undefined && `first run ${digits(firstMs)} ms`,
      ],
    ],
    ['Spread', samples ? spreadOf(samples) : []],
    [
      'Check',
      [
        check &&
          check.compared > 0 &&
          `${check.compared} of ${check.of} numbers compared, worst ${percent(check.worst)} of the tolerance`,
      ],
    ],
    [
      'Memory',
      [
        peakBytes !== undefined && `at most ${megabytes(peakBytes)}`,
        poolBytes !== undefined && `${megabytes(poolBytes)} waiting for reuse after the first run`,
      ],
    ],
    [
      'One run',
      [
        dispatchCount !== undefined &&
          `${dispatchCount} ${dispatchCount === 1 ? 'dispatch' : 'dispatches'}${inKernels > 0 ? ` of ${digits(inKernels)} ms together` : ''}`,
        readBacks !== undefined && `numbers read back ${readBacks === 1 ? 'once' : `${readBacks} times`}`,
        images !== undefined && samples && `${digits((1000 * images) / median(samples))} images per second`,
      ],
    ],
  ];
}

function spreadOf(samples: readonly number[]): string[] {
  const { p10, p90, p99, mad, median, outliers } = summarize(samples);
  const [low, high] = medianInterval(samples).map(digits);
  return [
    `median ${digits(median)} ms (95 % between ${low} and ${high})`,
    `p10 ${digits(p10)}`,
    `p90 ${digits(p90)}`,
    `p99 ${digits(p99)}`,
    `median deviation ${digits(mad)} ms`,
    ...(outliers > 0
      ? [`${outliers} ${outliers === 1 ? 'outlier' : 'outliers'} beyond five deviations`]
      : []),
  ];
}

const megabytes = (bytes: number): string => `${digits(bytes / 1e6)} MB`;
