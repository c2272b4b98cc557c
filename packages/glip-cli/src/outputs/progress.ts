import type { DownloadProgress } from '@glip-wgpu/glip-core';

/** Set by the parent process that forwards this one's standard error. */
export const ON_TERMINAL = 'GLIP_STDERR_IS_TERMINAL';

const REDRAW_MS = 100;
/** Milliseconds until progress is first shown where there is no terminal: 5 s, or later for tests that compare output. */
export const FIRST_LINE = 'GLIP_FIRST_PROGRESS_MS';
const FIRST_LINE_MS = 5_000;
const LAST_INTERVAL_MS = 60_000;

let current = '';
let written = '';
let drawn = '';
let drawnAt = Number.NEGATIVE_INFINITY;
let timed = false;
let pending: NodeJS.Timeout | undefined;
let silent = false;

/** The terminal, if any: standard output first, since no other process forwards it with a delay. */
function terminal(): NodeJS.WriteStream | undefined {
  if (process.stdout.isTTY) return process.stdout;
  return process.stderr.isTTY || process.env[ON_TERMINAL] !== undefined ? process.stderr : undefined;
}

/** Shows no progress from now on, or shows it again. */
export function silenceProgress(value: boolean): void {
  silent = value;
}

/** Shows progress: on a terminal one line that the next replaces, elsewhere an occasional line, each once. */
export function progress(line: string): void {
  if (silent || line === current) return;
  current = line;
  if (!terminal()) {
    if (!timed) lineLater(Number(process.env[FIRST_LINE] ?? FIRST_LINE_MS));
    timed = true;
    return;
  }
  const wait = drawnAt + REDRAW_MS - performance.now();
  if (wait <= 0) draw(line);
  else if (!pending) {
    pending = setTimeout(() => {
      pending = undefined;
      if (current !== '') draw(current);
    }, wait).unref();
  }
}

/** Clears the line on a terminal before other output. */
export function clearProgress(): void {
  if (drawn !== '') draw('');
  current = '';
}

function draw(line: string): void {
  const stream = terminal();
  const width = Math.max(20, (stream?.columns ?? Number(process.env[ON_TERMINAL])) || 80) - 1;
  const plain = line.replace(/\p{Cc}/gu, '?');
  const fitting = plain.length > width ? `${plain.slice(0, width - 1)}…` : plain;
  stream?.write(`\r\u001b[K${fitting}`);
  drawn = line;
  drawnAt = performance.now();
}

function lineLater(waitMs: number): void {
  setTimeout(() => {
    if (current !== '' && current !== written) process.stderr.write(`${current.replace(/\p{Cc}/gu, '?')}\n`);
    written = current;
    lineLater(Math.min(2 * waitMs, LAST_INTERVAL_MS));
  }, waitMs).unref();
}

/** Shows the progress of a download. */
export function bar({ file, done, total, rate }: DownloadProgress): void {
  if (done === total) clearProgress();
  else progress(`${file} ${describeProgress(done, total, rate)}`);
}

/** '120 of 3500 MB, 3 %, 11.2 MB/s, 5 min left' */
export function describeProgress(done: number, total: number | undefined, rate: number): string {
  const parts = [total === undefined ? megabytes(done) : `${(done / 1e6).toFixed(0)} of ${megabytes(total)}`];
  if (total) parts.push(`${Math.floor((100 * done) / total)} %`);
  if (rate > 0) parts.push(`${(rate / 1e6).toFixed(1)} MB/s`);
  if (total && rate > 0) parts.push(`${duration((total - done) / rate)} left`);
  return parts.join(', ');
}

/**
 * '12 of 40 images, 5 min left'
 *
 * @param computed  images of those done that took time: the others were known before
 * @param start     `performance.now()` before the first
 */
export function imagesDone(done: number, total: number, computed: number, start: number): string {
  const seconds = (performance.now() - start) / 1000;
  const left =
    computed > 1 && done < total ? `, ${duration((seconds / computed) * (total - done))} left` : '';
  return `${done} of ${total} images${left}`;
}

/** '15 s', '5 min' */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** '927 MB' */
export function megabytes(bytes: number): string {
  return bytes < 1e7 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e6).toFixed(0)} MB`;
}
