import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PartMaker } from './generate.ts';
import type { Part } from './parts.ts';
import type { WorkerJob } from './worker.ts';

const RUN = fileURLToPath(new URL('../../../scripts/run.mjs', import.meta.url));
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Makes parts in this many processes. @throws Error if one of them fails */
export function processes(count: number, job: Omit<WorkerJob, 'partsFolder'>): PartMaker {
  return {
    async makeParts(parts, partsFolder, done) {
      const left = [...parts];
      const workers = Array.from({ length: Math.min(count, parts.length) }, () =>
        work({ ...job, partsFolder }, () => left.shift(), done),
      );
      await Promise.all(workers);
    },
  };
}

function work(job: WorkerJob, next: () => Part | undefined, done: (part: Part) => void): Promise<void> {
  const child = fork(RUN, [WORKER, JSON.stringify(job)]);
  return new Promise((resolve, reject) => {
    let current: Part | undefined;
    child.on('message', () => {
      if (current) done(current);
      current = next();
      if (current) child.send(current);
      else child.disconnect();
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0 && !current) resolve();
      else reject(new Error(`a process that makes scenes ended early (${signal ?? `exit code ${code}`})`));
    });
  });
}
