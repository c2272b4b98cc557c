import type { DownloadProgress } from './remote-file.ts';

const EVERY_MS = 100;
const WINDOW_MS = 3000;

/** Collects progress; reports about ten times a second, with the rate of the last three seconds. */
export function progressMeter(
  file: string,
  there: number,
  onProgress: ((progress: DownloadProgress) => void) | undefined,
): (done: number, total: number | undefined, last?: boolean) => void {
  if (!onProgress) return () => {};
  const seen = [{ at: performance.now(), done: there }];
  let told = 0;
  return (done, total, last = false) => {
    const now = performance.now();
    if (!last && now - told < EVERY_MS) return;
    told = now;
    if (done < seen[seen.length - 1].done) seen.length = 0; // it started over
    seen.push({ at: now, done });
    while (seen.length > 2 && now - seen[0].at > WINDOW_MS) seen.shift();
    const ms = now - seen[0].at;
    onProgress({ file, done, total, rate: ms > 0 ? ((done - seen[0].done) / ms) * 1000 : 0 });
  };
}
