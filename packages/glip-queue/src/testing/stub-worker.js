// A worker with the stub model: node stub-worker.js URL [NAME=VALUE...], from the built package.
import { ItemError, queuePlace, workOnQueue } from '../../dist/index.js';
import { stubTask } from './stub-task.js';

const [url, ...pairs] = process.argv.slice(2);
const options = Object.fromEntries(pairs.map((pair) => pair.split('=')));
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
try {
  await workOnQueue(queuePlace(url, { name: options.queue }), {
    task: async () => stubTask({ ItemError }, { model: options.model, waitMs: Number(options.waitMs ?? 0) }),
    concurrency: Number(options.concurrency ?? 1),
    leaseMs: Number(options.leaseMs ?? 1000),
    pauseMs: 10,
    untilDone: options.untilDone === 'true',
    signal: stop.signal,
    onEvent: (event) => process.send?.(event),
  });
} catch (error) {
  process.send?.({ kind: 'error', reason: error.reason, message: error.message });
  process.exitCode = 2;
}
process.disconnect?.();
