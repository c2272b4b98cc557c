import { adapterName } from '../run/environment.ts';
import { changeChart, histogram, kernelChart, roofChart, rooflineChart } from './charts.ts';
import { compareReports, differences } from './compare.ts';
import { digits, lineOf, noticesOf, percent } from './lines.ts';
import { changeCells } from './markdown.ts';
import { memoryChart } from './memory-chart.ts';
import type { Report } from './report.ts';
import { type Drawing, escaped, toMarkup } from './svg.ts';

/** Styles of colors and plots, shared with the page. */
const STYLE = `:root{color-scheme:light dark;--ink:light-dark(#1c1f24,#e8eaed);--soft:light-dark(#5c6470,#a3abb6);--paper:light-dark(#fff,#15181c);--panel:light-dark(#f3f5f8,#1f242b);--edge:light-dark(#d5dae1,#363d47);--accent:light-dark(#2563eb,#7aa2ff);--good:light-dark(#15803d,#4ade80);--bad:light-dark(#c02626,#ff8a80)}
svg{max-width:100%;height:auto;font:12px system-ui,sans-serif}svg text{fill:var(--ink)}svg .tick,svg .value{fill:var(--soft)}svg .value{paint-order:stroke;stroke:var(--paper);stroke-width:3px}svg .end{text-anchor:end}svg .middle{text-anchor:middle}
svg .bar,svg .dot{fill:var(--accent)}svg .dot.faster{fill:var(--good)}svg .dot.slower{fill:var(--bad)}svg .roof{stroke:var(--bad);fill:none;stroke-dasharray:4 3}svg .grid{stroke:var(--edge)}svg .range{stroke:var(--soft);stroke-width:3}svg .allocated{fill:var(--edge)}svg .held{fill:var(--accent)}svg .span{fill:transparent}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.3rem .6rem;border-bottom:1px solid var(--edge);text-align:left;vertical-align:top}td.number,th.number{text-align:right;white-space:nowrap}
.ok{color:var(--good)}.wrong,.error,.lost,.slower{color:var(--bad)}.faster{color:var(--good)}.skipped,.same,.note{color:var(--soft)}td.faster,td.slower,td.same{white-space:nowrap}`;

const OWN = `body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:0 auto;padding:1.5rem;background:var(--paper);color:var(--ink)}h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:1.8rem 0 .6rem}details{margin:.4rem 0}.wide{overflow-x:auto}`;

/** A run as one HTML file with plots and embedded JSON; needs no script and no network. */
export function toHtml(report: Report, before?: Report): string {
  const { environment, results, roofline, date, settings } = report;
  const comparisons = before ? compareReports(before, report) : undefined;
  const changes = new Map(comparisons?.map((item) => [item.id, item]));
  const head = ['case', 'ms', 'p10', 'p90', 'GFLOP/s', 'GB/s', 'of roof', 'clock', 'check'];
  const rows = results.map((result) => {
    const line = lineOf(result);
    const numbers = [line.median, line.p10, line.p90, line.gflops, line.gbs].map(digits);
    const cells = [...numbers, percent(line.roof)].map((cell) => `<td class="number">${cell}</td>`).join('');
    const comparison = changes.get(line.id);
    const verdict = comparison?.change?.verdict ?? 'note';
    const change = before ? `<td class="${verdict}">${escaped(changeCells(comparison)[1])}</td>` : '';
    const status = `${line.status}${line.message ? `: ${escaped(line.message)}` : ''}`;
    const measured = // without times, the reason replaces them
      line.median === undefined
        ? `<td class="${line.status}" colspan="${head.length - 1}">${status}</td>`
        : `${cells}<td>${escaped(line.clock)}</td><td class="${line.status}">${status}</td>`;
    return `<tr><td>${escaped(line.id)}</td>${measured}${change}</tr>`;
  });
  const titles = [...head, ...(before ? ['speed-up'] : [])].map(
    (name, i) => `<th${i > 0 && i < 7 ? ' class="number"' : ''}>${name}</th>`,
  );
  const details = results
    .filter(({ samples }) => samples)
    .map((result) => {
      const kernels = result.dispatches && kernelChart(result.dispatches, roofline);
      return `<details><summary>${escaped(result.id)}</summary>${toMarkup(histogram(result))}${toMarkup(kernels)}</details>`;
    });
  const roof = roofline
    ? `<p>Roof by our own probes: ${digits(roofline.flops / 1e9)} GFLOP/s of f32 multiply-adds, ${digits(roofline.bytes / 1e9)} GB/s copied.</p>`
    : '';
  const notes = [...(before ? differences(before, report) : []), ...noticesOf(results)];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Benchmark of ${escaped(adapterName(environment))}, ${date.slice(0, 10)}</title><style>${STYLE}${OWN}</style></head><body>
<h1>${escaped(adapterName(environment))}</h1>
<p class="note">${escaped(environment.host.platform)}. ${date.slice(0, 16).replace('T', ' ')} UTC. Median of up to ${settings.samples} samples.${report.complete ? '' : ' Stopped before the end.'}</p>
${roof}<ul class="note">${notes.map((note) => `<li>${escaped(note)}</li>`).join('')}</ul>
<h2>Results</h2><div class="wide"><table><thead><tr>${titles.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
${section('Against the saved run', comparisons && changeChart(comparisons))}
${section('Share of the roof', roofChart(results))}
${section('Roofline', rooflineChart(results, roofline))}
${section('GPU memory', memoryChart(results))}
<h2>Samples</h2>${details.join('\n')}
<script type="application/json" id="report">${JSON.stringify(report).replaceAll('<', '\\u003c')}</script>
</body></html>
`;
}

function section(title: string, content: Drawing | undefined): string {
  return content ? `<h2>${title}</h2><div class="wide">${toMarkup(content)}</div>` : '';
}
