import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { statusOf } from './debian.mjs';
import { duration, openLine, runStep, StepError } from './step.mjs';

function output({ isTTY = false } = {}) {
  const written: string[] = [];
  return { written, isTTY, columns: 30, write: (text: string) => written.push(text) };
}

it('durations are seconds, then minutes', () => {
  expect([0.4, 59.4, 60, 61, 3599].map(duration)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '1 min 1 s',
    '59 min 59 s',
  ]);
});

it('without a terminal the first note is written at once, later ones only now and then', () => {
  const out = output();
  const line = openLine('build', { out, expected: 90 });
  for (const name of ['bert', 'xmha', 'dyhead']) line.note = name;
  line.close('3 packages');
  expect(out.written).toEqual(['build: bert, about 1 min 30 s\n', 'build: 3 packages\n']);
});

it('on a terminal each note replaces the last and is cut to the width', () => {
  const out = output({ isTTY: true });
  const line = openLine('build', { out });
  line.note = 'a';
  line.note = 'b'.repeat(40);
  line.close();
  const start = '\r\u001b[K';
  expect(out.written).toEqual([`${start}build: a`, `${start}build: ${'b'.repeat(22)}`, start]);
});

it('a step that fails shows the end of its output and names the log', async () => {
  const script = 'for (let i = 0; i < 100; i++) console.log(i); console.error("it broke"); process.exit(3)';
  const failed = runStep('step test', [process.execPath, '--eval', script]);
  await expect(failed).rejects.toThrow(StepError);
  const { message } = await failed.catch((error) => error);
  expect(message).toContain('failed with status 3');
  expect(message).toContain('99');
  expect(message).toContain('it broke');
  expect(message.split('\n').length).toBeLessThan(70);
  expect(message).toMatch(/all of its output: .*\.cache\/logs\/step-test\.log$/);
});

it('a program that is not there is a failed step', async () => {
  await expect(runStep('step test', ['no-such-program'])).rejects.toThrow(/no-such-program failed .*ENOENT/);
});

it('a step reads notes from output and from a descriptor of its own', async () => {
  const script = 'require("fs").writeSync(3, "dlstatus:1:20.5:Retrieving file 1 of 5\\n"); console.log("x")';
  const lines: string[] = [];
  const noteOf = (line: string) => void lines.push(line);
  await runStep('step test', [process.execPath, '--eval', script], { statusFd: true, noteOf });
  expect(lines.sort()).toEqual(['dlstatus:1:20.5:Retrieving file 1 of 5', 'x']);
  expect(lines.map(statusOf)).toEqual(['downloading, 20 %', undefined]);
});

it('options that npm took for itself are named, with what to write instead', () => {
  const start = new URL('./start.mjs', import.meta.url).pathname;
  const env = { ...process.env, npm_config_categories: 'true' };
  const { status, stderr } = spawnSync(process.execPath, [start, 'a.jpg', 'dog'], { env, encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('npm start -- photo.jpg --categories "dog. cat"');
});
