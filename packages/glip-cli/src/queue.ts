import { defineCommand, type Values } from './arguments/command.ts';
import { InputError } from './inputs/input-error.ts';
import { megabytes } from './outputs/progress.ts';
import { print, printJson } from './outputs/terminal.ts';
import { placeOf, QUEUE_OPTIONS } from './queue/options.ts';
import { queuePackage } from './queue/package.ts';

const ACTIONS = ['status', 'retry', 'pause', 'resume', 'drain'] as const;

const OPTIONS = {
  ...QUEUE_OPTIONS,
  json: { type: 'boolean', help: 'with status: print it as JSON' },
} as const;

/** `glip queue` */
export const queue = defineCommand({
  name: 'queue',
  usage: 'status|retry|pause|resume|drain --queue URL',
  summary: 'look at a queue of shards, or control it',
  options: OPTIONS,
  notes: `status shows progress, and shards that were set aside with their reasons. retry puts these back. pause lets workers take no
further shard until resume. drain removes all shards that wait; results stay, and the command that filled the queue goes on with what
is missing.`,
  run,
});

async function run(values: Values<typeof OPTIONS>, [given, ...more]: readonly string[]): Promise<void> {
  const action = ACTIONS.find((one) => one === given);
  if (action === undefined || more.length > 0)
    throw new InputError(`say what to do: glip queue ${ACTIONS.join('|')} --queue redis://HOST`);
  const place = await placeOf(values);
  const { drainQueue, pauseQueue, queueStatus, retryAside } = await queuePackage();
  if (action === 'retry') print(`${await retryAside(place)} shards are tried again`);
  else if (action === 'drain') print(`${await drainQueue(place)} shards removed`);
  else if (action === 'pause' || action === 'resume') {
    await pauseQueue(place, action === 'pause');
    print(action === 'pause' ? 'paused: workers finish the shards in work' : 'workers go on');
  } else {
    const status = await queueStatus(place);
    if (values.json) printJson(status, 2);
    else print(statusText(status, place.name));
  }
}

type Status = Awaited<ReturnType<Awaited<ReturnType<typeof queuePackage>>['queueStatus']>>;

function statusText(
  { run, waiting, active, failed, paused, workers, redisBytes, aside }: Status,
  name: string,
): string {
  const begin = run
    ? `${name}: ${run.shards} shards in ${run.folder}, ${String(run.settings['task'])}`
    : `${name}: no run`;
  const done = run ? Math.max(run.shards - waiting - active - failed, 0) : 0;
  const counts = `${done} done, ${active} in work, ${waiting} waiting${paused ? ' (paused)' : ''}, ${failed} set aside`;
  const lines = [begin, counts, `${workers} workers, ${megabytes(redisBytes)} in Redis`];
  return [...lines, ...aside.map(({ id, reason }) => `  ${id}: ${reason}`)].join('\n');
}
