import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { chartStyle } from '../../packages/glip-cli/src/outputs/charts/chart-style.ts';
import { type LinePlot, linePlot, type Point } from '../../packages/glip-cli/src/outputs/charts/line-plot.ts';
import { escapeMarkup, withStyle } from '../../packages/glip-cli/src/outputs/charts/svg.ts';
import type { Arm, Experiment } from './experiment.ts';
import type { PieceResult } from './piece.ts';
import type { Results } from './run-experiment.ts';

const [WIDTH, HEIGHT] = [720, 260];

/** Figures of an arm by seed; those of several pieces are named after them. */
function figuresOf({ figures }: Arm, own: ReadonlyMap<string, PieceResult>): Map<string, number | null> {
  return new Map(
    figures.flatMap((piece) =>
      Object.entries(own.get(piece)?.figures ?? {}).map(
        ([name, value]) => [figures.length > 1 ? `${suffixOf(piece)}: ${name}` : name, value] as const,
      ),
    ),
  );
}

/** Pieces of different arms that measure the same have the same words behind the arm's: `teacher on nouns`. */
function suffixOf(piece: string): string {
  return piece.replace(/^.* on /, '');
}

/** Writes `results.json`, `index.html` and its charts as files, `curves.svg` and `chart.svg`, into the experiment's folder. */
export function writeReport(
  experiment: Experiment,
  results: Results,
  { folder, command }: { readonly folder: string; readonly command: string },
): void {
  const pieces = Object.fromEntries(
    [...results].map(([seed, own]) => [seed, Object.fromEntries(own)] as const),
  );
  const { title, question, limits } = experiment;
  const machine = machineOf();
  const content = { title, question, limits, command, machine, seeds: [...results.keys()], pieces };
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(content, null, 1)}\n`);
  writeFileSync(join(folder, 'index.html'), pageOf(experiment, results, `${command}\n${machine}`));
  const charts = { chart: chartOf(experiment, results), curves: curvesOf(experiment.arms, results) };
  for (const [name, svg] of Object.entries(charts))
    if (svg !== '') writeFileSync(join(folder, `${name}.svg`), `${withStyle(svg)}\n`);
}

function machineOf(): string {
  const all = cpus();
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, Node ${process.versions.node}, ${all.length} cores of ${all[0]?.model.trim()}`;
}

function pageOf(experiment: Experiment, results: Results, origin: string): string {
  const { title, question, limits, arms, seeds } = experiment;
  const seen = [...results.keys()].join(', ');
  const missing = seeds.filter((seed) => !results.has(seed));
  const others = [...results].flatMap(([seed, own]) =>
    [...own].map(([name, { figures, details, seconds }]) => {
      const cells = Object.entries({ ...figures, ...details }).map(
        ([key, value]) => `${key} ${digits(value)}`,
      );
      return `<tr><td>${escapeMarkup(name)}</td><td>${seed}</td><td class="text">${escapeMarkup(cells.join(', '))}</td><td>${Math.round(seconds)}</td></tr>`;
    }),
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeMarkup(title)}</title>
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;display:block;overflow-x:auto}td,th{padding:.2rem .6rem;border-bottom:1px solid #8884;text-align:right}.text{text-align:left}
td:first-child,th:first-child{text-align:left}svg{max-width:100%;margin:1rem 0}
${chartStyle()}</style>
<h1>${escapeMarkup(title)}</h1>
<p>${escapeMarkup(question)}</p>
<p>Seeds ${seen}${missing.length > 0 ? `; not run: ${missing.join(', ')}` : ''}.${results.size > 1 ? ' Each cell: mean, and the figure of every seed.' : ''}</p>
${tableOf(arms, results)}
${chartOf(experiment, results)}
${curvesOf(arms, results)}
<h2>What may be concluded</h2>
<ul>${limits.map((line) => `<li>${escapeMarkup(line)}</li>`).join('')}</ul>
<h2>Pieces</h2>
<pre>${escapeMarkup(origin)}</pre>
<table><tr><th>piece</th><th>seed</th><th class="text">figures</th><th>seconds</th></tr>${others.join('')}</table>
</html>
`;
}

/** Arms by figures; the longer list of the two goes down the page. */
function tableOf(arms: readonly Arm[], results: Results): string {
  const bySeed = arms.map((arm) => [...results.values()].map((own) => figuresOf(arm, own)));
  const names = [...new Set(bySeed.flat().flatMap((one) => [...one.keys()]))];
  const cells = bySeed.map((seeds) =>
    names.map((name) => cellOf(seeds.flatMap((one) => one.get(name) ?? []))),
  );
  const titles = arms.map(({ name }) => name);
  return names.length > arms.length
    ? table(titles, names, (row, column) => cells[column][row])
    : table(names, titles, (row, column) => cells[row][column]);
}

function cellOf(values: readonly number[]): string {
  if (values.length === 0) return '<td>–</td>';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const each = values.length > 1 ? `<br><small>${values.map(digits).join(', ')}</small>` : '';
  return `<td>${digits(mean)}${each}</td>`;
}

function table(
  columns: readonly string[],
  rows: readonly string[],
  cell: (row: number, column: number) => string,
): string {
  const head = ['', ...columns].map((name) => `<th>${escapeMarkup(name)}</th>`).join('');
  const body = rows.map(
    (name, row) =>
      `<tr><td>${escapeMarkup(name)}</td>${columns.map((_, column) => cell(row, column)).join('')}</tr>`,
  );
  return `<table><tr>${head}</tr>${body.join('')}</table>`;
}

/** A figure by the quantity that arms differ in: the mean over the seeds, and faintly each seed. */
function chartOf({ chart, arms }: Experiment, results: Results): string {
  if (!chart) return '';
  const names = [...new Set(arms.flatMap(({ point }) => point?.line ?? []))];
  const lines = names.flatMap((name, color) => {
    const own = arms.filter(({ point }) => point?.line === name);
    const bySeed = [...results.values()].map((pieces) =>
      own.flatMap((arm): Point[] => {
        const value = figuresOf(arm, pieces).get(chart.figure);
        return typeof value === 'number' ? [[arm.point?.x ?? 0, value]] : [];
      }),
    );
    const mean = own.flatMap(({ point }): Point[] => {
      const values = bySeed.flatMap((points) => points.filter(([x]) => x === point?.x).map(([, y]) => y));
      return values.length === 0
        ? []
        : [[point?.x ?? 0, values.reduce((sum, value) => sum + value, 0) / values.length]];
    });
    const seeds = bySeed.map((points) => ({ name, points, color, faint: true }));
    return [...seeds, { name, points: mean, color, marks: true }];
  });
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  if (xs.length === 0) return '';
  return plotted({ title: chart.title, lines, range: [0, Math.max(...xs)], xName: chart.x });
}

function plotted(plot: LinePlot): string {
  const lines = linePlot(plot, { x: 0, y: 0, width: WIDTH, height: HEIGHT });
  const box = `viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}"`;
  const described = `role="img" aria-label="${escapeMarkup(plot.title)}"`;
  return `<svg class="chart" ${box} ${described} xmlns="http://www.w3.org/2000/svg">${lines}</svg>`;
}

/** Evaluations during training: a line for each arm and seed, those of one arm in one color. */
function curvesOf(arms: readonly Arm[], results: Results): string {
  const lines = arms.flatMap(({ name, curve = [] }, color) =>
    [...results].flatMap(([seed, own]) => {
      let before = 0;
      const points = curve.flatMap((piece) => {
        const { curve: part = [], figures } = own.get(piece) ?? {};
        const start = before;
        before += figures?.['steps'] ?? 0;
        return part.map(({ step, value }) => [start + step, value] as const);
      });
      return points.length > 0 ? [{ name: `${name}, seed ${seed}`, points, color, marks: true }] : [];
    }),
  );
  if (lines.length === 0) return '';
  const last = Math.max(...lines.flatMap(({ points }) => points.map(([step]) => step)));
  return plotted({ title: 'AP during training', lines, range: [0, last], xName: 'step' });
}

function digits(value: number | null): string {
  if (value === null) return '–';
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
