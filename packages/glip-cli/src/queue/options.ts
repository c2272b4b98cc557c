import type { QueuePlace } from '@glip-wgpu/glip-queue';
import type { Values } from '../arguments/command.ts';
import { InputError } from '../inputs/input-error.ts';
import { queuePackage } from './package.ts';

/** Options that name a queue. */
export const QUEUE_OPTIONS = {
  queue: {
    type: 'string',
    value: 'URL',
    help: 'a queue on Redis, for workers on many machines: redis://HOST, rediss:// for TLS; the password stands in it, or in GLIP_QUEUE_PASSWORD',
    elsewhere: ['redis', 'broker'],
  },
  'queue-name': {
    type: 'string',
    value: 'NAME',
    help: 'name of the queue, if several share a Redis (shards)',
  },
} as const;

/** Options of commands that fill a queue. */
export const SHARD_OPTIONS = {
  ...QUEUE_OPTIONS,
  shards: {
    type: 'string',
    value: 'DIR',
    help: 'with --queue: a folder that all machines see, for the plan of shards and their results',
  },
  'shard-size': {
    type: 'string',
    value: 'N',
    help: 'with --queue: pictures in a shard (500); an archive is one shard',
  },
} as const;

/** Place of the queue that `--queue` names. @throws InputError without one; QueueError for a bad URL */
export async function placeOf(values: Values<typeof QUEUE_OPTIONS>): Promise<QueuePlace> {
  if (values.queue === undefined) throw new InputError('name the queue: --queue redis://HOST');
  const { queuePlace } = await queuePackage();
  return queuePlace(values.queue, {
    name: values['queue-name'],
    password: process.env['GLIP_QUEUE_PASSWORD'],
  });
}

/** @throws InputError for options that belong to a queue, without one */
export function refuseWithoutQueue(values: Values<typeof SHARD_OPTIONS>): void {
  const given: Readonly<Record<string, unknown>> = values;
  const alone = ['queue-name', 'shards', 'shard-size'].find((name) => given[name] !== undefined);
  if (alone !== undefined && values.queue === undefined)
    throw new InputError(`--${alone} belongs to a queue: --queue redis://HOST`);
}

/** @throws InputError for options that do not go with a queue */
export function refuseWithQueue(values: object, names: readonly string[]): void {
  const given = values as Readonly<Record<string, unknown>>;
  const other = names.find((name) => given[name] !== undefined && given[name] !== false);
  if (other !== undefined) throw new InputError(`--${other} does not go with --queue`);
}
