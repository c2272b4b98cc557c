// Global set-up of the tests: what they and their child processes write into the folder of temporary files lies in one of their own,
// which is removed at the end of the run, also after tests that failed or that kill processes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setUp() {
  const usual = process.env.TMPDIR;
  const folder = mkdtempSync(join(tmpdir(), 'glip-tests-'));
  process.env.TMPDIR = folder;
  return () => {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
}
