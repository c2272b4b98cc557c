import { spawnSync } from 'node:child_process';

/** The commit that is checked out; undefined outside of a repository. */
export function commitOf(): string | undefined {
  const built = process.env['BENCH_COMMIT'];
  if (built) return built;
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
