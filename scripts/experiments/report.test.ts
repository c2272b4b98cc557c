import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Arm, Experiment } from './experiment.ts';
import type { PieceResult } from './piece.ts';
import { writeReport } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'experiment-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const arm = (name: string): Arm => ({ name, figures: [`${name} on val`] });

function reportOf(arms: readonly Arm[], seeds: readonly number[], figures: readonly string[]): string {
  const experiment: Experiment = {
    ...{ title: 'A < B', question: '?', limits: ['none'], seeds: [1, 2], data: '.', pieces: {}, arms },
  };
  const result = (value: number): PieceResult => ({
    ...{ key: '', seconds: 3, details: { recall: 0.25 } },
    figures: Object.fromEntries(figures.map((name, i) => [name, value + i / 8])),
  });
  const results = new Map(
    seeds.map((seed) => [seed, new Map(arms.map(({ name }, i) => [`${name} on val`, result(seed + i / 4)]))]),
  );
  writeReport(experiment, results, { folder, command: 'npm run experiment -- test' });
  return readFileSync(join(folder, 'index.html'), 'utf8');
}

it('an experiment’s table has the mean and each seed, with the longer list of arms and figures downwards', () => {
  const page = reportOf([arm('on'), arm('off')], [1, 2], ['AP', 'AP50', 'AR']);
  expect(page).toContain('<table><tr><th></th><th>on</th><th>off</th></tr>');
  expect(page).toContain('<td>AP50</td><td>1.625<br><small>1.125, 2.125</small></td>');
  const wide = reportOf([arm('on'), arm('off')], [1], ['AP']);
  expect(wide).toContain('<table><tr><th></th><th>AP</th></tr><tr><td>on</td><td>1</td></tr>');
  expect(wide).toContain('not run: 2');
});

it('its page names command, day and machine, and figures that only a piece has', () => {
  const page = reportOf([arm('on')], [1], ['AP']);
  expect(page).toContain('A &lt; B');
  expect(page).toMatch(/npm run experiment -- test\n20\d\d-\d\d-\d\d, Node \d+\..*, \d+ cores of /);
  expect(page).toContain('recall 0.250');
  expect(JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')).pieces[1]).toHaveProperty([
    'on on val',
  ]);
});
