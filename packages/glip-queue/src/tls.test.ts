import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRedis, queuePlace } from './connection.ts';
import { fillQueue } from './fill-queue.ts';
import { openMerged } from './merge.ts';
import { planShards } from './plan-shards.ts';
import { ItemError } from './queue-error.ts';
import { type Certificates, makeCertificates } from './testing/certificates.ts';
import { startWorker } from './testing/fleet.ts';
import { freePort, type RedisServer, startRedis } from './testing/redis-server.ts';
import { stubTask } from './testing/stub-task.js';

const PASSWORD = 'p@ss:word/1';
const root = mkdtempSync(join(tmpdir(), 'glip-tls-'));
let own: Certificates;
let other: Certificates;
let port = 0;
let redis: RedisServer;
/** Of the same Redis, without TLS. */
let plain = '';

beforeAll(async () => {
  own = makeCertificates(root, ['DNS:localhost', 'IP:127.0.0.1'], 'own');
  other = makeCertificates(root, ['DNS:localhost'], 'other');
  port = await freePort();
  redis = await startRedis([
    ...['--bind', '127.0.0.1', '127.0.0.2'],
    ...['--tls-port', `${port}`, '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', own.certificate, '--tls-key-file', own.key],
    ...['--requirepass', 'of the default user'],
    ...['--user', 'glip', 'on', `>${PASSWORD}`, '~*', '&*', '+@all'],
  ]);
  plain = redis.url.replace('//', `//${LOGIN}@`);
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const LOGIN = `glip:${encodeURIComponent(PASSWORD)}`;
const secure = (login = LOGIN, host = 'localhost'): string => `rediss://${login}@${host}:${port}`;

/** A shard in a queue of its own, on the port without TLS. */
async function filled(name: string): Promise<string> {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.jpg'), 'picture');
  const source = { kind: 'pictures', names: ['a.jpg'], paths: [join(folder, 'a.jpg')] } as const;
  await planShards({ folder, settings: stubTask({ ItemError }).settings, sources: [source] });
  await fillQueue(queuePlace(plain, { name }), folder);
  return folder;
}

/** Events of a worker at a URL; `authority` is a file for NODE_EXTRA_CA_CERTS. */
async function worked(url: string, name: string, authority?: string) {
  const env = authority === undefined ? undefined : { NODE_EXTRA_CA_CERTS: authority };
  const worker = startWorker(url, [`queue=${name}`, 'untilDone=true'], [], env);
  await worker.ended;
  return worker.events;
}

describe('a Redis with TLS, user and password', () => {
  it.each(['localhost', '127.0.0.1'])('at %s serves workers that trust its authority', async (host) => {
    const folder = await filled(host);
    const events = await worked(secure(LOGIN, host), host, own.authority);
    expect(events.map(({ kind }) => kind)).toEqual(['run', 'done']);
    expect((await openMerged(folder)).manifest).toHaveLength(1);
  });

  it.each([
    ['an unknown', undefined],
    ['another', 'other'],
  ])('is refused in one sentence with %s authority', async (_, authority) => {
    const events = await worked(secure(), 'x', authority && other.authority);
    expect(events).toEqual([
      {
        kind: 'error',
        reason: 'certificate',
        message: expect.stringMatching(
          /^rediss:\/\/localhost:\d+ has a certificate that is refused here \(unable to .*\); NODE_EXTRA_CA_CERTS=FILE names/,
        ),
      },
    ]);
  });

  it('is refused in one sentence by a name that its certificate does not have', async () => {
    const events = await worked(secure(LOGIN, '127.0.0.2'), 'x', own.authority);
    expect(events).toEqual([
      {
        kind: 'error',
        reason: 'certificate',
        message: expect.stringContaining('connect by a name that it has'),
      },
    ]);
  });

  it.each([
    ['another password', 'glip:wrong'],
    ['another user', `nobody:${encodeURIComponent(PASSWORD)}`],
  ])('refuses %s in one sentence', async (_, login) => {
    const events = await worked(secure(login), 'x', own.authority);
    expect(events).toEqual([
      {
        kind: 'error',
        reason: 'login',
        message: expect.stringMatching(
          /^rediss:\/\/localhost:\d+ refuses this user or password: .*rediss:\/\/:PASSWORD@HOST$/,
        ),
      },
    ]);
  });

  it('that is spoken to with TLS on its port without, or the other way round, is an error that says so', async () => {
    await expect(checkRedis(queuePlace(plain.replace('redis:', 'rediss:')))).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringContaining('without TLS its URL is redis://'),
    });
    await expect(checkRedis(queuePlace(secure().replace('rediss:', 'redis:')))).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringContaining('with TLS its URL is rediss://'),
    });
  });
});
