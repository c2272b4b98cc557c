import type { DownloadProgress } from '@glip-wgpu/glip-core';

/** A line on the terminal that the next one replaces. */
export function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
}

/** A download under way. */
export function bar({ file, done, total, rate }: DownloadProgress): void {
  if (done === total) progress('');
  else progress(`${file} ${describeProgress(done, total, rate)}`);
}

/** '120 of 3500 MB, 3 %, 11.2 MB/s, 5 min left' */
export function describeProgress(done: number, total: number | undefined, rate: number): string {
  const parts = [total === undefined ? megabytes(done) : `${(done / 1e6).toFixed(0)} of ${megabytes(total)}`];
  if (total) parts.push(`${Math.floor((100 * done) / total)} %`);
  if (rate > 0) parts.push(`${(rate / 1e6).toFixed(1)} MB/s`);
  if (total && rate > 0) parts.push(timeLeft((total - done) / rate));
  return parts.join(', ');
}

function timeLeft(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s left` : `${Math.round(seconds / 60)} min left`;
}

/** '927 MB' */
export function megabytes(bytes: number): string {
  return bytes < 1e7 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e6).toFixed(0)} MB`;
}
