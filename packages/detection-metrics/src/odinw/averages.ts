import { MetricsError } from '../errors.ts';
import { checkEntry, fail } from '../validate.ts';

/** AP by data set. */
export type DataSetFigures = Readonly<Record<string, number>>;

/** Mean over runs, and their spread. */
export interface RunAverage {
  readonly mean: number;
  /** Of these runs alone (numpy's `std`), and as an estimate for all runs (`ddof=1`), which one run does not have. */
  readonly standardDeviation: { readonly population: number; readonly sample: number | undefined };
}

export interface DataSetAverages extends RunAverage {
  /** Mean over data sets, each of weight 1, by run. */
  readonly runs: Readonly<Record<string, number>>;
  readonly dataSets: Readonly<Record<string, RunAverage>>;
}

/**
 * Averages of ODinW: the mean over data sets, whatever their sizes; over several runs, such as the seeds of few-shot
 * training, the mean of these means and its spread.
 *
 * @param runs  AP of every data set, by run
 * @throws MetricsError if there are none, if runs have other data sets, or for an AP that is not from 0 to 1
 */
export function averageDataSets(runs: Readonly<Record<string, DataSetFigures>>): DataSetAverages {
  const [first] = Object.values(checkEntry(runs, 'runs'));
  if (first === undefined) throw new MetricsError('there are no runs');
  const names = Object.keys(checkEntry(first, 'a run'));
  if (names.length === 0) throw new MetricsError('there are no data sets');
  for (const [run, figures] of Object.entries(runs)) {
    for (const name of new Set([...names, ...Object.keys(checkEntry(figures, `run ${run}`))])) {
      if (!Object.hasOwn(first, name)) throw new MetricsError(`only run ${run} has the data set ${name}`);
      const value = figures[name];
      if (!(value >= 0 && value <= 1)) fail(`run ${run}: AP of ${name}`, value, 'a number from 0 to 1');
    }
  }
  const means = Object.entries(runs).map(([run, figures]) => [run, mean(Object.values(figures))] as const);
  return {
    runs: Object.fromEntries(means),
    ...averageOf(means.map(([, value]) => value)),
    dataSets: Object.fromEntries(
      names.map((name) => [name, averageOf(Object.values(runs).map((figures) => figures[name]))]),
    ),
  };
}

function averageOf(values: readonly number[]): RunAverage {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return {
    mean: center,
    standardDeviation: {
      population: Math.sqrt(squares / values.length),
      sample: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : undefined,
    },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
