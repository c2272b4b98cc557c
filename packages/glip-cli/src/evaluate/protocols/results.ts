import { averageDataSets } from '@glip-wgpu/detection-metrics';
import type { BenchmarkDataSet } from './data-set.ts';
import { publishedFor } from './published-figures.ts';

/** Figures of one data set. */
export interface DataSetResult {
  readonly name: string;
  readonly images: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** Results of a benchmark. */
export interface BenchmarkResult {
  readonly protocol: string;
  readonly model: string;
  readonly data: string;
  readonly dataSets: readonly DataSetResult[];
  /** Mean AP over several data sets, each of weight 1. */
  readonly average?: Readonly<Record<string, number>>;
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

/** Figures of a data set as they are now. */
export function resultOf({ name, figures }: BenchmarkDataSet, images: number): DataSetResult {
  return { name, images, figures: figures() };
}

/** The mean AP of several data sets; undefined for a single one, and if one has no object to find. */
export function averageOf(dataSets: readonly DataSetResult[]): Readonly<Record<string, number>> | undefined {
  if (dataSets.length < 2 || dataSets.some(({ figures }) => figures['AP'] < 0)) return undefined;
  const AP = Object.fromEntries(dataSets.map(({ name, figures }) => [name, figures['AP']]));
  return { AP: averageDataSets({ run: AP }).mean };
}

/** Results as plain JSON, 0 to 1, those without an object to find null; published figures beside them, in the same unit. */
export function jsonOf(result: BenchmarkResult): object {
  const nulls = (figures: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value < 0 ? null : value]));
  return {
    ...result,
    dataSets: result.dataSets.map(({ name, images, figures }) => ({
      name,
      images,
      figures: nulls(figures),
      published: published(result.model, name),
    })),
    ...(result.average && {
      average: { ...nulls(result.average), published: published(result.model, 'average') },
    }),
  };
}

function published(model: string, name: string): object[] {
  return publishedFor(model).flatMap(({ from, figures }) => {
    const own = figures[name];
    if (own === undefined) return [];
    const shares = Object.entries(own).map(([key, value]) => [key, value / 100] as const);
    return [{ from, ...Object.fromEntries(shares) }];
  });
}

/** Results as cells in percent, with published figures in the rows below ours. */
export function tableOf({ model, dataSets, average }: BenchmarkResult): { head: string[]; rows: string[][] } {
  const keys = [...new Set(dataSets.flatMap(({ figures }) => Object.keys(figures)))];
  const rows = dataSets.flatMap(({ name, figures }) => rowsOf(model, name, figures));
  if (average) rows.push(...rowsOf(model, 'average', average));
  const cells = rows.map(({ title, figures }) => [title, ...keys.map((key) => percent(figures[key]))]);
  return { head: ['percent', ...keys], rows: cells };
}

/** Results as an aligned table in percent, with published figures in the lines below ours. */
export function textOf({ protocol, model, data, dataSets, average, unreadable }: BenchmarkResult): string {
  const keys = [...new Set(dataSets.flatMap(({ figures }) => Object.keys(figures)))];
  const rows = dataSets.flatMap(({ name, figures }) => rowsOf(model, name, figures));
  if (average) rows.push(...rowsOf(model, 'average', average));
  const wide = Math.max(...rows.map(({ title }) => title.length));
  const widths = keys.map((key) => Math.max(key.length, 5) + 2);
  const line = (title: string, cell: (key: string) => string): string =>
    title.padEnd(wide) + keys.map((key, i) => cell(key).padStart(widths[i])).join('');
  const images = dataSets.reduce((sum, one) => sum + one.images, 0);
  const lines = [
    `${model}, protocol ${protocol}, ${data}: ${images} ${images === 1 ? 'image' : 'images'}`,
    '',
    line('', (key) => key).trimEnd(),
    ...rows.map(({ title, figures }) => line(title, (key) => percent(figures[key])).trimEnd()),
  ];
  const sources = publishedFor(model).map(({ from }, i) => `published ${i + 1}: ${from}`);
  const shown = sources.filter((_, i) => rows.some(({ title }) => title.endsWith(`published ${i + 1}`)));
  if (shown.length > 0) lines.push('', ...shown);
  if (unreadable.length > 0) lines.push('', `${unreadable.length} pictures left out, see above`);
  return lines.join('\n');
}

interface Row {
  readonly title: string;
  readonly figures: Readonly<Record<string, number>>;
}

function rowsOf(model: string, name: string, figures: Readonly<Record<string, number>>): Row[] {
  const rows: Row[] = [{ title: name, figures }];
  for (const [i, source] of publishedFor(model).entries()) {
    const own = source.figures[name];
    if (own === undefined) continue;
    const shares = Object.entries(own).map(([key, value]) => [key, value / 100] as const);
    rows.push({ title: `  published ${i + 1}`, figures: Object.fromEntries(shares) });
  }
  return rows;
}

function percent(value: number | undefined): string {
  if (value === undefined) return '';
  return value < 0 ? '-' : (100 * value).toFixed(1);
}
