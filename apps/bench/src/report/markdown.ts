import { adapterName } from '../run/environment.ts';
import { type Comparison, compareReports } from './compare.ts';
import { digits, lineOf, noticesOf, percent } from './lines.ts';
import type { Report } from './report.ts';

/** A run as Markdown, for an issue or a pull request. */
export function toMarkdown(report: Report, before?: Report): string {
  const { environment, date, roofline, results, settings } = report;
  const head = [
    `**${adapterName(environment)}**, ${environment.host.platform}, ${date.slice(0, 10)}`,
    environment.host.commit ? `, ${environment.host.commit.slice(0, 10)}` : '',
    roofline
      ? `. Roof: ${digits(roofline.flops / 1e9)} GFLOP/s, ${digits(roofline.bytes / 1e9)} GB/s (own probes)`
      : '',
    `. Median of up to ${settings.samples} samples`,
  ].join('');
  const comparisons = before && new Map(compareReports(before, report).map((item) => [item.id, item]));
  const columns = ['case', 'ms', 'p10 to p90', 'GFLOP/s', 'GB/s', 'of roof', 'clock', 'check'];
  if (comparisons) columns.push('before, ms', 'speed-up');
  const rows = results.map((result) => {
    const line = lineOf(result);
    const cells = [
      line.id,
      digits(line.median),
      line.median === undefined ? '' : `${digits(line.p10)} to ${digits(line.p90)}`,
      digits(line.gflops),
      digits(line.gbs),
      percent(line.roof),
      line.clock,
      line.status === 'ok' ? 'ok' : `**${line.status}**: ${line.message}`,
    ];
    if (comparisons) cells.push(...changeCells(comparisons.get(line.id)));
    return cells;
  });
  const table = [columns, columns.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map(inOneCell).join(' | ')} |`,
  );
  return `${[head, '', ...table, '', ...noticesOf(results).map((notice) => `- ${notice}`)].join('\n')}\n`;
}

export function changeCells(comparison: Comparison | undefined): [before: string, speedup: string] {
  if (!comparison?.change) return ['', comparison?.note ?? ''];
  const { speedup, interval, verdict } = comparison.change;
  const range = `${interval[0].toFixed(2)} to ${interval[1].toFixed(2)}`;
  return [digits(comparison.beforeMs), `${speedup.toFixed(2)}× ${verdict} (${range})`];
}

function inOneCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
