import { tickLabel } from '../outputs/charts/scale.ts';
import { embedded, links, page, remark, type Section, table, tiles, verbatim } from '../outputs/page.ts';
import { duration } from '../outputs/progress.ts';
import { curves } from './curves.ts';
import { type RunFigures, runFigures } from './run-figures.ts';
import type { RunLog } from './run-log.ts';
import type { RunPicture } from './run-pictures.ts';

const MAX_EVALUATIONS = 200;
const MAX_LEFT_OUT = 100;
const MAX_REASONS = 5;

/** Content of a report beside the log. */
export interface ReportContent {
  /** Name of the run. */
  readonly name: string;
  /** The resolved configuration: plain data. */
  readonly config: unknown;
  /** Entries of the dataset that are not trained with. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  /** Charts of the data, without a style of their own. */
  readonly charts: readonly string[];
  readonly pictures: readonly RunPicture[];
  /** Validation pictures of earlier evaluations, by step. */
  readonly earlier: ReadonlyMap<number, string>;
}

/** report.html: a page of one file about a run. */
export function reportPage(log: RunLog, content: ReportContent): string {
  const now = runFigures(log);
  const start = log.starts.at(-1);
  const pictures = content.pictures.map(embedded);
  const earlier = [...content.earlier].map(([step, path]) => ({
    path,
    name: `step ${step}${step === now.best?.step ? ' (best)' : ''}`,
  }));
  if (earlier.length > 0) pictures.splice(1, 0, links('The same images at', earlier));
  const sections: Section[] = [
    { title: 'Result', body: tiles(results(now)) },
    ...(start ? [{ title: 'Command', body: verbatim(log.starts[0].command) }] : []),
    { title: 'Curves', body: curves(log) },
    { title: 'Evaluations', body: evaluationTable(log, now) },
    { title: 'Pictures', body: pictures.join('\n') || remark('None was drawn.') },
    { title: 'Phases and losses', body: phaseTable(log) },
    { title: 'Skipped steps and data left out', body: leftOutTable(now, content.leftOut) },
    ...(content.charts.length === 0 ? [] : [{ title: 'Data', body: content.charts.join('\n') }]),
    { title: 'Starts', body: startTable(log) },
    { title: 'Configuration', body: verbatim(JSON.stringify(content.config, null, 2) ?? '') },
  ];
  const summary = start
    ? `${start.model} on ${start.data}, seed ${start.seed}, ${start.adapter}, begun ${minute(log.starts[0].date)}`
    : '';
  return page(`Training run ${content.name}`, summary, sections);
}

function results(now: RunFigures): [name: string, value: string][] {
  const { step, total, best, loss, stepsPerSecond, picturesPerSecond, waitingShare } = now;
  const known = <T>(value: T | undefined, text: (value: T) => [string, string]): [string, string][] =>
    value === undefined ? [] : [text(value)];
  return [
    ['steps', total === undefined ? `${step}` : `${step} of ${total}`],
    ...known(best, ({ metric, step: at, value }) => [`best ${metric}, at step ${at}`, metricText(value)]),
    ...known(loss, (value) => ['loss at the end', figure(value)]),
    ['time of training', duration(now.trainingSeconds)],
    ...known(stepsPerSecond, (value) => ['steps per second', figure(value)]),
    ...known(picturesPerSecond, (value) => ['pictures per second', figure(value)]),
    ...known(waitingShare, (value) => ['waiting for pictures', `${(100 * value).toFixed(1)} %`]),
    [`time of ${counted(now.evaluations, 'evaluation')}`, duration(now.evaluationSeconds)],
    [`time of ${counted(now.checkpoints, 'checkpoint')}`, duration(now.savingSeconds)],
    ['skipped steps', `${now.skipped}`],
  ];
}

function evaluationTable({ evaluations }: RunLog, { best }: RunFigures): string {
  if (evaluations.length === 0) return remark('None yet.');
  const names = [...new Set(evaluations.flatMap(({ metrics }) => Object.keys(metrics)))];
  const shown = evaluations.slice(-MAX_EVALUATIONS);
  const rows = shown.map(({ step, metrics, seconds }) => [
    `${step}`,
    ...names.map((name) => metricText(metrics[name])),
    duration(seconds),
  ]);
  const marked = shown.findIndex(({ step }) => step === best?.step);
  const more = evaluations.length - shown.length;
  return (
    table(['step', ...names, 'time'], rows, { texts: 0, marked }) +
    (more > 0 ? remark(`${more} earlier ones are in metrics.jsonl.`) : '')
  );
}

function phaseTable({ phases, steps }: RunLog): string {
  if (steps.length === 0) return remark('No step was logged.');
  const names = [...new Set(steps.flatMap(({ losses }) => Object.keys(losses)))];
  const { phase: only, steps: total } = steps[0];
  const shown = phases.length > 0 ? phases : [{ phase: only, step: 0, steps: total, parameters: undefined }];
  const columns = shown.map(({ step: first, steps: length, parameters }, i) => {
    const end = shown[i + 1]?.step ?? Number.POSITIVE_INFINITY;
    const own = steps.filter(({ step }) => step > first && step <= end);
    const change = (of: (line: (typeof own)[number]) => number | null | undefined): string => {
      const values = own.map(of).filter((value) => typeof value === 'number');
      return values.length === 0 ? '' : `${figure(values[0])} → ${figure(values[values.length - 1])}`;
    };
    return [
      `${(own.at(-1)?.step ?? first) - first} of ${length}`,
      parameters?.toLocaleString('en-US') ?? '',
      duration(own.reduce((sum, { seconds }) => sum + (seconds || 0), 0)),
      change(({ loss }) => loss),
      ...names.map((name) => change(({ losses }) => losses[name])),
    ];
  });
  const rows = ['steps', 'trained parameters', 'time', 'loss: weighted sum', ...names].map((name, i) => [
    name,
    ...columns.map((column) => column[i]),
  ]);
  return table(['phase', ...shown.map(({ phase }) => phase)], rows);
}

function leftOutTable({ skipped }: RunFigures, leftOut: ReportContent['leftOut']): string {
  const steps =
    skipped === 0
      ? 'No step was skipped.'
      : `${counted(skipped, 'step')} changed nothing, since a gradient was not finite.`;
  if (leftOut.length === 0) return remark(`${steps} No data was left out.`);
  const entries = leftOut.length === 1 ? '1 entry' : `${leftOut.length} entries`;
  const counts = new Map<string, number>();
  for (const { reason } of leftOut) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_REASONS);
  const summary = reasons.map(([reason, count]) => `${reason} (${count})`).join(', ');
  const rows = leftOut.slice(0, MAX_LEFT_OUT).map(({ path, reason }) => [path, reason]);
  const more = leftOut.length - rows.length;
  return (
    remark(`${steps} ${entries} of the data left out: ${summary}.`) +
    table(['entry', 'reason'], rows, { texts: 2 }) +
    (more > 0 ? remark(`And ${more} more.`) : '')
  );
}

function startTable({ starts }: RunLog): string {
  const rows = starts.map(({ date, step, adapter, versions, command }) => [
    minute(date),
    `${step}`,
    adapter,
    Object.entries(versions ?? {})
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    command,
  ]);
  return table(['time', 'from step', 'adapter', 'versions', 'command'], rows, { texts: 5 });
}

function counted(count: number, name: string): string {
  return count === 1 ? `1 ${name}` : `${count} ${name}s`;
}

function metricText(value: number | null | undefined): string {
  return typeof value === 'number' && Math.abs(value) <= 1 ? value.toFixed(3) : figure(value);
}

/** Four digits. */
function figure(value: number | null | undefined): string {
  return typeof value === 'number' ? tickLabel(Number(value.toPrecision(4))) : '';
}

function minute(date: string): string {
  return `${date.slice(0, 16).replace('T', ' ')} UTC`;
}
