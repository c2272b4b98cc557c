import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { checkRedis, queuePlace } from './connection.ts';
import { startRedis } from './testing/redis-server.ts';

const PASSWORD = 'p@ss:word/1';

describe('the URL of a queue', () => {
  it('has host, port, database, user, password and TLS, and is shown without user and password', () => {
    const place = queuePlace(`rediss://someone:${encodeURIComponent(PASSWORD)}@redis.example:6380/3`);
    expect(place.connection).toEqual({
      ...{ host: 'redis.example', port: 6380, db: 3, username: 'someone', password: PASSWORD },
      tls: { servername: 'redis.example' },
    });
    expect(place.shown).toBe('rediss://redis.example:6380/3');
    expect(queuePlace('rediss://192.0.2.1').connection.tls).toEqual({}); // TLS sends no addresses
    expect(queuePlace('redis://[::1]').connection).toEqual({ host: '::1', port: 6379, db: 0 });
  });

  it('may leave the password to another place', () => {
    expect(queuePlace('redis://host', { password: PASSWORD }).connection.password).toBe(PASSWORD);
    expect(queuePlace('redis://:own@host', { password: PASSWORD }).connection.password).toBe('own');
  });

  it.each([
    'host',
    'http://:secret@host',
    'redis://:secret@host/path',
    'redis://',
    'redis://:%zzsecret@host',
  ])('%s is refused without repeating a password', (url) => {
    const error = (() => {
      try {
        return queuePlace(url);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ name: 'QueueError', reason: 'bad-url' });
    expect(String(error)).not.toContain('secret');
  });

  it('has no name that could be another key', () => {
    expect(() => queuePlace('redis://host', { name: 'a:b' })).toThrow('letters, digits');
  });
});

describe('Redis', () => {
  it('that does not answer is an error that says what to start', async () => {
    await expect(checkRedis(queuePlace('redis://:secret@127.0.0.1:1'))).rejects.toMatchObject({
      reason: 'unreachable',
      message:
        'no Redis answers at redis://127.0.0.1:1 (ECONNREFUSED); start one, for example with: redis-server --appendonly yes',
    });
  });

  it('is used with the right password only', async () => {
    await using redis = await startRedis(['--requirepass', PASSWORD]);
    const at = (password: string): string => redis.url.replace('//', `//:${encodeURIComponent(password)}@`);
    await checkRedis(queuePlace(at(PASSWORD)));
    await expect(checkRedis(queuePlace(at('wrong')))).rejects.toMatchObject({
      reason: 'login',
      message: expect.stringMatching(/^redis:\/\/127\.0\.0\.1:\d+ refuses this user or password: /),
    });
    await expect(checkRedis(queuePlace(redis.url))).rejects.toThrow('asks for a password');
  });

  it('that drops keys when its memory is full is refused', async () => {
    await using redis = await startRedis();
    const client = new Redis(redis.url);
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await checkRedis(queuePlace(redis.url)); // without a limit nothing is dropped
    await client.config('SET', 'maxmemory', '100mb');
    client.disconnect();
    await expect(checkRedis(queuePlace(redis.url))).rejects.toMatchObject({ reason: 'eviction' });
  });
});
