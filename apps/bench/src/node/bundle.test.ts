import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { parseReport } from '../report/parse-report.ts';

const root = new URL('../../../../', import.meta.url).pathname;
const bundle = `${root}.cache/bundle`;

afterAll(() => rmSync(bundle, { recursive: true, force: true }));

it('the bundle runs with nothing of this repository around, and leaves its results with adapter and date', () => {
  const made = spawnSync(process.execPath, [`${root}apps/bench/bundle.mjs`, bundle], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(made).toMatchObject({ status: 0 });
  const options = ['--suite', 'micro,e2e', '--quick', '--filter', 'reduce, emoji-tiny 20'];
  const env = { PATH: '/usr/bin:/bin' };
  const ran = spawnSync(`${bundle}/run.sh`, options, { cwd: '/', env, encoding: 'utf8' });
  expect(ran.stderr.replaceAll(/^Warning: .*\n/gm, '')).toBe('');
  expect(ran.status).toBe(0);
  const refused = spawnSync(`${bundle}/run.sh`, ['--peers'], { cwd: '/', env, encoding: 'utf8' });
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('not in this bundle') });
  const tuned = spawnSync(`${bundle}/run.sh`, ['--tune', '--filter', 'none so called'], {
    cwd: '/',
    env,
    encoding: 'utf8',
  });
  expect(tuned).toMatchObject({ status: 2, stderr: expect.stringContaining('no class of products') });
  const [file, ...others] = readdirSync(`${bundle}/results`);
  expect(others).toEqual([]);
  expect(file).toMatch(/^[a-z0-9-]+-\d{4}-\d\d-\d\d-\d{4}\.json$/);
  const { results, environment } = parseReport(readFileSync(`${bundle}/results/${file}`, 'utf8'));
  expect(results.map(({ status }) => status)).toEqual(results.map(() => 'ok'));
  expect(results.length).toBeGreaterThanOrEqual(2);
  expect(environment.adapter.description).not.toBe('');
});
