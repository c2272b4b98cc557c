import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { codeOf, QueueError, reasonOf } from './queue-error.ts';

const CONNECT_MS = 10_000;

/** Address and credentials of Redis. */
export type RedisAddress = {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  /** Without a name for an address of numbers, which TLS does not send. */
  readonly tls?: { readonly servername?: string };
};

/** A queue's place: a Redis, and the name of the queue in it. */
export interface QueuePlace {
  readonly connection: RedisAddress;
  /** Name of the queue; several can share a Redis. */
  readonly name: string;
  /** The URL without user and password, fit to be printed. */
  readonly shown: string;
}

export interface QueuePlaceOptions {
  /** Default `shards`: letters, digits, `.`, `_` and `-`. */
  readonly name?: string | undefined;
  /** Password where the URL has none, so that it need not stand on a command line. */
  readonly password?: string | undefined;
}

/**
 * Place of a queue from its URL: `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, or `rediss://` for TLS.
 *
 * @throws QueueError 'bad-url'; its message does not repeat a password
 */
export function queuePlace(url: string, { name = 'shards', password }: QueuePlaceOptions = {}): QueuePlace {
  const form = 'expected redis://HOST, redis://:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS';
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) throw new QueueError('bad-url', `the URL of the queue cannot be read; ${form}`);
  const { protocol, hostname, port, pathname } = parsed;
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    throw new QueueError('bad-url', `the URL of the queue begins with ${protocol}//; ${form}`);
  const database = /^\/?(\d*)$/.exec(pathname)?.[1];
  if (hostname === '' || database === undefined)
    throw new QueueError('bad-url', `the URL of the queue has no host, or no number of a database; ${form}`);
  if (!/^[\w.-]{1,64}$/.test(name))
    throw new QueueError(
      'bad-url',
      `${JSON.stringify(name)}: a queue's name has letters, digits, ".", "_", "-"`,
    );
  const host = hostname.replace(/^\[(.*)\]$/, '$1'); // IPv6
  const secret = parsed.password === '' ? password : decoded(parsed.password, form);
  const user = decoded(parsed.username, form);
  return {
    name,
    shown: `${protocol}//${hostname}${port === '' ? '' : `:${port}`}${database === '' ? '' : `/${database}`}`,
    connection: {
      host,
      port: port === '' ? 6379 : Number(port),
      db: Number(database || 0),
      ...(user !== '' && { username: user }),
      ...(secret !== undefined && secret !== '' && { password: secret }),
      ...(protocol === 'rediss:' && { tls: isIP(host) === 0 ? { servername: host } : {} }),
    },
  };
}

function decoded(part: string, form: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new QueueError(
      'bad-url',
      `user or password in the URL of the queue is not percent-encoded; ${form}`,
      {
        cause,
      },
    );
  }
}

/** Prefix of all keys of BullMQ; the list `glip:NAME:wait` has the shards that wait. */
export const PREFIX = 'glip';

/** A key of our own beside BullMQ's. */
export function ownKey({ name }: QueuePlace, key: string): string {
  return `${PREFIX}:${name}:glip-${key}`;
}

/** Connection options that outlast restarts of Redis, as BullMQ's workers need them. */
export function lasting({ connection }: QueuePlace): RedisAddress & {
  maxRetriesPerRequest: null;
  retryStrategy: (attempt: number) => number;
} {
  return {
    ...connection,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 8), 5_000),
  };
}

/**
 * Checks that Redis answers, takes the password, and never drops keys.
 *
 * @throws QueueError 'unreachable', 'certificate', 'login' or 'eviction'
 */
export async function checkRedis(place: QueuePlace): Promise<void> {
  const redis = new Redis({
    ...place.connection,
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let last: unknown;
  redis.on('error', (error) => {
    last = error;
  });
  try {
    await redis.connect();
    const memory = await redis.info('memory');
    const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(memory) ?? [];
    if (policy !== 'noeviction' && !/^maxmemory:0\s*$/m.test(memory)) {
      const advice = 'set its maxmemory-policy to noeviction, or shards would be lost';
      throw new QueueError(
        'eviction',
        `${place.shown} drops keys when its memory is full (${policy}): ${advice}`,
      );
    }
  } catch (cause) {
    throw cause instanceof QueueError ? cause : refusal(place, cause, last);
  } finally {
    redis.disconnect();
  }
}

/** Codes of connections that nothing took. */
const NOTHING_THERE = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
/** Codes of OpenSSL and Node for certificates that are refused. */
const CERTIFICATE = /CERT|UNABLE_TO_VERIFY|INVALID_CA|INVALID_PURPOSE/;

function refusal({ shown, connection }: QueuePlace, error: unknown, last: unknown): QueueError {
  const secure = connection.tls !== undefined;
  const messages = [error, last].map((one) => (one instanceof Error ? one.message : ''));
  if (messages.some((message) => /WRONGPASS|NOAUTH|invalid (username|password)|NOPERM/i.test(message))) {
    const given = connection.password === undefined ? 'asks for a password' : 'refuses this user or password';
    const form = `${secure ? 'rediss' : 'redis'}://:PASSWORD@HOST`;
    return new QueueError('login', `${shown} ${given}: give it in the URL, ${form}`, { cause: error });
  }
  const cause = last ?? error;
  const code = codeOf(cause);
  if (secure && code !== undefined && CERTIFICATE.test(code)) {
    const advice =
      code === 'ERR_TLS_CERT_ALTNAME_INVALID'
        ? 'connect by a name that it has'
        : 'NODE_EXTRA_CA_CERTS=FILE names the certificates of its authority';
    const message = `${shown} has a certificate that is refused here (${reasonOf(cause)}); ${advice}`;
    return new QueueError('certificate', message, { cause });
  }
  const away = code !== undefined && (NOTHING_THERE.test(code) || (code === 'ETIMEDOUT' && !secure));
  const other = secure ? 'without TLS its URL is redis://' : 'with TLS its URL is rediss://';
  const advice = away ? 'start one, for example with: redis-server --appendonly yes' : other;
  const message = `no Redis answers at ${shown} (${code ?? reasonOf(cause)}); ${advice}`;
  return new QueueError('unreachable', message, { cause });
}
