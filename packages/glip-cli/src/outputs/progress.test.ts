import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { clearProgress, describeProgress, duration, ON_TERMINAL, progress } from './progress.ts';

let written: string[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  written = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  clearProgress();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

it('on a terminal a line replaces the one before, ten times a second at most, and the last is shown', () => {
  vi.stubEnv(ON_TERMINAL, '20');
  for (let percent = 0; percent < 100; percent++) progress(`loading ${percent} %`);
  vi.advanceTimersByTime(150);
  expect(written).toEqual(['\r\u001b[Kloading 0 %', '\r\u001b[Kloading 99 %']);
  progress('a line that is longer than\u001b the terminal');
  vi.advanceTimersByTime(150);
  expect(written[2]).toBe('\r\u001b[Ka line that is lon…');
  clearProgress();
  expect(written[3]).toBe('\r\u001b[K');
});

it('without a terminal there is a line now and then, ever more rarely, and none twice', () => {
  vi.stubEnv(ON_TERMINAL, undefined);
  for (let second = 0; second < 300; second++) {
    progress(`${second} of 300\u001b[31m`);
    vi.advanceTimersByTime(1000);
  }
  expect(written.map((line) => Number(line.split(' ')[0]))).toEqual([4, 14, 34, 74, 134, 194, 254]);
  expect(written[0]).toBe('4 of 300?[31m\n');
  written = [];
  progress('step 6000 of 6500');
  vi.advanceTimersByTime(600_000); // as long as an evaluation
  expect(written).toEqual(['step 6000 of 6500\n']);
  progress('step 6001 of 6500');
  vi.advanceTimersByTime(60_000);
  expect(written).toEqual(['step 6000 of 6500\n', 'step 6001 of 6500\n']);
});

it('times are told as people read them', () => {
  expect([3.21, 15, 300, 7200].map(duration)).toEqual(['3.2 s', '15 s', '5 min', '2.0 h']);
});
it('progress says how much, how fast and how long', () => {
  expect(describeProgress(120e6, 3500e6, 11.2e6)).toBe('120 of 3500 MB, 3 %, 11.2 MB/s, 5 min left');
  expect(describeProgress(5e6, undefined, 0)).toBe('5.0 MB');
});
